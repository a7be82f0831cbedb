"""Turning the product's clock."""

import math
from datetime import datetime, timedelta
from pathlib import Path

from chalicelib.core.clock import Clock


def turn(clock_file: Path, moment: datetime) -> None:
    """Let the clock of all processes that read a file show a moment."""
    offset = math.ceil((moment - Clock.outside()) / timedelta(milliseconds=1))
    fresh = clock_file.with_suffix(f"{clock_file.suffix}.new")
    fresh.write_text(str(offset))
    fresh.replace(clock_file)
