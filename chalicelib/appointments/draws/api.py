"""The routes of draws: look at them, enter, and take the whole proof along."""

from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.appointments.draws.domain import proof
from chalicelib.appointments.draws.domain.draws import (
    PREFERENCES,
    AlreadyEntered,
    Draw,
    DrawClosed,
    DrawEntry,
    DrawEntryStatus,
    DrawStatus,
)
from chalicelib.appointments.draws.service import entering, lookup
from chalicelib.catalogue import service as catalogue
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import FieldError, InvalidCursor, InvalidQuery, InvalidRequest
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.i18n import Text
from chalicelib.core.pagination import Page
from chalicelib.core.routes import Routes
from chalicelib.identity.domain import ConsentRequired, VerificationRequired

routes: Final = Routes("appointments")

_UNKNOWN: Final = Text("没有此事项", "There is no such service")
_TWICE: Final = Text("有重复", "One is named twice")


class DrawsQuery(QueryModel):
    """A page of the draws of a service, or of all."""

    service_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class DrawView(BodyModel):
    """A draw of the seats that a service alone has in a hall on some days.

    `commitment` is the SHA-256 of the seed, `beacon_name` which public value will be used, which
    nobody knows before closing. `entries` and `entries_root` are there from closing on, `seed`,
    `beacon` and `drawn_at` once it is drawn.
    """

    draw_id: str
    service_id: str
    office_id: str
    status: Literal["announced", "open", "closed", "drawn", "void"]
    days: list[str]
    seats: int
    opens_at: str
    closes_at: str
    commitment: str
    beacon_name: str
    entries: int | None
    entries_root: str | None
    beacon: str | None
    seed: str | None
    drawn_at: str | None


class DrawList(BodyModel):
    """Draws, the last to close first."""

    items: list[DrawView]
    next_cursor: str | None


class SlotSeats(BodyModel):
    """How many seats a slot has to give."""

    slot_id: str
    seats: int


class ListedView(BodyModel):
    """An entry as the public sees it: a random number, and the slots that it prefers."""

    number: str
    preferences: list[str]


class WinnerView(BodyModel):
    """A number that was drawn, and the slot that it has."""

    number: str
    slot_id: str


class DrawFile(BodyModel):
    """The whole proof of a draw; `winners` are in the drawn order."""

    draw: DrawView
    slots: list[SlotSeats]
    listed: list[ListedView]
    winners: list[WinnerView]


class DrawEntryView(BodyModel):
    """One's own entry, by whose `number` one finds it in the list.

    Once it is drawn it has a `rank`; who won has an appointment, or none where it could not be
    booked any more. Its fee may be due until `claim_by`.
    """

    entry_id: str
    draw_id: str
    number: str
    preferences: list[str]
    for_member: str | None
    status: DrawEntryStatus
    rank: int | None
    appointment_id: str | None
    claim_by: str | None
    entered_at: str


class DrawEntryList(WholeList):
    """One's own entries in a draw, for oneself and for the family."""

    items: list[DrawEntryView]


class EnterDraw(BodyModel):
    """For whom, and which slots they prefer, the best first; without, any slot is right."""

    for_member: Id | None = None
    preferences: Annotated[list[Id], Field(max_length=PREFERENCES)] = Field(default_factory=list)


@routes.get(
    "/v1/draws",
    auth=auth.public,
    body=DrawsQuery,
    response=DrawList,
    errors=[InvalidCursor],
    cacheable_seconds=2,
)
def list_draws(request: Request[DrawsQuery]) -> DrawList:
    """List draws, the last to close first."""
    asked = request.input
    if asked.service_id and asked.service_id not in catalogue.current().services:
        raise InvalidQuery(errors=[FieldError("/service_id", "unknown", _UNKNOWN)])

    def page_of(position: str | None) -> Page[Draw]:
        begin = int(position or 0)
        draws, end = lookup.draws_of(asked.service_id), begin + asked.limit
        return Page(tuple(draws[begin:end]), str(end) if end < len(draws) else None)

    page = dependencies.cursors().page(f"draws/{asked.service_id}", asked.cursor, page_of)
    items = [_draw(one, request) for one in page.items]
    return DrawList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/draws/{draw_id}", auth=auth.public, response=DrawView, cacheable_seconds=2)
