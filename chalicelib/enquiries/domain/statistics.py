"""What is counted of enquiries, by day, hall, kind and service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

COUNTS: Final = ("received", "answered", "in_time", "reopened", "overdue", "not_ours")


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """What a day counted of one hall's enquiries of a kind about a service; see COUNTS."""

    day: date
    office_id: str
    kind: str
    service_id: str
    counts: Mapping[str, int]
