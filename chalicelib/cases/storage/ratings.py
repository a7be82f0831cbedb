"""Ratings, counted by service and hall and by hall and day."""

from typing import Any, Final

from pynamodb.exceptions import QueryError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import Case, Tally
from chalicelib.cases.storage._records import RatingsRecord
from chalicelib.core.tables import raise_on

# No service has this id.
_ALL: Final = "*"


def ratings_of(service_id: str | None) -> dict[str, Tally]:
    """Return the ratings of a service, or of all, by hall; raises TryAgain."""
    try:
        found = list(RatingsRecord.query(f"T#{service_id or _ALL}"))
    except QueryError as error:
        raise_on(error)
        return {}
    return {record.sk: Tally(int(record.number), int(record.total)) for record in found}


def ratings_between(office_id: str, first: str, last: str) -> list[tuple[str, str, Tally]]:
    """Return a hall's ratings as (day, service, tally), for days written YYYYMMDD."""
    found = RatingsRecord.query(f"O#{office_id}", RatingsRecord.sk.between(first, f"{last}~"))
    return [(*_pair(record.sk), _tally(record)) for record in found]


def _tally(record: RatingsRecord) -> Tally:
    numbers = (record.number, record.total, record.answers or 0, record.trips or 0)
    return Tally(*map(int, numbers))


def write_rating(write: TransactWrite, case: Case, score: int, day: str, trips: int | None) -> None:
    """Count a case's score in its own transaction, and the trips; `day` is written YYYYMMDD."""
    for pk, sk in _rating_keys(case, day):
        counted: list[Any] = [RatingsRecord.number.add(1), RatingsRecord.total.add(score)]
        if trips is not None:
            counted += [RatingsRecord.answers.add(1), RatingsRecord.trips.add(trips)]
        write.update(RatingsRecord(pk, sk), counted)


def _rating_keys(case: Case, day: str) -> list[tuple[str, str]]:
    return [
        (f"T#{case.service_id}", case.office_id),
        (f"T#{_ALL}", case.office_id),
        (f"O#{case.office_id}", f"{day}#{case.service_id}"),
    ]


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition("#")
    return first, second
