"""How often people came: promised by the guide, counted by us, and said by themselves.

A case is counted when it has ended, behind the change that ended it, so that nobody waits for it:
one trip where it was entered at a counter, and one for each of its visits to which somebody came. A
count that was lost with its event is missing.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time
from chalicelib.core.events import Event
from chalicelib.core.ratings import Tally, mean_trips
from chalicelib.core.statistics import Row, Statistic


def count(event: Event, _now: datetime) -> None:
    """Count the trips of a case that has ended. Idempotent."""
    case = storage.load(event.subject)
    if case and case.ended:
        day = f"{office_time(event.moment):%Y%m%d}"
        storage.count_trips(case.case_id, case.office_id, day, case.service_id, case.trips)


def by_day(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how often people came, by day and service. Two Queries a hall.

    What was counted is of the cases that ended on the day, what people say of those that they rated
    on it.
    """
    services = catalogue.current().services
    span = (f"{first:%Y%m%d}", f"{last:%Y%m%d}")
    for office_id in sorted(offices):
        rated = storage.ratings_between(office_id, *span)
        said = {(day, service_id): one for day, service_id, one in rated if one.answers}
        counted = storage.trips_between(office_id, *span)
        for day, service_id in sorted(said.keys() | counted.keys()):
            service, key = services.get(service_id), (day, service_id)
            cases, trips = counted.get(key, (0, 0))
            tally = said.get(key, Tally(0, 0))
            yield {
                "date": str(date.fromisoformat(day)),
                "office_id": office_id,
                "service_id": service_id,
                "promised_trips": service.trips if service else None,
                "cases": cases,
                "mean_trips_counted": round(trips / cases, 2) if cases else None,
                "answers": tally.answers,
                "mean_trips_made": mean_trips(tally),
            }


def said_by_day(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how often people say they came, of the days on which somebody did."""
    return (row for row in by_day(offices, first, last) if row["answers"])


_KEYS: Final = ("date", "office_id", "service_id", "promised_trips")
_FIGURES: Final = ("cases", "mean_trips_counted", "answers", "mean_trips_made")
TRIPS: Final = Statistic((*_KEYS, *_FIGURES), by_day)
