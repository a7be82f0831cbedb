"""Refunds, which are kept behind their payments."""

from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import moment, optional_moment, optional_seconds, seconds
from chalicelib.core.pagination import Page
from chalicelib.payments.domain import refund_limits
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from chalicelib.payments.storage._records import (
    AloneRecord,
    RefundRecord,
    WaitingRecord,
    alone_keys,
    payment_keys,
    waiting_keys,
)


def given_alone(payment: Payment, refund: Refund) -> int:
    """Return the largest of the sums that a refund counts in, in cents."""
    keys = [alone_keys(name) for name in refund_limits.counted_at(payment, refund)]
    sums = AloneRecord.batch_get(keys, consistent_read=True)
    return max((int(one.cents) for one in sums), default=0)


def list_waiting(office_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the ids of a hall's refunds that wait for a second person; one Query."""
    after = WaitingRecord.sk > position if position else None
    pk, _ = waiting_keys(office_id, "")
    found = WaitingRecord.query(pk, after, limit=limit + 1, consistent_read=True)
    ids = [record.sk for record in found]
    return Page(tuple(ids[:limit]), ids[limit - 1] if len(ids) > limit else None)


def write_waiting(write: TransactWrite, old: Payment, new: Payment, refund: Refund) -> None:
    """Put a refund that begins to wait into its hall's list, and take it out once it is decided."""
    before = old.refund(refund.refund_id)
    record = WaitingRecord(*waiting_keys(new.office_id, refund.refund_id))
    if refund.waits:
        write.save(record)
    elif before and before.waits:
        write.delete(record)


def write_waiting_elsewhere(write: TransactWrite, old: Payment, new: Payment) -> None:
    """Put what waits into the list of the hall that has the payment now, which is another."""
    for refund in old.refunds:
        if refund.waits:
            write.delete(WaitingRecord(*waiting_keys(old.office_id, refund.refund_id)))
            write.save(WaitingRecord(*waiting_keys(new.office_id, refund.refund_id)))


def refund_record(payment_id: str, refund: Refund) -> RefundRecord:
    """Return a refund as it is kept."""
    pk, sk = payment_keys(payment_id)
    return RefundRecord(
        pk,
        f"{sk}#R#{refund.refund_id}",
        cents=refund.amount,
        reason=refund.reason,
        asked_by=refund.asked_by,
        asked=seconds(refund.asked_at),
        status=refund.status.value,
        needs_approval=refund.needs_approval or None,
        approved_by=refund.approved_by,
        sent=optional_seconds(refund.sent_at),
        ended=optional_seconds(refund.ended_at),
        trouble=refund.trouble,
        went=optional_seconds(refund.went_at),
    )


def read_refund(record: RefundRecord) -> Refund:
    """Read a refund."""
    return Refund(
        record.sk.rpartition("#")[2],
        int(record.cents),
        record.reason,
        record.asked_by,
        moment(record.asked),
        RefundStatus(record.status),
        bool(record.needs_approval),
        record.approved_by,
        optional_moment(record.sent),
        optional_moment(record.ended),
        record.trouble,
        optional_moment(record.went),
    )
