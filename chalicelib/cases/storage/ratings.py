"""Ratings, counted by service and hall and by hall and day."""

from typing import Any, Final

from pynamodb.exceptions import QueryError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.storage._records import RatingsRecord
from chalicelib.core.ratings import Rating, Tally
from chalicelib.core.tables import Addition, raise_on

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


def write_rating(service_id: str, office_id: str, day: str, rating: Rating) -> Addition:
    """Return what counts a rating in the transaction that keeps it; `day` is written YYYYMMDD."""
    counted: list[Any] = [RatingsRecord.number.add(1), RatingsRecord.total.add(rating.score)]
    if rating.trips_made is not None:
        counted += [RatingsRecord.answers.add(1), RatingsRecord.trips.add(rating.trips_made)]
    keys = [
        (f"T#{service_id}", office_id),
        (f"T#{_ALL}", office_id),
        (f"O#{office_id}", f"{day}#{service_id}"),
    ]

    def add(write: TransactWrite) -> None:
        for pk, sk in keys:
            write.update(RatingsRecord(pk, sk), counted)

    return add


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition("#")
    return first, second
