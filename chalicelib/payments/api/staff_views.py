"""How payments look to staff of their halls."""

from typing import cast

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import Amount, BodyModel, PendingView, WholeList
from chalicelib.payments.api.views import (
    HeldView,
    RefundView,
    amount_of,
    subject_of,
    unmatched_view,
)
from chalicelib.payments.domain.payments import Method, Payment, PaymentStatus
from chalicelib.payments.domain.refunds import Refund
from chalicelib.payments.domain.unmatched import Act


class StaffRefundView(RefundView):
    """A giving back, as staff see it."""

    payment_id: str
    reason: str
    asked_by: str
    asked_at: str
    needs_approval: bool
    approved_by: str | None
    trouble: str | None


class WaitingRefundView(StaffRefundView):
    """A giving back that waits for a second person, and what was paid for; it names no person."""

    service_id: str
    office_id: str
    case_id: str | None
    appointment_id: str | None
    bill_id: str | None


class WaitingRefundList(BodyModel):
    """A hall's givings back of one page that wait for a second person."""

    items: list[WaitingRefundView]
    next_cursor: str | None


class StaffPaymentView(BodyModel):
    """A payment, as staff of its hall see it."""

    payment_id: str
    case_id: str | None
    appointment_id: str | None
    bill_id: str | None
    service_id: str
    office_id: str
    amount: Amount
    method: Method
    provider: str
    status: PaymentStatus
    finished: bool
    held: HeldView | None
    pending: PendingView | None
    asked_for: Act | None
    amount_received: Amount
    amount_refunded: Amount
    amount_refund_pending: Amount
    receipt_number: str | None
    refunds: list[StaffRefundView]
    created_at: str
    version: int


class StaffPaymentList(WholeList):
    """All payments of a case or an appointment, newest first."""

    items: list[StaffPaymentView]


def staff_payment_view(payment: Payment) -> StaffPaymentView:
    """Present a payment to staff of its hall."""
    asked = payment.undecided.asked if payment.undecided else None
    return StaffPaymentView(
        payment_id=payment.payment_id,
        case_id=subject_of(payment, "case"),
        appointment_id=subject_of(payment, "appointment"),
        bill_id=subject_of(payment, "bill"),
        service_id=payment.service_id,
        office_id=payment.office_id,
        amount=Amount.of(payment.amount),
        method=payment.method,
        provider=payment.provider,
        status=payment.status,
        finished=payment.finished,
        held=unmatched_view(payment),
        pending=PendingView.of(asked),
        asked_for=cast("Act", asked.act) if asked else None,
        amount_received=amount_of(payment, payment.received),
        amount_refunded=amount_of(payment, payment.refunded),
        amount_refund_pending=amount_of(payment, payment.refund_pending),
        receipt_number=payment.receipt_number,
        refunds=[staff_refund_view(payment, one) for one in payment.refunds],
        created_at=rfc3339(payment.created_at),
        version=payment.version,
    )


def staff_refund_view(payment: Payment, refund: Refund) -> StaffRefundView:
    """Present a refund to staff."""
    return StaffRefundView(
        refund_id=refund.refund_id,
        amount=amount_of(payment, refund.amount),
        status=refund.status,
        payment_id=payment.payment_id,
        reason=refund.reason,
        asked_by=refund.asked_by,
        asked_at=rfc3339(refund.asked_at),
        needs_approval=refund.needs_approval and refund.approved_by is None,
        approved_by=refund.approved_by,
        trouble=refund.trouble,
    )


def waiting_refund_view(payment: Payment, refund: Refund) -> WaitingRefundView:
    """Present a refund that waits for a second person."""
    return WaitingRefundView(
        **staff_refund_view(payment, refund).model_dump(),
        service_id=payment.service_id,
        office_id=payment.office_id,
        case_id=subject_of(payment, "case"),
        appointment_id=subject_of(payment, "appointment"),
        bill_id=subject_of(payment, "bill"),
    )
