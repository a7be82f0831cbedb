"""The routes of presentations: made by holders, verified by anybody, checked at counters."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from chalicelib.certificates.api.views import holder_for
from chalicelib.certificates.domain.errors import CertificateNotValid
from chalicelib.certificates.domain.status_list import TIME_TO_LIVE
from chalicelib.certificates.service import checking, presenting, status_lists, types
from chalicelib.certificates.service.checking import RefusedBecause
from chalicelib.certificates.service.presenting import Choice
from chalicelib.core import auth, negotiation, qr
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotAcceptable, NotFound, RecentlyJoined
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    QueryModel,
    Request,
    Response,
    Token,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import text
from chalicelib.identity.domain import VerificationRequired
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("certificates")

_MEDIA: Final = ("application/json", *qr.MEDIA)
_LISTS: Final = range(10**6)


class PresentationAsked(BodyModel):
    """What to show, what for, and for how many minutes; without `fields` all of them."""

    fields: Annotated[list[Id], Field(max_length=50)] | None = None
    purpose: Annotated[str, text(100)]
    valid_minutes: Annotated[int, Field(ge=1, le=30)]


class PresentationView(BodyModel):
    """What was chosen, signed: as an SD-JWT VC, and as the compact text of its QR code."""

    presentation: str
    compact: str
    valid_until: str


class PresentationGiven(BodyModel):
    """A presentation in either form, and the hall that takes it."""

    presentation: Token
    office_id: Id | None = None


class PresentationChecked(BodyModel):
    """What a counter may rely on, or why it may not; the id is for the hall that issued it."""

    result: Literal["ok", "refused"]
    reason: RefusedBecause | None = None
    certificate_id: str | None = None
    type: str | None = None
    title: str | None = None
    purpose: str | None = None
    fields: dict[str, Any] | None = None
    labels: dict[str, str] | None = None


@routes.post(
    "/v1/me/certificates/{certificate_id}/presentations",
    auth=auth.trusted,
    body=PresentationAsked,
    response=PresentationView,
    status=201,
    media=_MEDIA,
    errors=[
        CertificateNotValid,
        MandateMissing,
        NotAcceptable,
        RecentlyJoined,
        VerificationRequired,
    ],
    idempotent=True,
)
def present(request: Request[PresentationAsked], certificate_id: str) -> Response:
    """Show fields of a certificate for minutes, as JSON, or its QR code as PNG or SVG by Accept."""
    asked = request.input
    media_type = negotiation.media_type(request.headers.get("accept"), _MEDIA)
    choice = Choice(asked.fields, asked.purpose, asked.valid_minutes)
    holder = holder_for(request, certificate_id, "lodge")
    made, again = presenting.present(holder, certificate_id, choice, request.attempt, request.now)
    if media_type != "application/json":
        return qr.drawn(made.compact, media_type)
    view = PresentationView(
        presentation=made.sd_jwt,
        compact=made.compact,
        valid_until=rfc3339(made.presentation.valid_until),
    )
    return replayed(view, again=again)


@routes.get(
    "/v1/status-lists/{list_id}",
    auth=auth.public,
    media=(status_lists.MEDIA,),
    cacheable_seconds=TIME_TO_LIVE,
)
def status_list(request: Request[QueryModel], list_id: str) -> Response:
    """Publish which certificates of a list are suspended or not valid, signed."""
    if not list_id.isdecimal() or int(list_id) not in _LISTS:
        raise NotFound
    signed = status_lists.signed(int(list_id), request.now)
    return Response(signed, content_type=status_lists.MEDIA)


@routes.post(
    "/v1/admin/presentations",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=PresentationGiven,
    response=PresentationChecked,
    errors=[NotFound],
)
def check(request: Request[PresentationGiven]) -> PresentationChecked:
    """Check what somebody shows at a counter; the holder will see that one looked."""
    given = request.input
    checked = checking.check(request.staff, given.presentation, given.office_id, request.now)
    shown = checked.presentation
    if shown is None:
        about = checked.certificate_id
        return PresentationChecked(result="refused", reason=checked.reason, certificate_id=about)
    type_, lang = types.type_of(shown.type_id), request.lang
    labels = type_.labels(lang)
    return PresentationChecked(
        result="ok",
        certificate_id=checked.certificate_id,
        type=shown.type_id,
        title=type_.title.in_language(lang),
        purpose=shown.purpose,
        fields=dict(shown.fields),
        labels={name: label for name, label in labels.items() if name in shown.fields},
    )
