"""The routes of staff: mandates that are given before a clerk, found and ended at the counter."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.changes import Applied
from chalicelib.core.errors import (
    InvalidCursor,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    WrongStatus,
)
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    BodyModel,
    Day,
    Id,
    PendingView,
    QueryModel,
    Reason,
    Request,
    Response,
    replayed,
)
from chalicelib.core.id_documents import document_of
from chalicelib.core.person import Person
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity import service as identity
from chalicelib.mandates.api.mandates import PartyView, ServiceIds, terms_of
from chalicelib.mandates.domain import Action, Mandate, MandateStatus, OwnMatter
from chalicelib.mandates.service import witnessing
from chalicelib.mandates.service.witnessing import PersonSeen, Testimony

routes: Final = Routes("admin_mandates")
_CLERKS: Final = auth.staff("clerk", "supervisor", "admin")
_READERS: Final = auth.staff("clerk", "supervisor", "auditor", "admin")


class WitnessedMandate(BodyModel):
    """What a clerk witnesses: who lets whom do what until a last day, by the paper of a scan.

    For a minor it says that the agent is the guardian.
    """

    principal: Person
    agent: Person
    services: ServiceIds
    actions: Annotated[list[Action], Field(min_length=1, max_length=5)]
    until: Day
    upload_id: Id
    reason: Annotated[str, text(200, 0, lines=True)] | None = None


class MandatesSought(BodyModel):
    """Whose mandates are looked for, and why."""

    person: Person
    reason: Annotated[str, text(200, lines=True)]


class WaitingQuery(QueryModel):
    """Which hall, and which page."""

    office_id: Id
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class CounterMandate(BodyModel):
    """A mandate as staff see it: names whole, numbers masked.

    While it is `pending` a second person must agree, and it allows nothing. `office_id` and
    `upload_id` are null where it was not witnessed.
    """

    mandate_id: str
    principal: PartyView
    agent: PartyView
    services: list[str]
    actions: list[Action]
    from_: Annotated[str, Field(serialization_alias="from")]
    until: str
    status: MandateStatus
    accepted_by: Literal["app", "counter"]
    guardian: bool
    office_id: str | None
    upload_id: str | None
    pending: PendingView | None
    version: int


class CounterMandates(BodyModel):
    """Mandates of one page."""

    items: list[CounterMandate]
    next_cursor: str | None = None


@routes.post(
    "/v1/admin/mandates",
    auth=_CLERKS,
    body=WitnessedMandate,
    response=CounterMandate,
    status=201,
    errors=[OwnMatter, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def witness(request: Request[WitnessedMandate]) -> Response:
    """Witness a mandate; two persons do so for all services, collecting, or more than a year."""
    body, now = request.input, request.now
    principal, agent = _seen({"principal": body.principal, "agent": body.agent}, now)
    terms = terms_of(body.services, body.actions, body.until)
    said = Testimony(principal, agent, terms, body.upload_id, body.reason or "")
    applied = witnessing.witness(request.staff, said, request.attempt, now)
    response = replayed(_view(applied.new, now), again=applied.replayed)
    status = _status_for(request.staff.actor, applied)
    return Response(response.body, status, response.headers)


@routes.get(
    "/v1/admin/mandates",
    auth=_READERS,
    body=WaitingQuery,
    response=CounterMandates,
    errors=[InvalidCursor, NotFound],
)
def list_waiting(request: Request[WaitingQuery]) -> CounterMandates:
    """List the mandates of a hall that wait for a second person; the looks are recorded."""
    query, staff = request.input, request.staff
    page = dependencies.cursors().page(
        f"waiting-mandates/{staff.staff_id}/{query.office_id}",
        query.cursor,
        lambda position: witnessing.waiting(
            staff, query.office_id, position, query.limit, request.now
        ),
    )
    items = [_view(one, request.now) for one in page.items]
    return CounterMandates(items=items, next_cursor=page.next_cursor)


@routes.post(
    "/v1/admin/mandates/find",
    auth=_CLERKS,
    body=MandatesSought,
    response=CounterMandates,
    errors=[TooManyRequests],
)
def find(request: Request[MandatesSought]) -> CounterMandates:
    """Find the mandates that somebody gave or acts by; the looks are recorded."""
    (seen,) = _seen({"person": request.input.person}, request.now)
    found = witnessing.find(request.staff, seen, request.input.reason, request.now)
    return CounterMandates(items=[_view(one, request.now) for one in found])


@routes.get("/v1/admin/mandates/{mandate_id}", auth=_READERS, response=CounterMandate)
def show(request: Request[QueryModel], mandate_id: str) -> CounterMandate:
    """Show a mandate that was witnessed in one's halls; the look is recorded."""
    return _view(witnessing.show(request.staff, mandate_id, request.now), request.now)


@routes.post(
    "/v1/admin/mandates/{mandate_id}/revoke",
    auth=_CLERKS,
    body=Reason,
    response=CounterMandate,
    errors=[WrongStatus],
    idempotent=True,
)
def revoke(request: Request[Reason], mandate_id: str) -> Response:
    """End a mandate for its principal, who comes to any counter."""
    applied = witnessing.revoke(
        request.staff, mandate_id, request.input.reason, request.attempt, request.now
    )
    return replayed(_view(applied.new, request.now), again=applied.replayed)


def _seen(given: dict[str, Person], now: datetime) -> list[PersonSeen]:
    """Return the persons by the fields that name them; raises InvalidRequest with all wrong."""
    seen, errors = [], []
    for field, person in given.items():
        try:
            seen.append(PersonSeen(person.name, person.document(now)))
        except InvalidRequest as refused:
            errors += [replace(one, pointer=f"/{field}{one.pointer}") for one in refused.errors]
    if errors:
        raise InvalidRequest(errors=errors)
    return seen


def _status_for(actor: str, applied: Applied[Mandate]) -> int:
    """Return 201 for what one person made, 202 for the first of two and 200 for the second."""
    witness = applied.new.witness
    if witness is None or witness.asked is None:
        return 201
    return 202 if witness.asked.by == actor else 200


def _view(mandate: Mandate, now: datetime) -> CounterMandate:
    witness = mandate.witness
    waits = witness.asked if witness and mandate.state == "asked" else None
    return CounterMandate(
        mandate_id=mandate.mandate_id,
        principal=_party(mandate.principal),
        agent=_party(mandate.agent),
        services=sorted(mandate.services),
        actions=list(mandate.actions),
        from_=mandate.since.isoformat(),
        until=mandate.until.isoformat(),
        status=mandate.status(now),
        accepted_by=mandate.accepted_by,
        guardian=witness is not None and witness.minor_until is not None,
        office_id=witness.office_id if witness else None,
        upload_id=witness.upload_id if witness else None,
        pending=PendingView.of(waits),
        version=mandate.version,
    )


def _party(citizen_id: str) -> PartyView:
    clear = identity.clear_of(citizen_id)
    if "id_number" not in clear:
        return PartyView(name=None, id_number=None)
    return PartyView(name=clear["name"], id_number=document_of(clear).masked)
