"""The routes of staff: see payments of their halls, give back, approve."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.core import auth
from chalicelib.core.clock import office_time
from chalicelib.core.errors import Forbidden, NotFound, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    Amount,
    BodyModel,
    Day,
    Id,
    QueryModel,
    Reason,
    Request,
    Response,
    replayed,
)
from chalicelib.core.text import text
from chalicelib.core.web import Routes
from chalicelib.payments import books, desk, domain, holding, refunds
from chalicelib.payments.refunds import Wanted
from chalicelib.payments.staff_views import (
    StaffPaymentList,
    StaffPaymentView,
    StaffRefundView,
    staff_payment_view,
    staff_refund_view,
)

routes: Final = Routes("admin_payments")

_ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_ASKERS: Final = auth.staff("clerk", "supervisor", "admin")
_APPROVERS: Final = auth.staff("supervisor", "admin")
_HELD_PROBLEMS: Final = (
    SecondPersonNeeded,
    WrongStatus,
    Forbidden,
    NotFound,
    domain.PaymentProviderDown,
)


class PaymentsOfQuery(QueryModel):
    """Of which case or appointment."""

    subject_id: Id


Cents = Annotated[int, Field(ge=1)]


class AmountAsked(BodyModel):
    """An amount of the currency that the payment's money is in, as answers have it."""

    cents: Cents
    currency: Annotated[str, StringConstraints(pattern="^[a-z]{3}$")] | None = None


class RefundAsked(BodyModel):
    """How much to give back (all that is left without), as an amount or in cents; and why."""

    amount: AmountAsked | Cents | None = None
    reason: Annotated[str, text(200, lines=True)]


class BooksQuery(QueryModel):
    """Which day (yesterday without)."""

    date: Day | None = None


class Sums(BodyModel):
    """What came and went by our books; `net` is below zero where more went."""

    provider: str
    received: Amount
    refunded: Amount
    net: Amount


class Difference(BodyModel):
    """Where the books differ from the provider's; `name` says how, no amount that it is missing."""

    name: str
    provider: str
    payment_id: str | None
    refund_id: str | None
    office_id: str | None
    ours: Amount | None
    theirs: Amount | None
    repaired: bool


class BooksView(BodyModel):
    """A day's books against the providers'."""

    date: str
    totals: list[Sums]
    differences: list[Difference]
    clean: bool
    compared_at: str | None


@routes.get(
    "/v1/admin/reconciliation",
    auth=auth.staff("supervisor", "auditor", "admin"),
    body=BooksQuery,
    response=BooksView,
)
def reconciliation(request: Request[BooksQuery]) -> BooksView:
    """Show a day's books of one's halls, and where they differ from the providers'."""
    day = request.input.date or office_time(request.now).date() - timedelta(days=1)
    found = books.of_day(request.staff, day, request.now)
    return BooksView(
        date=str(day),
        totals=[_sums(*key, sums) for key, sums in sorted(found.totals.items())],
        differences=[_difference(one) for one in found.differences],
        clean=not any(one["repaired"] == "no" for one in found.differences),
        compared_at=found.compared_at,
    )


@routes.get("/v1/admin/payments", auth=_ALL_STAFF, body=PaymentsOfQuery, response=StaffPaymentList)
def list_of(request: Request[PaymentsOfQuery]) -> StaffPaymentList:
    """List the payments of a case or an appointment of one's halls; the citizen sees the look."""
    found = desk.look_at_all(request.staff, request.input.subject_id, request.now)
    return StaffPaymentList(items=[staff_payment_view(one) for one in found])


@routes.get("/v1/admin/payments/{payment_id}", auth=_ALL_STAFF, response=StaffPaymentView)
def show(request: Request[QueryModel], payment_id: str) -> StaffPaymentView:
    """Show a payment of one's halls; the citizen sees the look."""
    return staff_payment_view(desk.look(request.staff, payment_id, request.now))