def show_draw(request: Request[QueryModel], draw_id: str) -> DrawView:
    """Show a draw."""
    return _draw(lookup.existing(draw_id), request)


@routes.get("/v1/draws/{draw_id}/file", auth=auth.public, response=DrawFile, cacheable_seconds=2)
def show_draw_file(request: Request[QueryModel], draw_id: str) -> DrawFile:
    """Show all that proves a draw, as far as it is known by now."""
    draw = lookup.existing(draw_id)
    entries = lookup.listed(draw)
    listed = [one.listed for one in entries]
    order = lookup.drawn_order(draw, entries)
    outcome = proof.outcome_of(order, listed, draw.places)
    return DrawFile(
        draw=_draw(draw, request),
        slots=[SlotSeats(slot_id=one, seats=seats) for one, seats in draw.places.items()],
        listed=[ListedView(number=o.number, preferences=[*o.preferences]) for o in listed],
        winners=[WinnerView(number=number, slot_id=one) for number, one in outcome.items()],
    )


@routes.post(
    "/v1/draws/{draw_id}/entries",
    auth=auth.citizen,
    body=EnterDraw,
    response=DrawEntryView,
    status=201,
    errors=[AlreadyEntered, DrawClosed, VerificationRequired, ConsentRequired],
    idempotent=True,
)
def enter_draw(request: Request[EnterDraw], draw_id: str) -> Response:
    """Enter a draw for oneself or a member of the family."""
    asked = request.input
    if len(set(asked.preferences)) < len(asked.preferences):
        raise InvalidRequest(errors=[FieldError("/preferences", "duplicate", _TWICE)])
    wanted = entering.Wanted(draw_id, asked.for_member, tuple(asked.preferences))
    applied = entering.enter(request.citizen, wanted, request.attempt, request.now)
    location = {"Location": f"/v1/draws/{draw_id}/entries/{applied.new.entry_id}"}
    return replayed(_entry(applied.new), again=applied.replayed, headers=location)


@routes.get("/v1/draws/{draw_id}/entries", auth=auth.citizen, response=DrawEntryList)
def list_draw_entries(request: Request[QueryModel], draw_id: str) -> DrawEntryList:
    """List one's own entries in a draw."""
    entries = entering.all_of(request.citizen.citizen_id, draw_id)
    return DrawEntryList(items=[_entry(one) for one in entries], next_cursor=None)


@routes.get("/v1/draws/{draw_id}/entries/{entry_id}", auth=auth.citizen, response=DrawEntryView)
def show_draw_entry(request: Request[QueryModel], draw_id: str, entry_id: str) -> DrawEntryView:
    """Show one of one's own entries."""
    return _entry(entering.mine(request.citizen.citizen_id, draw_id, entry_id))


def _draw(draw: Draw, request: Request[DrawsQuery] | Request[QueryModel]) -> DrawView:
    is_announced = draw.status is DrawStatus.OPEN and request.now < draw.opens_at
    disclosed = draw.disclosed
    return DrawView(
        draw_id=draw.draw_id,
        service_id=draw.service_id,
        office_id=draw.office_id,
        status="announced" if is_announced else draw.status.value,
        days=[str(day) for day in draw.days],
        seats=draw.seats,
        opens_at=rfc3339(draw.opens_at),
        closes_at=rfc3339(draw.closes_at),
        commitment=draw.commitment,
        beacon_name=draw.beacon_name,
        entries=draw.entries,
        entries_root=draw.root,
        beacon=disclosed.beacon if disclosed else None,
        seed=disclosed.seed if disclosed else None,
        drawn_at=rfc3339(disclosed.at) if disclosed else None,
    )


def _entry(entry: DrawEntry) -> DrawEntryView:
    return DrawEntryView(
        entry_id=entry.entry_id,
        draw_id=entry.draw_id,
        number=entry.number,
        preferences=list(entry.preferences),
        for_member=entry.for_member,
        status=entry.status,
        rank=entry.rank,
        appointment_id=entry.appointment_id,
        claim_by=rfc3339(entry.claim_by) if entry.claim_by else None,
        entered_at=rfc3339(entry.entered_at),
    )
