"""The routes of staff: see payments of their halls, give back, approve."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth
from chalicelib.core.calls import Call, Model, Query, Reply, replayed
from chalicelib.core.errors import NotFound, WrongStatus
from chalicelib.core.web import Routes
from chalicelib.payments import domain, refunds, reports, service
from chalicelib.payments.refunds import Wanted
from chalicelib.payments.views import (
    StaffPaymentList,
    StaffPaymentView,
    StaffRefundView,
    staff_payment_view,
    staff_refund_view,
)

routes: Final = Routes(__name__, "admin_payments")
reports.enter()

Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_ASKERS: Final = auth.staff("clerk", "supervisor", "admin")
_APPROVERS: Final = auth.staff("supervisor", "admin")


class PaymentsOfQuery(Query):
    """Of which case or appointment."""

    subject_id: Id


class RefundAsked(Model):
    """How much to give back in the smallest unit (all that is left without), and why."""

    amount: Annotated[int, Field(ge=1)] | None = None
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


@routes.get("/v1/admin/payments", auth=_ALL_STAFF, takes=PaymentsOfQuery, answers=StaffPaymentList)
def list_of(call: Call[PaymentsOfQuery]) -> StaffPaymentList:
    """List the payments of a case or an appointment of one's halls."""
    offices = call.staff.office_ids
    found = [one for one in service.all_of(call.input.subject_id) if one.office_id in offices]
    return StaffPaymentList(items=[staff_payment_view(one) for one in found])


@routes.get("/v1/admin/payments/{payment_id}", auth=_ALL_STAFF, answers=StaffPaymentView)
def show(call: Call[Query], payment_id: str) -> StaffPaymentView:
    """Show a payment of one's halls."""
    return staff_payment_view(refunds.of_own_hall(call.staff, payment_id))


@routes.post(
    "/v1/admin/payments/{payment_id}/refunds",
    auth=_ASKERS,
    takes=RefundAsked,
    answers=StaffRefundView,
    status=201,
    problems=[domain.RefundTooLarge, NotFound],
    creates=True,
)
def ask_for_refund(call: Call[RefundAsked], payment_id: str) -> Reply:
    """Give back a part or the whole; above the set amount it waits for a second person."""
    wanted = Wanted(call.input.amount, call.input.reason)
    payment, refund, again = refunds.ask_for(call.staff, payment_id, wanted, call.attempt, call.now)
    return replayed(staff_refund_view(payment, refund), again=again)


@routes.post(
    "/v1/admin/refunds/{refund_id}/approve",
    auth=_APPROVERS,
    answers=StaffRefundView,
    problems=[domain.SecondPersonNeeded, WrongStatus],
    creates=True,
)
def approve(call: Call[Query], refund_id: str) -> Reply:
    """Agree to a refund as the second person; it is sent at once."""
    payment, refund = refunds.approve(call.staff, refund_id, call.attempt, call.now)
    return Reply(staff_refund_view(payment, refund))


@routes.post(
    "/v1/admin/refunds/{refund_id}/decline",
    auth=_APPROVERS,
    answers=StaffRefundView,
    problems=[WrongStatus],
    creates=True,
)
def decline(call: Call[Query], refund_id: str) -> Reply:
    """Refuse a refund that waits for approval."""
    payment, refund = refunds.decline(call.staff, refund_id, call.attempt, call.now)
    return Reply(staff_refund_view(payment, refund))
