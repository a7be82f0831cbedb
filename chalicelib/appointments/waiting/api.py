"""The routes of the waiting list: join, look, take what is offered or let it pass, leave."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.appointments.api.views import AppointmentView, appointment_view
from chalicelib.appointments.domain.booking_limits import (
    AlreadyBooked,
    BookingSuspended,
    TimeConflict,
    TooManyActive,
    TooManyChanges,
)
from chalicelib.appointments.domain.slots import SlotClosed
from chalicelib.appointments.waiting.domain import (
    AlreadyWaiting,
    EntryStatus,
    OfferExpired,
    PartOfDay,
    WaitingEntry,
    Wish,
)
from chalicelib.appointments.waiting.service import accepting, joining
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidRequest
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    Id,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.i18n import Text
from chalicelib.core.pagination import Page, slice_of
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ConsentRequired, VerificationRequired
from chalicelib.mandates import service as mandates

routes: Final = Routes("appointments")

_FARTHEST_DAYS: Final = 366
_ORDER: Final = Text("结束日期早于开始日期", "It ends before it begins")
_PAST: Final = Text("日期已过", "The day has passed")
_FAR: Final = Text("日期太远", "The day is too far off")
_TWICE: Final = Text("有重复", "One is named twice")


class Waiting(BodyModel):
    """For what to wait: where, on which days, and in which part of the day; without, in both."""

    service_id: Id
    office_ids: Annotated[list[Id], Field(min_length=1, max_length=5)]
    from_: Annotated[Day, Field(alias="from")]
    until: Day
    times: Annotated[list[PartOfDay], Field(max_length=2)] = Field(default_factory=list)
    for_member: Id | None = None


class OfferView(BodyModel):
    """A seat that is held for the person until a moment."""

    slot_id: str
    office_id: str
    start: str
    until: str


class WaitingEntryView(BodyModel):
    """A place on the list; `ahead` is how many stand before it where that are fewest."""

    entry_id: str
    service_id: str
    office_ids: list[str]
    from_: Annotated[str, Field(serialization_alias="from")]
    until: str
    times: list[PartOfDay]
    for_member: str | None
    status: EntryStatus
    ahead: int
    offer: OfferView | None
    appointment_id: str | None
    created_at: str


class WaitingEntryList(BodyModel):
    """One's own places: those that wait first, then the latest first."""

    items: list[WaitingEntryView]
    next_cursor: str | None


class WaitingQuery(QueryModel):
    """A page of one's own places."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.post(
    "/v1/waiting-list",
    auth=auth.citizen,
    body=Waiting,
    response=WaitingEntryView,
    status=201,
    errors=[AlreadyWaiting, VerificationRequired, ConsentRequired],
    idempotent=True,
)
def join_waiting_list(request: Request[Waiting]) -> Response:
    """Wait for a seat that is given back or added."""
    asked = request.input
    wish = _wish(request)
    applied, ahead = joining.join(
        request.citizen, wish, asked.for_member, request.attempt, request.now
    )
    location = {"Location": f"/v1/waiting-list/{applied.new.entry_id}"}
    return replayed(_view(applied.new, ahead), again=applied.replayed, headers=location)


@routes.get(
    "/v1/waiting-list",
    auth=auth.citizen,
    body=WaitingQuery,
    response=WaitingEntryList,
    errors=[InvalidCursor],
)
def list_waiting(request: Request[WaitingQuery]) -> WaitingEntryList:
    """List one's own places."""
    asked, citizen_id = request.input, request.citizen.citizen_id

    def page_of(position: str | None) -> Page[WaitingEntry]:
        return slice_of(joining.all_of(citizen_id), position, asked.limit)

    page = dependencies.cursors().page(f"waiting-list/{citizen_id}", asked.cursor, page_of)
    items = [_view(one, joining.ahead(one)) for one in page.items]
    return WaitingEntryList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/waiting-list/{entry_id}", auth=auth.citizen, response=WaitingEntryView)