@routes.post(
    "/v1/admin/payments/{payment_id}/refunds",
    auth=_ASKERS,
    body=RefundAsked,
    response=StaffRefundView,
    status=201,
    errors=[domain.RefundTooLarge, NotFound],
    idempotent=True,
)
def ask_for_refund(request: Request[RefundAsked], payment_id: str) -> Response:
    """Give back a part or the whole; what passes the set sum waits for a second person."""
    amount, reason = request.input.amount, request.input.reason
    wanted = (
        Wanted(amount, reason)
        if not isinstance(amount, AmountAsked)
        else Wanted(amount.cents, reason, amount.currency)
    )
    payment, refund, again = refunds.ask_for(
        request.staff, payment_id, wanted, request.attempt, request.now
    )
    return replayed(staff_refund_view(payment, refund), again=again)


@routes.post(
    "/v1/admin/refunds/{refund_id}/approve",
    auth=_APPROVERS,
    response=StaffRefundView,
    errors=[SecondPersonNeeded, WrongStatus],
    idempotent=True,
)
def approve(request: Request[QueryModel], refund_id: str) -> Response:
    """Agree to a refund as the second person; it is sent at once."""
    payment, refund = refunds.approve(request.staff, refund_id, request.attempt, request.now)
    return Response(staff_refund_view(payment, refund))


@routes.post(
    "/v1/admin/refunds/{refund_id}/decline",
    auth=_APPROVERS,
    response=StaffRefundView,
    errors=[WrongStatus],
    idempotent=True,
)
def decline(request: Request[QueryModel], refund_id: str) -> Response:
    """Refuse a refund that waits for approval."""
    payment, refund = refunds.decline(request.staff, refund_id, request.attempt, request.now)
    return Response(staff_refund_view(payment, refund))


@routes.post(
    "/v1/admin/payments/{payment_id}/held/accept",
    auth=_ASKERS,
    body=Reason,
    response=StaffPaymentView,
    errors=_HELD_PROBLEMS,
    idempotent=True,
    two_persons=True,
)
def accept_held(request: Request[Reason], payment_id: str) -> Response:
    """Take money of another sum, currency or account for the fee; a second person agrees."""
    return _decided(request, payment_id, "accept")


@routes.post(
    "/v1/admin/payments/{payment_id}/held/return",
    auth=_ASKERS,
    body=Reason,
    response=StaffPaymentView,
    errors=_HELD_PROBLEMS,
    idempotent=True,
    two_persons=True,
)
def return_held(request: Request[Reason], payment_id: str) -> Response:
    """Send money of another sum, currency or account back; a second person agrees."""
    return _decided(request, payment_id, "return")


def _decided(request: Request[Reason], payment_id: str, act: domain.Act) -> Response:
    found, done, again = holding.decide(
        request.staff, payment_id, act, request.input.reason, request.attempt, request.now
    )
    response = replayed(staff_payment_view(found), again=again)
    return response if done else replace(response, status=202)


def _sums(provider: str, currency: str, sums: Mapping[str, int]) -> Sums:
    return Sums(
        provider=provider,
        received=Amount(cents=sums["in"], currency=currency),
        refunded=Amount(cents=sums["out"], currency=currency),
        net=Amount(cents=sums["in"] - sums["out"], currency=currency),
    )


def _difference(found: Mapping[str, str]) -> Difference:
    def side(name: str, currency: str) -> Amount | None:
        cents = found[name]
        return Amount(cents=int(cents), currency=currency) if cents else None

    return Difference(
        name=found["name"],
        provider=found["provider"],
        payment_id=found["payment_id"] or None,
        refund_id=found["refund_id"] or None,
        office_id=found["office_id"] or None,
        ours=side("ours", found["currency"]),
        # Days that were compared before they had two currencies have one.
        theirs=side("theirs", found.get("their_currency") or found["currency"]),
        repaired=found["repaired"] == "yes",
    )
