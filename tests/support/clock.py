"""The product's clock in the hands of a test."""

import time
from datetime import datetime
from pathlib import Path


class TestClock:
    """Moves the product's clock by the file that it reads."""

    __test__ = False

    def __init__(self, file: Path) -> None:
        self._file = file

    def set(self, moment: datetime) -> None:
        self._file.write_text(str(int((moment.timestamp() - time.time()) * 1000)))

    def advance(self, seconds: float) -> None:
        offset = int(self._file.read_text()) if self._file.exists() else 0
        self._file.write_text(str(offset + int(seconds * 1000)))

    def reset(self) -> None:
        self._file.unlink(missing_ok=True)
