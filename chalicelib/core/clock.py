"""The product's clock, and the offices' time zone."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

OFFICE_ZONE: Final = ZoneInfo("Asia/Shanghai")


class Clock:
    """Tells the time; in the embedded run it is ahead by the milliseconds that a file holds."""

    def __init__(self, offset_file: Path | None = None) -> None:
        """Without a file the clock is the machine's."""
        self._offset_file = offset_file

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return self.outside() + self._offset()

    @staticmethod
    def outside() -> datetime:
        """Return the time in UTC as clocks outside the run show it: the machine's own."""
        return datetime.fromtimestamp(time.time(), UTC)

    def _offset(self) -> timedelta:
        if self._offset_file is None:
            return timedelta()
        try:
            # It is read for every request, so without buffers and decoders.
            with self._offset_file.open("rb", buffering=0) as file:
                return timedelta(milliseconds=int(file.read()))
        except FileNotFoundError:
            return timedelta()


def office_time(moment: datetime) -> datetime:
    """Return the moment as the offices' wall clocks show it."""
    return moment.astimezone(OFFICE_ZONE)


def precise(moment: datetime) -> str:
    """Write a moment with the offices' offset and milliseconds: 2026-12-01T09:00:00.417+08:00."""
    return office_time(moment).isoformat(timespec="milliseconds")


def rfc3339(moment: datetime) -> str:
    """Write a moment with the offices' offset, to the second: 2026-12-01T09:00:00+08:00."""
    return office_time(moment).isoformat(timespec="seconds")