def show_waiting(request: Request[QueryModel], entry_id: str) -> WaitingEntryView:
    """Show one of one's own places."""
    entry = joining.mine(request.citizen.citizen_id, entry_id)
    return _view(entry, joining.ahead(entry))


@routes.post(
    "/v1/waiting-list/{entry_id}/accept",
    auth=auth.citizen,
    response=AppointmentView,
    status=201,
    errors=[
        OfferExpired,
        SlotClosed,
        AlreadyBooked,
        TooManyActive,
        TooManyChanges,
        BookingSuspended,
        TimeConflict,
        ConsentRequired,
    ],
    idempotent=True,
)
def accept_offer(request: Request[QueryModel], entry_id: str) -> Response:
    """Book the seat that is offered."""
    made = accepting.accept(request.citizen, entry_id, request.attempt, request.now)
    names = mandates.names_of(made.new.citizen_id, [made.new])
    view = appointment_view(made.new, request.lang, names)
    location = {"Location": f"/v1/appointments/{made.new.appointment_id}"}
    return replayed(view, again=made.replayed, headers=location)


@routes.post(
    "/v1/waiting-list/{entry_id}/decline",
    auth=auth.citizen,
    response=WaitingEntryView,
    errors=[OfferExpired],
    idempotent=True,
)
def decline_offer(request: Request[QueryModel], entry_id: str) -> Response:
    """Let the seat that is offered go to the next, and keep the place."""
    citizen_id = request.citizen.citizen_id
    applied = joining.decline(citizen_id, entry_id, request.attempt, request.now)
    view = _view(applied.new, joining.ahead(applied.new))
    return replayed(view, again=applied.replayed)


@routes.delete("/v1/waiting-list/{entry_id}", auth=auth.citizen, response=WaitingEntryView)
def leave_waiting_list(request: Request[QueryModel], entry_id: str) -> WaitingEntryView:
    """Leave the list; a second time answers the same."""
    applied = joining.leave(request.citizen.citizen_id, entry_id, request.now)
    return _view(applied.new, 0)


def _wish(request: Request[Waiting]) -> Wish:
    asked, today = request.input, office_time(request.now).date()
    wrong: list[FieldError] = []
    if asked.until < asked.from_:
        wrong.append(FieldError("/until", "out_of_range", _ORDER))
    elif asked.until < today:
        wrong.append(FieldError("/until", "out_of_range", _PAST))
    if (asked.from_ - today).days > _FARTHEST_DAYS or (asked.until - today).days > _FARTHEST_DAYS:
        wrong.append(FieldError("/until", "out_of_range", _FAR))
    for name, given in (("/office_ids", asked.office_ids), ("/times", asked.times)):
        if len(set(given)) < len(given):
            wrong.append(FieldError(name, "duplicate", _TWICE))
    if wrong:
        raise InvalidRequest(errors=wrong)
    days = asked.from_, asked.until
    wish = Wish(asked.service_id, "", tuple(asked.office_ids), *days, tuple(asked.times))
    return joining.wish_of(asked.service_id, asked.office_ids, wish)


def _view(entry: WaitingEntry, ahead: int) -> WaitingEntryView:
    offer, wish = entry.offer, entry.wish
    is_accepted = entry.status is EntryStatus.ACCEPTED
    return WaitingEntryView(
        entry_id=entry.entry_id,
        service_id=wish.service_id,
        office_ids=list(wish.office_ids),
        from_=str(wish.first),
        until=str(wish.last),
        times=list(wish.times),
        for_member=entry.for_member,
        status=entry.status,
        ahead=ahead,
        offer=_offer(entry) if entry.status is EntryStatus.OFFERED else None,
        appointment_id=offer.seat.seat_id if offer and is_accepted else None,
        created_at=rfc3339(entry.since),
    )


def _offer(entry: WaitingEntry) -> OfferView | None:
    if entry.offer is None:
        return None
    slot = entry.offer.seat.slot
    return OfferView(
        slot_id=slot.slot_id,
        office_id=slot.office_id,
        start=rfc3339(slot.start),
        until=rfc3339(entry.offer.until),
    )
