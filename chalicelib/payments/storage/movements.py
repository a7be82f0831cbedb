"""Money that came and went by day, and the days' books."""

from datetime import datetime

from chalicelib.core.attributes import seconds
from chalicelib.payments.domain.movements import Books, Movement
from chalicelib.payments.storage._records import BooksRecord, MovementRecord, read_movement


def movements_of(day: str) -> list[Movement]:
    """Return what came and went on a day (YYYYMMDD); one Query a MB."""
    return [
        read_movement(record) for record in MovementRecord.query(f"L#{day}", consistent_read=True)
    ]


def moved_since(day: str, since: datetime) -> set[str]:
    """Return the ids of the payments whose money came or went on a day (YYYYMMDD) since a moment.

    One Query a MB, and only of keys, so that a record that cannot be read is found as well.
    """
    records = MovementRecord.query(f"L#{day}", filter_condition=MovementRecord.at >= seconds(since))
    return {record.sk.split("#")[1] for record in records}


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
