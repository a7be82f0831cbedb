"""The routes of staff for bills: the bills of their halls, and cancelling by two persons."""

from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.errors import InvalidCursor, NotFound, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import Id, QueryModel, Reason, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.payments.bills.api.views import StaffBillList, StaffBillView, staff_bill_view
from chalicelib.payments.bills.domain.bill import BillStatus
from chalicelib.payments.bills.service import desk

routes: Final = Routes("admin_bills")
_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
_CANCELLERS: Final = auth.staff("supervisor", "admin")


class HallBillsQuery(QueryModel):
    """Which bills: of one hall, or of all one's own."""

    office_id: Id | None = None
    status: BillStatus | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.get(
    "/v1/admin/bills",
    auth=_READERS,
    body=HallBillsQuery,
    response=StaffBillList,
    errors=[InvalidCursor, NotFound],
)
def list_hall_bills(request: Request[HallBillsQuery]) -> StaffBillList:
    """List bills by when they are due; nothing in the list says who is to pay."""
    asked, now = request.input, request.now
    halls = desk.halls_of(request.staff, asked.office_id)
    page = dependencies.cursors().page(
        f"hall-bills/{request.staff.staff_id}/{asked.office_id}/{asked.status}",
        asked.cursor,
        lambda position: desk.list_of_halls(halls, asked.status, position, asked.limit, now),
    )
    items = [staff_bill_view(bill, now) for bill in page.items]
    return StaffBillList(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/bills/{bill_id}/cancel",
    auth=_CANCELLERS,
    body=Reason,
    response=StaffBillView,
    errors=[NotFound, WrongStatus, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def cancel_bill(request: Request[Reason], bill_id: str) -> Response:
    """Cancel a bill; a second person agrees, and what was paid goes back by itself."""
    reason = request.input.reason
    result = desk.cancel(request.staff, bill_id, reason, request.attempt, request.now)
    response = replayed(staff_bill_view(result.bill, request.now), again=result.replayed)
    return response if result.done else replace(response, status=202)
