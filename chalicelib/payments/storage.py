"""The table `payments`.

| what | pk | sk |
|---|---|---|
| a payment | C#citizen | P#payment |
| a refund of it | C#citizen | P#payment#R#refund |
| its history | C#citizen | E#payment#seq |
| the one open or paid payment of a fee | G#subject | guard |
| a provider's own id | R#provider#reference | payment |
| a receipt's code | V#code | payment |
| a provider's notification | N#provider#event | E#000001 |
| that it took effect | N#provider#event | done |
| money that came or went, by day | L#YYYYMMDD | provider#payment#what |
| the day's books, compared | B#YYYYMMDD | provider |

A payment's id begins with its citizen's, so the partition follows from the id. A fee has one open
payment at a time: the guard names it. The sparse index `ask` holds the payments about which the
provider is to be asked, by that time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.clock import office_time
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Applied
from chalicelib.core.money import Money
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import (
    EntryRecord,
    Index,
    Record,
    Table,
    condition_failed,
    failed_conditions,
    transaction,
)
from chalicelib.payments.domain import (
    CITIZEN_ID_LENGTH,
    Client,
    Method,
    Payment,
    Refund,
    RefundStatus,
    Status,
)

TABLE: Final = Table("payments", (Index("ask", "ask", "ask_at"),), numbers=frozenset({"ask_at"}))
ASK_BUCKETS: Final = 4
_GUARD: Final = "guard"
_PAGE: Final = 100


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Ask(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "ask"
        projection = KeysOnlyProjection()

    ask = UnicodeAttribute(hash_key=True)
    ask_at = NumberAttribute(range_key=True)


class _Payment(_Kept):
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
    received = NumberAttribute(default=0)
    refunded = NumberAttribute(default=0)
    refund_pending = NumberAttribute(default=0)
    received_at = NumberAttribute(null=True)
    ended = NumberAttribute(null=True)
    receipt = UnicodeAttribute(null=True)
    ask = UnicodeAttribute(null=True)
    ask_at = NumberAttribute(null=True)
    to_ask = _Ask()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class _Refund(_Kept):
    cents = NumberAttribute()
    reason = UnicodeAttribute()
    asked_by = UnicodeAttribute()
    asked = NumberAttribute()
    status = UnicodeAttribute()
    needs_approval = BooleanAttribute(null=True)
    approved_by = UnicodeAttribute(null=True)
    sent = NumberAttribute(null=True)
    ended = NumberAttribute(null=True)


class _Entry(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Part(_Kept):
    """A payment or a refund, read as what it is."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        kind = _Refund if "#R#" in data["sk"]["S"] else _Payment
        return kind.from_raw_data(data)


class _Guard(_Kept):
    payment = UnicodeAttribute(null=True)
    paid = UnicodeAttribute(null=True)


class _Pointer(_Kept):
    payment = UnicodeAttribute()


class _Done(_Kept):
    at = UnicodeAttribute()


class _Movement(_Kept):
    payment = UnicodeAttribute()
    provider = UnicodeAttribute()
    office = UnicodeAttribute()
    service = UnicodeAttribute()
    method = UnicodeAttribute()
    cents = NumberAttribute()
    currency = UnicodeAttribute()
    at = NumberAttribute()


