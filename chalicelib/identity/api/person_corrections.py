"""The routes by which two members of staff correct who a person is, note a death or end log-ins."""

from dataclasses import replace
from typing import Annotated, Final

from chalicelib.core import auth
from chalicelib.core.errors import NotFound, TooManyRequests, WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    BodyModel,
    PendingView,
    Reason,
    Request,
    Response,
    replayed,
)
from chalicelib.core.id_documents import DocumentType, document_of
from chalicelib.core.person import Person
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.domain import NumberTaken, Proof, masked_name
from chalicelib.identity.domain.person_corrections import PersonAct
from chalicelib.identity.service import person_corrections
from chalicelib.identity.service.person_corrections import Asked, Details, PersonShown

routes: Final = Routes("admin_people")
_COUNTER: Final = auth.staff("clerk", "supervisor", "admin")


class PersonAndReason(Person):
    """A person by name and document, all of it, and why they are looked for or corrected."""

    reason: Annotated[str, text(200, lines=True)]


class PersonView(BodyModel):
    """A person by the account of record, masked; what one of two members of staff asked for."""

    person_id: str
    name: str
    document_type: DocumentType
    id_number: str
    proof: Proof
    deceased: bool
    pending_act: PersonAct | None
    pending: PendingView | None


class PersonAnswer(BodyModel):
    """Who was found; null for nobody, whatever differs."""

    person: PersonView | None


@routes.post(
    "/v1/admin/people/find",
    auth=_COUNTER,
    body=PersonAndReason,
    response=PersonAnswer,
    errors=[TooManyRequests],
)
def find(request: Request[PersonAndReason]) -> PersonAnswer:
    """Find a person by the whole name and number of a document; the citizen sees the look."""
    body = request.input
    details = Details(body.name, body.document(request.now))
    found = person_corrections.find(request.staff, details, body.reason, request.now)
    return PersonAnswer(person=_view(found) if found else None)


@routes.post(
    "/v1/admin/people/{person_id}/correct",
    auth=_COUNTER,
    body=PersonAndReason,
    response=PersonView,
    errors=[NotFound, WrongStatus, NumberTaken, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def correct(request: Request[PersonAndReason], person_id: str) -> Response:
    """Correct name or number, with the same correction by a second person; all log-ins end."""
    body = request.input
    details = Details(body.name, body.document(request.now))
    return _acted(request, Asked(person_id, "correct", body.reason, details))


@routes.post(
    "/v1/admin/people/{person_id}/death",
    auth=_COUNTER,
    body=Reason,
    response=PersonView,
    errors=[NotFound, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def note_death(request: Request[Reason], person_id: str) -> Response:
    """Note that the person died: log-ins, bookings and mandates end, and nothing is shown."""
    return _acted(request, Asked(person_id, "death", request.input.reason))


@routes.post(
    "/v1/admin/people/{person_id}/death/undo",
    auth=_COUNTER,
    body=Reason,
    response=PersonView,
    errors=[NotFound, WrongStatus, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def undo_death(request: Request[Reason], person_id: str) -> Response:
    """Take back a death that was a mistake: the person logs in again; what ended stays so."""
    return _acted(request, Asked(person_id, "undo_death", request.input.reason))


@routes.post(
    "/v1/admin/people/{person_id}/sign-out",
    auth=_COUNTER,
    body=Reason,
    response=PersonView,
    errors=[NotFound, WrongStatus, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def sign_out(request: Request[Reason], person_id: str) -> Response:
    """End all log-ins of the person, on all devices and accounts."""
    return _acted(request, Asked(person_id, "sign_out", request.input.reason))


@routes.post(
    "/v1/admin/people/{person_id}/reset-factors",
    auth=_COUNTER,
    body=Reason,
    response=PersonView,
    errors=[NotFound, WrongStatus, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def reset_factors(request: Request[Reason], person_id: str) -> Response:
    """Take away by what the person signs, who lost it; all log-ins end, and they set it up anew."""
    return _acted(request, Asked(person_id, "reset_factors", request.input.reason))


def _acted(request: Request[Reason] | Request[PersonAndReason], asked: Asked) -> Response:
    shown = person_corrections.act(request.staff, asked, request.attempt, request.now)
    response = replayed(_view(shown), again=shown.replayed)
    return response if shown.done else replace(response, status=202)


def _view(shown: PersonShown) -> PersonView:
    profile, document = shown.profile, document_of(shown.clear)
    asked = profile.staff_act
    pending = asked.pending if asked else None
    return PersonView(
        person_id=profile.citizen_id,
        name=masked_name(shown.clear["name"]),
        document_type=document.document_type,
        id_number=document.masked,
        proof=profile.proof or "match",
        deceased=profile.deceased,
        pending_act=asked.act if asked and pending else None,
        pending=PendingView.of(pending),
    )
