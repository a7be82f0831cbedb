"""The routes of staff: see payments of their halls, give back, approve."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth, dependencies
from chalicelib.core.errors import Forbidden, InvalidCursor, NotFound, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Reason,
    Request,
    Response,
    WholeListQuery,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.payments.api.staff_views import (
    StaffPaymentList,
    StaffPaymentView,
    StaffRefundView,
    WaitingRefundList,
    staff_payment_view,
    staff_refund_view,
    waiting_refund_view,
)
from chalicelib.payments.domain import errors
from chalicelib.payments.domain.unmatched import Act
from chalicelib.payments.service import refunds, staff, unmatched
from chalicelib.payments.service.refunds import RefundRequest, RefundResult
from chalicelib.payments.service.unmatched import DecisionRequest

routes: Final = Routes("admin_payments")

_ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_ASKERS: Final = auth.staff("clerk", "supervisor", "admin")
_APPROVALS: Final = auth.staff("supervisor", "auditor", "admin")
_APPROVERS: Final = auth.staff("supervisor", "admin")
_UNMATCHED_PROBLEMS: Final = (
    SecondPersonNeeded,
    WrongStatus,
    Forbidden,
    NotFound,
    errors.PaymentProviderDown,
)


class PaymentsOfQuery(WholeListQuery):
    """Of which case or appointment."""

    subject_id: Id


class WaitingQuery(QueryModel):
    """Which hall's givings back, and which page of them."""

    office_id: Id
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


Cents = Annotated[int, Field(ge=1)]


class AmountAsked(BodyModel):
    """An amount of the currency that the payment's money is in, as answers have it."""

    cents: Cents
    currency: Annotated[str, StringConstraints(pattern="^[a-z]{3}$")] | None = None


class RefundAsked(BodyModel):
    """How much to give back (all that is left without), as an amount or in cents; and why."""

    amount: AmountAsked | Cents | None = None
    reason: Annotated[str, text(200, lines=True)]


@routes.get("/v1/admin/payments", auth=_ALL_STAFF, body=PaymentsOfQuery, response=StaffPaymentList)
def list_of(request: Request[PaymentsOfQuery]) -> StaffPaymentList:
    """List the payments of a case or an appointment of one's halls; the citizen sees the look."""
    payments = staff.look_at_all(request.staff, request.input.subject_id, request.now)
    return StaffPaymentList(items=[staff_payment_view(payment) for payment in payments])


@routes.get("/v1/admin/payments/{payment_id}", auth=_ALL_STAFF, response=StaffPaymentView)
def show(request: Request[QueryModel], payment_id: str) -> StaffPaymentView:
    """Show a payment of one's halls; the citizen sees the look."""
    return staff_payment_view(staff.look(request.staff, payment_id, request.now))


@routes.post(
    "/v1/admin/payments/{payment_id}/refunds",
    auth=_ASKERS,
    body=RefundAsked,
    response=StaffRefundView,
    status=201,
    errors=[errors.RefundTooLarge, NotFound],
    idempotent=True,
)
def ask_for_refund(request: Request[RefundAsked], payment_id: str) -> Response:
    """Give back a part or the whole; what passes the set sum waits for a second person."""
    amount, reason = request.input.amount, request.input.reason
    asked = (
        RefundRequest(amount, reason)
        if not isinstance(amount, AmountAsked)
        else RefundRequest(amount.cents, reason, amount.currency)
    )
    return _answer(refunds.request(request.staff, payment_id, asked, request.attempt, request.now))


@routes.get(
    "/v1/admin/refunds",
    auth=_APPROVALS,
    body=WaitingQuery,
    response=WaitingRefundList,
    errors=[InvalidCursor, NotFound],
)
def list_waiting(request: Request[WaitingQuery]) -> WaitingRefundList:
    """List a hall's refunds that wait for a second person, with who asked and why."""
    query = request.input
    page = dependencies.cursors().page(
        f"refunds/{request.staff.staff_id}/{query.office_id}",
        query.cursor,
        lambda after: staff.waiting_refunds(request.staff, query.office_id, after, query.limit),
    )
    items = [waiting_refund_view(payment, refund) for payment, refund in page.items]
    return WaitingRefundList(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/refunds/{refund_id}/approve",
    auth=_APPROVERS,
    response=StaffRefundView,
    errors=[SecondPersonNeeded, WrongStatus],
    idempotent=True,
)
def approve(request: Request[QueryModel], refund_id: str) -> Response:
    """Agree to a refund as the second person; it is sent at once."""
    return _answer(refunds.approve(request.staff, refund_id, request.attempt, request.now))


@routes.post(
    "/v1/admin/refunds/{refund_id}/decline",
    auth=_APPROVERS,
    response=StaffRefundView,
    errors=[WrongStatus],
    idempotent=True,
)
def decline(request: Request[QueryModel], refund_id: str) -> Response:
    """Refuse a refund that waits for approval."""
    return _answer(refunds.decline(request.staff, refund_id, request.attempt, request.now))


@routes.post(
    "/v1/admin/payments/{payment_id}/held/accept",
    auth=_ASKERS,
    body=Reason,
    response=StaffPaymentView,
    errors=_UNMATCHED_PROBLEMS,
    idempotent=True,
    two_persons=True,
)
def accept_unmatched(request: Request[Reason], payment_id: str) -> Response:
    """Take money of another sum, currency or account for the fee; a second person agrees."""
    return _decided(request, payment_id, "accept")


@routes.post(
    "/v1/admin/payments/{payment_id}/held/return",
    auth=_ASKERS,
    body=Reason,
    response=StaffPaymentView,
    errors=_UNMATCHED_PROBLEMS,
    idempotent=True,
    two_persons=True,
)
def return_unmatched(request: Request[Reason], payment_id: str) -> Response:
    """Send money of another sum, currency or account back; a second person agrees."""
    return _decided(request, payment_id, "return")


def _answer(result: RefundResult) -> Response:
    return replayed(staff_refund_view(result.payment, result.refund), again=result.replayed)


def _decided(request: Request[Reason], payment_id: str, act: Act) -> Response:
    asked = DecisionRequest(payment_id, act, request.input.reason)
    result = unmatched.decide(request.staff, asked, request.attempt, request.now)
    response = replayed(staff_payment_view(result.payment), again=result.replayed)
    return response if result.decided else replace(response, status=202)
