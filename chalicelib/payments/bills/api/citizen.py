"""The routes of payers: one's own bills, and a bill by its number and code."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.errors import InvalidCursor, InvalidRequest, NotFound, TooManyRequests
from chalicelib.core.http_messages import Id, QueryModel, Request
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.core.routes import Routes
from chalicelib.core.text import Written, read_code
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import MANDATE_ID_LENGTH, MandateMissing
from chalicelib.payments.bills.api.views import BillList, BillView, bill_view
from chalicelib.payments.bills.domain.bill import BillStatus
from chalicelib.payments.bills.service import lookup

routes: Final = Routes("bills")


class BillsQuery(QueryModel):
    """Which bills: one's own, or those of whom one pays for by a right (its id)."""

    status: BillStatus | None = None
    on_behalf_of: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class BillCodeQuery(QueryModel):
    """The six digits that go with a bill's number."""

    code: Annotated[str, Written(read_code, 0, 4096)] = ""


@routes.get(
    "/v1/me/bills",
    auth=auth.citizen,
    body=BillsQuery,
    response=BillList,
    errors=[InvalidCursor, MandateMissing],
)
def list_bills(request: Request[BillsQuery]) -> BillList:
    """List what one is to pay, has paid or need not pay any more, by when it is due."""
    asked, now = request.input, request.now
    caller = mandates.on_behalf(request.citizen, _right(asked), "pay", None, now)
    page = dependencies.cursors().page(
        f"bills/{request.citizen.citizen_id}/{caller.citizen_id}/{asked.status}",
        asked.cursor,
        lambda position: lookup.list_mine(caller, asked.status, position, asked.limit, now),
    )
    items = [bill_view(bill, now) for bill in page.items]
    return BillList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/bills/{bill_number}",
    auth=auth.public,
    body=BillCodeQuery,
    response=BillView,
    errors=[NotFound, InvalidRequest, TooManyRequests],
    any_path=True,
)
def show_bill(request: Request[BillCodeQuery], bill_number: str) -> BillView:
    """Show a bill by its number and code, to whoever has both."""
    number = read_code(bill_number)
    bill = lookup.by_number(number, request.input.code, request.source, request.now)
    return bill_view(bill, request.now)


def _right(asked: BillsQuery) -> OnBehalfOf | None:
    right_id = asked.on_behalf_of
    if right_id is None:
        return None
    if len(right_id) == MANDATE_ID_LENGTH:
        return OnBehalfOf(mandate_id=right_id)
    return OnBehalfOf(organisation_id=right_id)
