"""The table `tombstones`: who was erased, and when.

| what | pk | sk |
|---|---|---|
| an erasure | D#day (UTC) | seconds#citizen |

An id says nothing once its citizen is gone. Items are never changed; they are written in the
transaction that erases, and outlive a restore of every other table. Read: a day's, in their order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.items import RawItem
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Addition, Record, Table

# Nothing follows from its items, so nobody reads its changes.
TABLE: Final = Table("tombstones", streams=False)
_DAY: Final = timedelta(days=1)
# As many digits as a time has for long, so that text has the order of numbers.
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A citizen who was erased, and when."""

    citizen_id: str
    at: datetime


class _TombstoneRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


def write_tombstone(citizen_id: str, now: datetime) -> Addition:
    """Return what notes an erasure in the transaction that makes it."""
    record = _TombstoneRecord(_partition(now), f"{_order(now)}#{citizen_id}")

    def write(transaction: TransactWrite) -> None:
        transaction.save(record)

    return write


def item_of(citizen_id: str, at: datetime) -> RawItem:
    """Return a tombstone as an item."""
    return {"pk": {"S": _partition(at)}, "sk": {"S": f"{_order(at)}#{citizen_id}"}}


def list_since(since: datetime, until: datetime) -> Iterator[Tombstone]:
    """Yield who was erased between two times, in this order; a Query or more for each day."""
    day, first = since, _TombstoneRecord.sk >= _order(since)
    while _partition(day) <= _partition(until):
        for record in _TombstoneRecord.query(_partition(day), first, consistent_read=True):
            at, _, citizen_id = record.sk.partition("#")
            yield Tombstone(citizen_id, moment(int(at)))
        day += _DAY


def _partition(at: datetime) -> str:
    return f"D#{moment(seconds(at)).date()}"


def _order(at: datetime) -> str:
    return f"{seconds(at):0{_DIGITS}}"
