"""The routes of staff: see payments of their halls, give back, approve."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core import auth
from chalicelib.core.calls import Amount, Call, Day, Id, Model, Query, Reply, replayed
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, WrongStatus
from chalicelib.core.text import text
from chalicelib.core.web import Routes
from chalicelib.payments import books, desk, domain, refunds, reports
from chalicelib.payments.refunds import Wanted
from chalicelib.payments.views import (
    StaffPaymentList,
    StaffPaymentView,
    StaffRefundView,
    staff_payment_view,
    staff_refund_view,
)

routes: Final = Routes("admin_payments")
reports.enter()

_ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_ASKERS: Final = auth.staff("clerk", "supervisor", "admin")
_APPROVERS: Final = auth.staff("supervisor", "admin")


class PaymentsOfQuery(Query):
    """Of which case or appointment."""

    subject_id: Id


Cents = Annotated[int, Field(ge=1)]


class AmountAsked(Model):
    """An amount of the payment's own currency, as answers have it."""

    cents: Cents
    currency: Literal["cny"] = "cny"


class RefundAsked(Model):
    """How much to give back (all that is left without), as an amount or in cents; and why."""

    amount: AmountAsked | Cents | None = None
    reason: Annotated[str, text(200, lines=True)]


class BooksQuery(Query):
    """Which day (yesterday without)."""

    date: Day | None = None


class Sums(Model):
    """What came and went by our books; `net` is below zero where more went."""

    provider: str
    received: Amount
    refunded: Amount
    net: Amount


class Difference(Model):
    """Where the books differ from the provider's; `name` says how, no amount that it is missing."""

    name: str
    provider: str
    payment_id: str | None
    refund_id: str | None
    office_id: str | None
    ours: Amount | None
    theirs: Amount | None
    repaired: bool


class BooksView(Model):
    """A day's books against the providers'."""

    date: str
    totals: list[Sums]
    differences: list[Difference]
    clean: bool
    compared_at: str | None


@routes.get(
    "/v1/admin/reconciliation",
    auth=auth.staff("supervisor", "auditor", "admin"),
    takes=BooksQuery,
    answers=BooksView,
)
def reconciliation(call: Call[BooksQuery]) -> BooksView:
    """Show a day's books of one's halls, and where they differ from the providers'."""
    day = call.input.date or office_time(call.now).date() - timedelta(days=1)
    found = books.of_day(call.staff, day, call.now)
    return BooksView(
        date=str(day),
        totals=[_sums(*key, sums) for key, sums in sorted(found.totals.items())],
        differences=[_difference(one) for one in found.differences],
        clean=not any(one["repaired"] == "no" for one in found.differences),
        compared_at=found.compared_at,
    )


@routes.get("/v1/admin/payments", auth=_ALL_STAFF, takes=PaymentsOfQuery, answers=StaffPaymentList)
def list_of(call: Call[PaymentsOfQuery]) -> StaffPaymentList:
    """List the payments of a case or an appointment of one's halls; the citizen sees the look."""
    found = desk.look_at_all(call.staff, call.input.subject_id, call.now)
    return StaffPaymentList(items=[staff_payment_view(one) for one in found])


@routes.get("/v1/admin/payments/{payment_id}", auth=_ALL_STAFF, answers=StaffPaymentView)
def show(call: Call[Query], payment_id: str) -> StaffPaymentView:
    """Show a payment of one's halls; the citizen sees the look."""
    return staff_payment_view(desk.look(call.staff, payment_id, call.now))


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
    """Give back a part or the whole; what passes the set sum waits for a second person."""
    amount = call.input.amount
    cents = amount.cents if isinstance(amount, AmountAsked) else amount
    wanted = Wanted(cents, call.input.reason)
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
