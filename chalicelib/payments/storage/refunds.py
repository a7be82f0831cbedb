"""Refunds, which are kept behind their payments."""

from chalicelib.core.attributes import moment, optional_moment, optional_seconds, seconds
from chalicelib.payments.domain import refund_limits
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from chalicelib.payments.storage._records import AloneRecord, RefundRecord, alone_keys, payment_keys


def given_alone(payment: Payment, refund: Refund) -> int:
    """Return the largest of the sums that a refund counts in, in cents."""
    keys = [alone_keys(name) for name in refund_limits.counted_at(payment, refund)]
    sums = AloneRecord.batch_get(keys, consistent_read=True)
    return max((int(one.cents) for one in sums), default=0)


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
