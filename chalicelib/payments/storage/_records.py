"""The table, its index, its records, and where a payment and its guard are."""

from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.buckets import Buckets
from chalicelib.core.clock import office_time
from chalicelib.core.history import Entry
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.key_notes import KeyNotes
from chalicelib.core.money import Money
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import SCHEMA_OF_BUCKETS, EntryRecord, Index, Record, Table
from chalicelib.payments.domain.movements import Movement
from chalicelib.payments.domain.payments import Payment, PaymentStatus

TABLE: Final = Table("payments", (Index("ask", "ask", "ask_at"),), numbers=frozenset({"ask_at"}))
ASK: Final = Buckets()
KEYS: Final = KeyNotes(TABLE)
# The part of the index that holds what ended without money, by when it did.
ENDED: Final = Buckets("ended#", first="ended")
# Of what came and went on a day: few, as reports read all of them, day by day.
_OF_A_DAY: Final = 8


class _PaymentsRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class Ask(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "ask"
        projection = KeysOnlyProjection()

    ask = UnicodeAttribute(hash_key=True)
    ask_at = NumberAttribute(range_key=True)


class PaymentRecord(_PaymentsRecord):
    # Of a note of a key in its place (`core.key_notes`).
    fingerprint = UnicodeAttribute(null=True)
    kind = UnicodeAttribute()
    of = UnicodeAttribute()
    service = UnicodeAttribute()
    office = UnicodeAttribute()
    cents = NumberAttribute()
    currency = UnicodeAttribute()
    method = UnicodeAttribute()
    client = UnicodeAttribute()
    provider = UnicodeAttribute()
    created = NumberAttribute()
    expires = NumberAttribute()
    status = UnicodeAttribute()
    reference = UnicodeAttribute(null=True)
    action = UnicodeAttribute(null=True)
    held = UnicodeAttribute(null=True)
    held_facts = JSONAttribute(null=True)
    received = NumberAttribute(default=0)
    refunded = NumberAttribute(default=0)
    refund_pending = NumberAttribute(default=0)
    received_at = NumberAttribute(null=True)
    ended = NumberAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    payer = UnicodeAttribute(null=True)
    ask = UnicodeAttribute(null=True)
    ask_at = NumberAttribute(null=True)
    schema = NumberAttribute(null=True, default_for_new=SCHEMA_OF_BUCKETS)
    to_ask = Ask()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class RefundRecord(_PaymentsRecord):
    cents = NumberAttribute()
    reason = UnicodeAttribute()
    asked_by = UnicodeAttribute()
    asked = NumberAttribute()
    status = UnicodeAttribute()
    needs_approval = BooleanAttribute(null=True)
    approved_by = UnicodeAttribute(null=True)
    sent = NumberAttribute(null=True)
    ended = NumberAttribute(null=True)
    trouble = UnicodeAttribute(null=True)
    went = NumberAttribute(null=True)


class WaitingRecord(_PaymentsRecord):
    """A refund that waits for a second person, in its hall's list."""


class AloneRecord(_PaymentsRecord):
    cents = NumberAttribute()


class HistoryRecord(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class PartRecord(_PaymentsRecord):
    """A payment or a refund, read as what it is."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        kind = RefundRecord if "#R#" in data["sk"]["S"] else PaymentRecord
        return kind.from_raw_data(data)


class GuardRecord(_PaymentsRecord):
    payment = UnicodeAttribute(null=True)
    paid = UnicodeAttribute(null=True)


class PointerRecord(_PaymentsRecord):
    payment = UnicodeAttribute()


class DoneRecord(_PaymentsRecord):
    at = UnicodeAttribute()


class MovementRecord(_PaymentsRecord):
    payment = UnicodeAttribute()
    provider = UnicodeAttribute()
    office = UnicodeAttribute()
    service = UnicodeAttribute()
    method = UnicodeAttribute()
    cents = NumberAttribute()
    currency = UnicodeAttribute()
    at = NumberAttribute()


class BooksRecord(_PaymentsRecord):
    at = UnicodeAttribute()
    totals = JSONAttribute()
    differences = JSONAttribute()


def payment_keys(payment_id: str) -> tuple[str, str]:
    """Return where a payment is: its id begins with its citizen's."""
    return f"C#{payment_id[:CITIZEN_ID_LENGTH]}", f"P#{payment_id}"


def guard_keys(subject: str) -> tuple[str, str]:
    """Return where the guard of a fee is, which has one payment at a time."""
    return f"G#{subject}", "guard"


def alone_keys(name: str) -> tuple[str, str]:
    """Return where the sum is that was given back without a second person."""
    return f"A#{name}", "alone"


def waiting_keys(office_id: str, refund_id: str) -> tuple[str, str]:
    """Return where a hall's list has a refund that waits for a second person."""
    return f"W#{office_id}", refund_id


def ask_keys(payment: Payment) -> tuple[str | None, int | None]:
    """Return where a payment is in the index `ask`: what came to money is not in it."""
    if payment.ask_at:
        return ASK.of(payment.payment_id), seconds(payment.ask_at)
    if payment.ended_at and payment.status is not PaymentStatus.SUCCEEDED:
        return ENDED.of(payment.payment_id), seconds(payment.ended_at)
    return None, None


def entry_record(payment_id: str, entry: Entry) -> HistoryRecord:
    """Return a history entry as it is kept."""
    pk, _ = payment_keys(payment_id)
    return HistoryRecord(pk, f"E#{payment_id}#{entry.seq:06}", **EntryRecord.keys_of(entry))


def day_buckets(day: str) -> Buckets:
    """Return the buckets of what came and went on a day (YYYYMMDD)."""
    return Buckets(f"L#{day}#", first=f"L#{day}", count=_OF_A_DAY)


def movement_record(movement: Movement) -> MovementRecord:
    """Return a movement as it is kept."""
    return MovementRecord(
        day_buckets(f"{office_time(movement.at):%Y%m%d}").of(movement.payment_id),
        f"{movement.provider}#{movement.payment_id}#{movement.what}",
        payment=movement.payment_id,
        provider=movement.provider,
        office=movement.office_id,
        service=movement.service_id,
        method=movement.method,
        cents=movement.amount.cents,
        currency=movement.amount.currency,
        at=seconds(movement.at),
    )


def read_movement(record: MovementRecord) -> Movement:
    """Read a movement."""
    return Movement(
        record.sk.rpartition("#")[2],
        record.payment,
        record.provider,
        record.office,
        record.service,
        record.method,
        Money(int(record.cents), record.currency),
        moment(record.at),
    )
