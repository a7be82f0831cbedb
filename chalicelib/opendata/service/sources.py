"""What data sets are made of: the catalogue, the halls as they are, and the rooms' statistics."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from chalicelib.appointments.domain.availability import SlotAvailability
from chalicelib.appointments.service import availability, waiting_times
from chalicelib.appointments.service import statistics as of_halls
from chalicelib.cases.service import statistics as of_cases
from chalicelib.cases.service import trips as of_trips
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.statistics import Row, Rows
from chalicelib.enquiries.service import statistics as of_enquiries
from chalicelib.opendata.domain.datasets import (
    CASE_TIMES,
    ENQUIRIES,
    RATINGS,
    TRIPS,
    TRIPS_COUNTED,
    WAITS,
)
from chalicelib.opendata.domain.suppression import Cell, Measures

_DAYS: Final = 7
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Source:
    """A table by month: the statistics whose rows add up to it, by office and `item`.

    `means` says of each mean which column it is in, the one that it is a mean over, and by what it
    is divided.
    """

    statistics: tuple[Rows, ...]
    item: str
    measures: Measures
    means: Mapping[str, tuple[str, str, int]]

    def cells(self, offices: frozenset[str], first: date, last: date) -> Iterator[tuple[str, Cell]]:
        """Yield what was counted, by month; cells of one name may come several times."""
        for rows in self.statistics:
            for row in rows(offices, first, last):
                yield str(row["date"])[:7], self._cell(row)

    def _cell(self, row: Row) -> Cell:
        counted = (self.measures.base, *self.measures.parts)
        counts = {name: int(row.get(name) or 0) for name in counted}
        sums = {
            name: float(row.get(column) or 0) * int(row.get(over) or 0) / unit
            for name, (column, over, unit) in self.means.items()
        }
        return Cell(str(row["office_id"]), str(row[self.item]), counts, sums)


SOURCES: Final[Mapping[str, Source]] = {
    "case-times": Source(
        (of_cases.case_times, of_cases.channels),
        "service_id",
        CASE_TIMES,
        {"mean_days": ("mean_hours", "decided", _HOURS)},
    ),
    "ratings": Source(
        (of_cases.ratings_by_day,),
        "service_id",
        RATINGS,
        {"mean_score": ("mean_score", "ratings", 1)},
    ),
    "trips": Source(
        (of_trips.said_by_day,),
        "service_id",
        TRIPS,
        {"trips_made": ("mean_trips_made", "answers", 1)},
    ),
    "trips-counted": Source(
        (of_trips.by_day,),
        "service_id",
        TRIPS_COUNTED,
        {"trips_counted": ("mean_trips_counted", "cases", 1)},
    ),
    "enquiries": Source((of_enquiries.rows,), "kind", ENQUIRIES, {}),
    "waits": Source(
        (of_halls.waiting,),
        "category",
        WAITS,
        {"waiting_minutes": ("waiting_minutes", "served", 1)},
    ),
}


def places() -> Mapping[str, tuple[float, float]]:
    """Return where the halls are, as (longitude, latitude)."""
    offices = catalogue.current().offices.values()
    return {one.office_id: (one.longitude, one.latitude) for one in offices}


def services(_: datetime) -> Iterator[Row]:
    """Yield what the guide promises of each service."""
    for one in catalogue.current().services.values():
        yield {
            "service_id": one.service_id,
            "name_zh": one.name.zh,
            "name_en": one.name.en,
            "category": one.category,
            "promised_trips": one.trips,
            "promised_days": one.promised_working_days,
            "legal_days": one.legal_limit.value,
            "fee_cents": one.fee.amount.cents,
            "bookable": int(one.bookable),
        }


def offices(_: datetime) -> Iterator[Row]:
    """Yield the halls."""
    for one in catalogue.current().offices.values():
        yield {
            "office_id": one.office_id,
            "name_zh": one.name.zh,
            "name_en": one.name.en,
            "division_code": one.division_code,
            "latitude": one.latitude,
            "longitude": one.longitude,
        }


def free_seats(now: datetime) -> Iterator[Row]:
    """Yield the seats of the next days, by day, hall and category; one Query each."""
    today = office_time(now).date()
    groups = sorted(catalogue.current().groups)

    def look(group: tuple[str, str]) -> list[Row]:
        by_day = availability.days(group, None, today, _DAYS, now)
        return [_seats(group, day, slots) for day, slots in by_day.items() if slots]

    listed = [row for rows in parallel.map_concurrently(look, groups) for row in rows]
    yield from sorted(listed, key=lambda row: str(row["date"]))


def lines(now: datetime) -> Iterator[Row]:
    """Yield how many wait in each hall for each category; two reads a hall."""
    halls = sorted(catalogue.current().offices)
    shown = parallel.map_concurrently(
        lambda office_id: waiting_times.display(office_id, now), halls
    )
    for office_id, display in zip(halls, shown, strict=True):
        for one in display.waiting:
            yield {
                "office_id": office_id,
                "category": one.category,
                "waiting": one.count,
                "wait_minutes": one.wait_minutes,
            }


LIVE: Final[Mapping[str, Callable[[datetime], Iterable[Row]]]] = {
    "availability": free_seats,
    "waiting": lines,
}
DAILY: Final[Mapping[str, Callable[[datetime], Iterable[Row]]]] = {
    "services": services,
    "offices": offices,
}


def _seats(group: tuple[str, str], day: date, slots: Sequence[SlotAvailability]) -> Row:
    office_id, category = group
    free = [slot for slot in slots if slot.state == "open"]
    first = min((slot.key.start for slot in free), default=None)
    return {
        "date": str(day),
        "office_id": office_id,
        "category": category,
        "capacity": sum(slot.capacity for slot in slots),
        "remaining": sum(slot.remaining for slot in free),
        "next_free": rfc3339(first) if first else None,
    }
