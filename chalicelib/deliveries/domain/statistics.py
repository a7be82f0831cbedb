"""What is counted of parcels, by day, hall, courier and area."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

COUNTS: Final = (
    "requested",
    "delivered",
    "attempts_failed",
    "returned",
    "lost",
    "refused",
    "cancelled",
    "seconds_to_door",
    "seconds_on_the_way",
)


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """What a day counted of one hall's parcels with one courier in one area; see COUNTS."""

    day: date
    office_id: str
    courier_id: str
    area: str
    counts: Mapping[str, int]
