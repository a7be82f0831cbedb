"""The route of supervisors and auditors: a day's books against the providers'."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chalicelib.core import auth
from chalicelib.core.clock import office_time
from chalicelib.core.errors import FieldError, InvalidQuery
from chalicelib.core.http_messages import Amount, BodyModel, Day, QueryModel, Request
from chalicelib.core.i18n import Text
from chalicelib.core.routes import Routes
from chalicelib.payments.service import reconciliation

routes: Final = Routes("admin_reconciliation")

_TO_COME: Final = Text("这一天还没到，没有账目", "This day is still to come and has no books")


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
def show_books(request: Request[BooksQuery]) -> BooksView:
    """Show a day's books of one's halls, and where they differ from the providers'."""
    today = office_time(request.now).date()
    day = request.input.date or today - timedelta(days=1)
    if day > today:
        raise InvalidQuery(errors=[FieldError("/date", "out_of_range", _TO_COME)])
    books = reconciliation.of_day(request.staff, day, request.now)
    return BooksView(
        date=str(day),
        totals=[_sums(*key, sums) for key, sums in sorted(books.totals.items())],
        differences=[_difference(one) for one in books.differences],
        clean=not any(one["repaired"] == "no" for one in books.differences),
        compared_at=books.compared_at,
    )


def _sums(provider: str, currency: str, sums: Mapping[str, int]) -> Sums:
    return Sums(
        provider=provider,
        received=Amount(cents=sums["in"], currency=currency),
        refunded=Amount(cents=sums["out"], currency=currency),
        net=Amount(cents=sums["in"] - sums["out"], currency=currency),
    )


def _difference(difference: Mapping[str, str]) -> Difference:
    def side(name: str, currency: str) -> Amount | None:
        cents = difference[name]
        return Amount(cents=int(cents), currency=currency) if cents else None

    return Difference(
        name=difference["name"],
        provider=difference["provider"],
        payment_id=difference["payment_id"] or None,
        refund_id=difference["refund_id"] or None,
        office_id=difference["office_id"] or None,
        ours=side("ours", difference["currency"]),
        # Days that were compared before they had two currencies have one.
        theirs=side("theirs", difference.get("their_currency") or difference["currency"]),
        repaired=difference["repaired"] == "yes",
    )
