"""The table, its indexes, its records, and where an appointment and a slot are."""

from datetime import datetime
from typing import Any, Final, cast

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.expressions import condition as _condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.core.buckets import Buckets
from chalicelib.core.history import Entry
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.items import item_of
from chalicelib.core.key_notes import KeyNotes
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Index, Record, Table, Transaction

TABLE: Final = Table(
    "appointments",
    (Index("sweep", "sweep", "sweep_at"), Index("queue", "queue", "place")),
    numbers=frozenset({"sweep_at"}),
)
KEYS: Final = KeyNotes(TABLE)
SWEEP: Final = Buckets()
# Between the seats that one change frees.
AND: Final = "|"
# How many marks of a touch there are in a millisecond.
MARKS: Final = 10_000
# pynamodb leaves this one untyped.
size: Final = cast("Any", _condition).size


class _Item(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class Sweep(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "sweep"
        projection = KeysOnlyProjection()

    sweep = UnicodeAttribute(hash_key=True)
    sweep_at = NumberAttribute(range_key=True)


class Queue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "queue"
        projection = KeysOnlyProjection()

    queue = UnicodeAttribute(hash_key=True)
    order = UnicodeAttribute(range_key=True, attr_name="place")


class SlotRecord(_Item):
    capacity = NumberAttribute()
    end = UnicodeAttribute()
    seats = UnicodeSetAttribute(null=True)
    left = UnicodeSetAttribute(null=True)
    reservations = UnicodeSetAttribute(null=True, attr_name="holds")
    withheld = UnicodeSetAttribute(null=True)
    closed = BooleanAttribute(null=True)
    quota = UnicodeAttribute(null=True)
    touched = NumberAttribute(null=True)
    sweep = UnicodeAttribute(null=True)
    sweep_at = NumberAttribute(null=True)
    to_sweep = Sweep()


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region

    freed_slot = UnicodeAttribute(null=True)
    freed_seat = UnicodeAttribute(null=True)
    sweep = UnicodeAttribute(null=True)
    sweep_at = NumberAttribute(null=True)


class AppointmentRecord(_Item):
    person = UnicodeAttribute()
    service = UnicodeAttribute()
    slot = UnicodeAttribute()
    shard = NumberAttribute()
    seat_id = UnicodeAttribute(attr_name="seat")
    end = NumberAttribute()
    status = UnicodeAttribute()
    member = UnicodeAttribute(null=True)
    granted_by = UnicodeAttribute(null=True)
    case = UnicodeAttribute(null=True)
    score = NumberAttribute(null=True)
    further = JSONAttribute(null=True)
    created = NumberAttribute()
    ticket = UnicodeAttribute(null=True)
    stay = JSONAttribute(null=True, attr_name="turn")
    new_time = JSONAttribute(null=True)
    queue = UnicodeAttribute(null=True)
    order = UnicodeAttribute(null=True, attr_name="place")
    in_queue = Queue()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class GuardRecord(_Item):
    services = UnicodeSetAttribute(null=True)
    times = UnicodeSetAttribute(null=True)
    revision = NumberAttribute(null=True)
    no_shows = UnicodeSetAttribute(null=True)
    suspended_until = NumberAttribute(null=True)
    alias = UnicodeAttribute(null=True)
    gone = UnicodeSetAttribute(null=True)
    changes = UnicodeSetAttribute(null=True)


class TicketRecord(_Item):
    last = NumberAttribute()


class ShortCodeRecord(_Item):
    appointment = UnicodeAttribute()
    tidy_at = NumberAttribute()


class FeedTokenRecord(_Item):
    digest = UnicodeAttribute()
    staff = UnicodeAttribute()
    created = NumberAttribute()
    revoked = NumberAttribute(null=True)


class HallRecord(_Item):
    shut = BooleanAttribute(null=True)
    categories = UnicodeSetAttribute(null=True)
    appointment = UnicodeAttribute(null=True)
    ticket = UnicodeAttribute(null=True)
    called = NumberAttribute(null=True)
    past = JSONAttribute(null=True)
    served = JSONAttribute(null=True)
    since = NumberAttribute(null=True)
    count_ = NumberAttribute(null=True, attr_name="count")
    revision = NumberAttribute()
    tidy_at = NumberAttribute()


class MoveRecord(_Item):
    told = NumberAttribute()
    phoned = NumberAttribute(null=True)
    phoned_by = UnicodeAttribute(null=True)
    tidy_at = NumberAttribute()


class ClosedRecord(_Item):
    day = UnicodeAttribute()


class HallsRecord(_Item):
    offices = UnicodeSetAttribute(null=True)


class DayRecord(_Item):
    served = NumberAttribute(null=True)
    waited = NumberAttribute(null=True)
    serving = NumberAttribute(null=True)
    no_shows = NumberAttribute(null=True)
    walk_ins = NumberAttribute(null=True)


def appointment_keys(appointment_id: str) -> tuple[str, str]:
    """Return where an appointment is: its id begins with its citizen's."""
    return f"C#{appointment_id[:CITIZEN_ID_LENGTH]}", f"A#{appointment_id}"


def slot_keys(key: SlotKey, shard: int) -> tuple[str, str]:
    """Return where a shard of a slot is."""
    return f"S#{key.office_id}#{key.category}", f"{key.stamp}#{shard:02}"


def first_mark(moment: datetime) -> int:
    """Return the lowest mark that a touch in this millisecond may leave."""
    return int(moment.timestamp() * 1000) * MARKS


def write_entry(write: Transaction, subject: str, entry: Entry, **freed: Any) -> None:
    """Keep a history entry, with what its change `freed`, in the change's own transaction."""
    pk, _ = appointment_keys(subject)
    keys = pk, f"E#{subject}#{entry.seq:06}"
    columns = {**EntryRecord.keys_of(entry), **freed}
    write.put(HistoryRecord, item_of(HistoryRecord, keys, columns))
