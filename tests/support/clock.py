"""The product's clock in the hands of a test."""

import itertools
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chalicelib.catalogue.domain.calendar import day_kind

MONDAY = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)  # 09:00 in Ningbo
_FORTNIGHT = [timedelta(days=n) for n in range(14) if n % 7 < 5]


def ordinary_mondays(begin: int, step: int = 1) -> Iterator[datetime]:
    """Yield Mondays at 09:00, so many weeks after the first, with no holiday in their fortnight.

    What is open then must not depend on how many tests ran before.
    """
    for number in itertools.count(begin, step):
        monday = MONDAY + timedelta(weeks=number)
        if all(day_kind((monday + days).date()) == "weekday" for days in _FORTNIGHT):
            yield monday


class TestClock:
    """Moves the product's clock by the file that it reads."""

    __test__ = False

    def __init__(self, file: Path) -> None:
        self._file = file

    def set(self, moment: datetime) -> None:
        # Rounded up: it must not stand before the moment that was asked for.
        self._write(math.ceil((moment.timestamp() - time.time()) * 1000))

    def advance(self, seconds: float) -> None:
        offset = int(self._file.read_text()) if self._file.exists() else 0
        self._write(offset + int(seconds * 1000))

    def reset(self) -> None:
        self._file.unlink(missing_ok=True)

    def _write(self, milliseconds: int) -> None:
        # Other processes read it at any moment, and must not find it empty.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(milliseconds))
        fresh.replace(self._file)
