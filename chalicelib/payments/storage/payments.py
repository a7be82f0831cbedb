"""Payments with their refunds and histories, and the ways to find one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, cast

from pynamodb.exceptions import TransactWriteError

from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.history import Entry, Head
from chalicelib.core.money import Money
from chalicelib.core.tables import Addition, failed_conditions, transaction
from chalicelib.payments.domain.payments import (
    Client,
    Method,
    Payment,
    PaymentKind,
    PaymentStatus,
)
from chalicelib.payments.domain.refunds import Refund
from chalicelib.payments.storage._records import (
    ASK,
    ENDED,
    KEYS,
    Ask,
    GuardRecord,
    HistoryRecord,
    PartRecord,
    PaymentRecord,
    PointerRecord,
    RefundRecord,
    ask_keys,
    entry_record,
    guard_keys,
    payment_keys,
)
from chalicelib.payments.storage.refunds import read_refund
from chalicelib.payments.storage.unmatched import read_unmatched, unmatched_fields


def load(payment_id: str) -> Payment | None:
    """Return a payment with its refunds; one Query."""
    pk, sk = payment_keys(payment_id)
    records = PartRecord.query(pk, PartRecord.sk.between(sk, f"{sk}#~"), consistent_read=True)
    return next(iter(_payments(records)), None)


def all_of(citizen_id: str) -> Iterable[Payment]:
    """Return all payments of a citizen, in the order of their ids; one Query a MB."""
    own = PartRecord.sk.between("P#", "P$")
    return _payments(PartRecord.query(f"C#{citizen_id}", own, consistent_read=True))


def load_entries(payment_id: str) -> list[Entry]:
    """Return the history of a payment."""
    pk, _ = payment_keys(payment_id)
    return HistoryRecord.entries_of(pk, f"E#{payment_id}#")


def load_guard(subject: str) -> tuple[str | None, str | None]:
    """Return the ids of the open and of the paid payment of a fee."""
    try:
        guard = GuardRecord.get(*guard_keys(subject), consistent_read=True)
    except GuardRecord.DoesNotExist:
        return None, None
    return guard.payment, guard.paid


def find(kind: Literal["reference", "code"], value: str) -> str | None:
    """Return the payment of a provider's id (`provider#reference`) or of a receipt's code."""
    pk = f"{'R' if kind == 'reference' else 'V'}#{value}"
    try:
        return PointerRecord.get(pk, "payment").payment
    except PointerRecord.DoesNotExist:
        return None


def list_to_ask(now: datetime, part: Part = WHOLE) -> dict[str, datetime]:
    """Return the ids of the payments about which the provider is to be asked, and since when."""
    due = Ask.ask_at <= seconds(now)
    found = ASK.read(lambda bucket: PaymentRecord.to_ask.query(bucket, due), part)
    return {record.sk[2:]: moment(record.ask_at or 0) for record in found}


def list_open(part: Part = WHOLE) -> list[str]:
    """Return the ids of the payments about which the provider is asked now or later."""
    return [record.sk[2:] for record in ASK.read(PaymentRecord.to_ask.query, part)]


def list_ended(since: datetime, part: Part = WHOLE) -> list[str]:
    """Return the ids of the payments that ended without money since a moment; a Query a bucket."""
    late = Ask.ask_at >= seconds(since)
    ended = ENDED.read(lambda bucket: PaymentRecord.to_ask.query(bucket, late), part)
    return [record.sk[2:] for record in ended]


def create(payment: Payment, entry: Entry, also: Iterable[Addition] = ()) -> bool:
    """Keep a new payment with its guard and entry; False when one of both stands in the way.

    What is kept `also` is a condition too.
    """
    free = GuardRecord.payment.does_not_exist() & GuardRecord.paid.does_not_exist()
    guard = GuardRecord(*guard_keys(payment.subject))
    try:
        with transaction() as write:
            is_free = KEYS.is_free(seconds(payment.created_at))
            write.save(payment_record(payment), condition=is_free)
            write.save(entry_record(payment.payment_id, entry))
            write.update(guard, [GuardRecord.payment.set(payment.payment_id)], condition=free)
            for add in also:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def payment_record(payment: Payment) -> PaymentRecord:
    """Return a payment as it is kept."""
    lane, listed_at = ask_keys(payment)
    return PaymentRecord(
        *payment_keys(payment.payment_id),
        kind=payment.kind,
        of=payment.subject,
        service=payment.service_id,
        office=payment.office_id,
        cents=payment.amount.cents,
        currency=payment.amount.currency,
        method=payment.method,
        client=payment.client,
        provider=payment.provider,
        created=seconds(payment.created_at),
        expires=seconds(payment.expires_at),
        status=payment.status.value,
        reference=payment.reference,
        action=payment.sealed_action,
        held=payment.unmatched.reason if payment.unmatched else None,
        held_facts=unmatched_fields(payment.unmatched) if payment.unmatched else None,
        received=payment.received,
        refunded=payment.refunded,
        refund_pending=payment.refund_pending,
        received_at=optional_seconds(payment.received_at),
        ended=optional_seconds(payment.ended_at),
        receipt=payment.receipt_number,
        payer=payment.payer,
        ask=lane,
        ask_at=listed_at,
        version=payment.version,
        hash=payment.head.hash,
        ledger=ledger_of(payment.ledger),
    )


def _payments(records: Iterable[Any]) -> Iterable[Payment]:
    """Put each payment together with the refunds that follow it."""
    record: PaymentRecord | None = None
    refunds: list[Refund] = []
    for one in records:
        if isinstance(one, PaymentRecord) and one.fingerprint:
            # A note of a key stands where a payment would.
            continue
        if isinstance(one, RefundRecord):
            refunds.append(read_refund(one))
            continue
        if record is not None:
            yield _payment(record, refunds)
        record, refunds = one, []
    if record is not None:
        yield _payment(record, refunds)


def _payment(record: PaymentRecord, refunds: list[Refund]) -> Payment:
    version = int(record.version)
    return Payment(
        record.sk[2:],
        cast("PaymentKind", record.kind),
        record.of,
        record.service,
        record.office,
        Money(int(record.cents), record.currency),
        cast("Method", record.method),
        cast("Client", record.client),
        record.provider,
        moment(record.created),
        moment(record.expires),
        PaymentStatus(record.status),
        record.reference,
        record.action,
        read_unmatched(record) if record.held else None,
        int(record.received or 0),
        int(record.refunded or 0),
        int(record.refund_pending or 0),
        optional_moment(record.received_at),
        optional_moment(record.ended),
        record.receipt,
        tuple(sorted(refunds, key=lambda one: (one.asked_at, one.refund_id))),
        None if record.ask in ENDED.keys else optional_moment(record.ask_at),
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
        record.payer,
    )
