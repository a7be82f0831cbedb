"""Money that came and went by day, and the days' books."""

from datetime import datetime

from chalicelib.core.attributes import seconds
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.payments.domain.movements import Books, Movement
from chalicelib.payments.storage._records import (
    BooksRecord,
    MovementRecord,
    day_buckets,
    read_movement,
)


def movements_of(day: str) -> list[Movement]:
    """Return what came and went on a day (YYYYMMDD), in the order of payments; a Query a bucket."""
    found = day_buckets(day).read(lambda key: MovementRecord.query(key, consistent_read=True))
    return [read_movement(record) for record in sorted(found, key=lambda one: one.sk)]


def moved_since(day: str, since: datetime, part: Part = WHOLE) -> set[str]:
    """Return the ids of the payments whose money came or went on a day (YYYYMMDD) since a moment.

    A Query a bucket, and only of keys, so that a record that cannot be read is found as well.
    """
    late = MovementRecord.at >= seconds(since)
    buckets = day_buckets(day)
    found = buckets.read(lambda key: MovementRecord.query(key, filter_condition=late), part)
    return {record.sk.split("#")[1] for record in found}


def store_books(day: str, books: Books) -> None:
    """Keep a day's comparison; a later one replaces it."""
    BooksRecord(
        f"B#{day}",
        books.provider,
        at=books.at,
        totals=dict(books.totals),
        differences=[dict(one) for one in books.differences],
    ).save()


def load_books(day: str) -> list[Books]:
    """Return a day's comparisons, one for each provider."""
    records = BooksRecord.query(f"B#{day}", consistent_read=True)
    return [Books(one.sk, one.at, one.totals, one.differences) for one in records]
