"""What the hall's parcels say: how long they took by courier and area, and how many went wrong."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from chalicelib.core.statistics import Row, Statistic, share
from chalicelib.deliveries import storage

_COLUMNS: Final = (
    "date",
    "office_id",
    "courier_id",
    "area",
    "requested",
    "delivered",
    "attempts_failed",
    "returned",
    "lost",
    "refused",
    "cancelled",
    "hours_to_door",
    "hours_on_the_way",
    "failed_share",
)


def rows(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell by day, hall, courier and area how many parcels there were and how long they took."""
    for found in storage.load_figures(first, last):
        if found.office_id not in offices:
            continue
        counts = found.counts
        ended = sum(counts[name] for name in ("delivered", "returned", "lost", "refused"))
        yield {
            "date": str(found.day),
            "office_id": found.office_id,
            "courier_id": found.courier_id,
            "area": found.area,
            **{name: counts[name] for name in _COLUMNS[4:11]},
            "hours_to_door": _hours(counts["seconds_to_door"], counts["delivered"]),
            "hours_on_the_way": _hours(counts["seconds_on_the_way"], counts["delivered"]),
            "failed_share": share(ended - counts["delivered"], ended),
        }


def enter() -> None:
    """Enter the room's report."""
    Statistic("deliveries", _COLUMNS, rows)


def _hours(seconds: int, count: int) -> float | None:
    return round(seconds / count / 3600, 1) if count else None