class _Books(_Kept):
    at = UnicodeAttribute()
    totals = JSONAttribute()
    differences = JSONAttribute()


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came (`what` is `in`) or went back (`what` is the refund's id)."""

    what: str
    payment_id: str
    provider: str
    office_id: str
    service_id: str
    method: str
    amount: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """What keeping a change takes beside the payment: refunds, pointers, movements, the marker."""

    refunds: tuple[Refund, ...] = ()
    code: str | None = None
    movements: tuple[Movement, ...] = ()
    marker: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """A provider's day compared with ours."""

    provider: str
    at: str
    totals: Mapping[str, int]
    differences: Sequence[Mapping[str, str]]


def load(payment_id: str) -> Payment | None:
    """Return a payment with its refunds; one Query."""
    pk, sk = _keys(payment_id)
    found = _Part.query(pk, _Part.sk.between(sk, f"{sk}#~"), consistent_read=True)
    return next(iter(_payments(found)), None)


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[Payment]:
    """Return a citizen's payments in the order of their ids."""
    first = f"{position}\x00" if position else "P#"
    pk = f"C#{citizen_id}"
    # Refunds lie between the payments: so many items are read until the page is full.
    found: list[Payment] = []
    for payment in _payments(_Part.query(pk, _Part.sk.between(first, "P$"))):
        found.append(payment)
        if len(found) > limit:
            break
    more = f"P#{found[limit - 1].payment_id}#~" if len(found) > limit else None
    return Page(tuple(found[:limit]), more)


def all_of(citizen_id: str) -> Iterator[Payment]:
    """Return all payments of a citizen, in the order of their ids."""
    position: str | None = None
    while True:
        page = list_of(citizen_id, position, _PAGE)
        yield from page.items
        position = page.next_position
        if position is None:
            return


def load_entries(payment_id: str) -> list[Entry]:
    """Return the history of a payment."""
    pk, _ = _keys(payment_id)
    found = _Entry.query(pk, _Entry.sk.startswith(f"E#{payment_id}#"), consistent_read=True)
    return [record.to_entry() for record in found]


def load_guard(subject: str) -> tuple[str | None, str | None]:
    """Return the ids of the open and of the paid payment of a fee."""
    try:
        found = _Guard.get(f"G#{subject}", _GUARD, consistent_read=True)
    except _Guard.DoesNotExist:
        return None, None
    return found.payment, found.paid


def find(kind: Literal["reference", "code"], value: str) -> str | None:
    """Return the payment of a provider's id (`provider#reference`) or of a receipt's code."""
    pk = f"{'R' if kind == 'reference' else 'V'}#{value}"
    try:
        return _Pointer.get(pk, "payment").payment
    except _Pointer.DoesNotExist:
        return None


def create(payment: Payment, entry: Entry) -> bool:
    """Keep a new payment with its guard and entry; False when one of both stands in the way."""
    free = _Guard.payment.does_not_exist() & _Guard.paid.does_not_exist()
    guard = _Guard(f"G#{payment.subject}", _GUARD)
    try:
        with transaction() as write:
            write.save(_record(payment), condition=_Payment.pk.does_not_exist())
            write.save(_entry(payment.payment_id, entry))
            write.update(guard, [_Guard.payment.set(payment.payment_id)], condition=free)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store_change(old: Payment, new: Payment, entries: Sequence[Entry], kept: Kept) -> bool:
    """Keep the next version with all that goes with it; False when the old one is not there.

    The guard is freed when the payment ends without success or is given back whole, and says
    `paid` when it succeeds.
    """
    try:
        with transaction() as write:
            write.save(_record(new), condition=is_still(old))
            for entry in entries:
                write.save(_entry(new.payment_id, entry))
            for refund in kept.refunds:
                write.save(_refund_record(new.payment_id, refund))
            for pk in _pointers(old, new, kept.code):
                write.save(_Pointer(pk, "payment", payment=new.payment_id))
            for movement in kept.movements:
                write.save(_movement_record(movement))
            actions = _guard_actions(old, new)
            if actions:
                write.update(_Guard(f"G#{new.subject}", _GUARD), actions)
            if kept.marker:
                provider, event_id = kept.marker
                write.save(_Done(f"N#{provider}#{event_id}", "done", at=entries[-1].at))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def is_still(old: Payment) -> Any:
    """Return the condition that a payment was not changed since."""
    return _Payment.version == old.version


def store_ask(payment: Payment) -> None:
    """Keep when to ask next, which is no new version."""
    record = _Payment(*_keys(payment.payment_id))
    actions: list[Any] = [_Payment.ask.remove(), _Payment.ask_at.remove()]
    if payment.ask_at:
        at = int(payment.ask_at.timestamp())
        actions = [_Payment.ask.set(_bucket(payment.payment_id)), _Payment.ask_at.set(at)]
    try:
        record.update(actions, condition=is_still(payment))
    except UpdateError as error:
        condition_failed(error)


def list_to_ask(now: datetime) -> list[str]:
    """Return the ids of the payments about which the provider is to be asked now."""
    found: list[str] = []
    for bucket in range(ASK_BUCKETS):
        due = _Ask.ask_at <= int(now.timestamp())
        found += [record.sk[2:] for record in _Payment.to_ask.query(str(bucket), due)]
    return found


def note_notification(provider: str, event_id: str, entry: Entry) -> bool:
    """Keep a notification with what is published of it; False when it was kept before."""
    record = _Entry(f"N#{provider}#{event_id}", "E#000001", **EntryRecord.keys_of(entry))
    try:
        record.save(condition=_Entry.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return False
    return True


def took_effect(provider: str, event_id: str) -> bool:
    """Tell whether a notification took effect."""
    try:
        _Done.get(f"N#{provider}#{event_id}", "done", consistent_read=True)
    except _Done.DoesNotExist:
        return False
    return True


def mark(provider: str, event_id: str, at: str) -> None:
    """Note that a notification changed nothing more."""
    _Done(f"N#{provider}#{event_id}", "done", at=at).save()


def movements_of(day: str) -> list[Movement]:
    """Return what came and went on a day (YYYYMMDD); one Query a MB."""
    return [_movement(record) for record in _Movement.query(f"L#{day}", consistent_read=True)]


def store_books(day: str, books: Books) -> None:
    """Keep a day's comparison; a later one replaces it."""
    _Books(
        f"B#{day}",
        books.provider,
        at=books.at,
        totals=dict(books.totals),
        differences=[dict(one) for one in books.differences],
    ).save()


def load_books(day: str) -> list[Books]:
    """Return a day's comparisons, one for each provider."""
    found = _Books.query(f"B#{day}", consistent_read=True)
    return [Books(one.sk, one.at, one.totals, one.differences) for one in found]


def _guard_actions(old: Payment, new: Payment) -> list[Any]:
    if new.status is Status.SUCCEEDED:
        if new.refunded == new.received > old.refunded:
            return [_Guard.paid.remove()]
        if old.status is not Status.SUCCEEDED:
            return [_Guard.payment.remove(), _Guard.paid.set(new.payment_id)]
        return []
    return [_Guard.payment.remove()] if new.finished and not old.finished else []


def _pointers(old: Payment, new: Payment, code: str | None) -> list[str]:
    found = []
    if new.reference and new.reference != old.reference:
        found.append(f"R#{new.provider}#{new.reference}")
    if code:
        found.append(f"V#{code}")
    return found


def _keys(payment_id: str) -> tuple[str, str]:
    return f"C#{payment_id[:CITIZEN_ID_LENGTH]}", f"P#{payment_id}"


def _bucket(payment_id: str) -> str:
    return str(sum(payment_id.encode()) % ASK_BUCKETS)


def _entry(payment_id: str, entry: Entry) -> _Entry:
    pk, _ = _keys(payment_id)
    return _Entry(pk, f"E#{payment_id}#{entry.seq:06}", **EntryRecord.keys_of(entry))


def _record(payment: Payment) -> _Payment:
    return _Payment(
        *_keys(payment.payment_id),
        kind=payment.kind,
        of=payment.subject,
        service=payment.service_id,
        office=payment.office_id,
        cents=payment.amount.cents,
        currency=payment.amount.currency,
        method=payment.method,
        client=payment.client,
        provider=payment.provider,
        created=_epoch(payment.created_at),
        expires=_epoch(payment.expires_at),
        status=payment.status.value,
        reference=payment.reference,
        action=payment.sealed_action,
        held=payment.held,
        received=payment.received,
        refunded=payment.refunded,
        refund_pending=payment.refund_pending,
        received_at=_epoch(payment.received_at),
        ended=_epoch(payment.ended_at),
        receipt=payment.receipt_number,
        ask=_bucket(payment.payment_id) if payment.ask_at else None,
        ask_at=_epoch(payment.ask_at),
        version=payment.version,
        hash=payment.head.hash,
        ledger=[[a.key, a.fingerprint, a.at] for a in payment.ledger],
    )


def _payments(found: Iterable[Any]) -> Iterable[Payment]:
    """Put each payment together with the refunds that follow it."""
    record: _Payment | None = None
    refunds: list[Refund] = []
    for one in found:
        if isinstance(one, _Refund):
            refunds.append(_refund(one))
            continue
        if record is not None:
            yield _payment(record, refunds)
        record, refunds = one, []
    if record is not None:
        yield _payment(record, refunds)


def _payment(record: _Payment, refunds: list[Refund]) -> Payment:
    version = int(record.version)
    return Payment(
        record.sk[2:],
        cast("Literal['case', 'appointment']", record.kind),
        record.of,
        record.service,
        record.office,
        Money(int(record.cents), record.currency),
        cast("Method", record.method),
        cast("Client", record.client),
        record.provider,
        _when(record.created),
        _when(record.expires),
        Status(record.status),
        record.reference,
        record.action,
        record.held,
        int(record.received or 0),
        int(record.refunded or 0),
        int(record.refund_pending or 0),
        _moment(record.received_at),
        _moment(record.ended),
        record.receipt,
        tuple(sorted(refunds, key=lambda one: (one.asked_at, one.refund_id))),
        _moment(record.ask_at),
        version,
        Head(version, record.hash),
        tuple(Applied(*applied) for applied in record.ledger),
    )


def _refund_record(payment_id: str, refund: Refund) -> _Refund:
    pk, sk = _keys(payment_id)
    return _Refund(
        pk,
        f"{sk}#R#{refund.refund_id}",
        cents=refund.amount,
        reason=refund.reason,
        asked_by=refund.asked_by,
        asked=_epoch(refund.asked_at),
        status=refund.status.value,
        needs_approval=refund.needs_approval or None,
        approved_by=refund.approved_by,
        sent=_epoch(refund.sent_at),
        ended=_epoch(refund.ended_at),
    )


def _refund(record: _Refund) -> Refund:
    return Refund(
        record.sk.rpartition("#")[2],
        int(record.cents),
        record.reason,
        record.asked_by,
        _when(record.asked),
        RefundStatus(record.status),
        bool(record.needs_approval),
        record.approved_by,
        _moment(record.sent),
        _moment(record.ended),
    )


def _movement_record(movement: Movement) -> _Movement:
    return _Movement(
        f"L#{office_time(movement.at):%Y%m%d}",
        f"{movement.provider}#{movement.payment_id}#{movement.what}",
        payment=movement.payment_id,
        provider=movement.provider,
        office=movement.office_id,
        service=movement.service_id,
        method=movement.method,
        cents=movement.amount.cents,
        currency=movement.amount.currency,
        at=_epoch(movement.at),
    )


def _movement(record: _Movement) -> Movement:
    return Movement(
        record.sk.rpartition("#")[2],
        record.payment,
        record.provider,
        record.office,
        record.service,
        record.method,
        Money(int(record.cents), record.currency),
        _when(record.at),
    )


def _epoch(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _moment(seconds: float | None) -> datetime | None:
    return _when(seconds) if seconds is not None else None
