"""The routes of staff: look at a certificate of one's hall, and what supervisors decide on it."""

from typing import Final

from chalicelib.certificates.api.views import CertificateFields, parts
from chalicelib.certificates.domain import Certificate, StepName
from chalicelib.certificates.service import desk, encryption
from chalicelib.certificates.service.queries import Shown
from chalicelib.core import auth
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import WrongStatus
from chalicelib.core.four_eyes import SecondPersonNeeded
from chalicelib.core.http_messages import (
    BodyModel,
    QueryModel,
    Reason,
    Request,
    Response,
    replayed,
)
from chalicelib.core.routes import Routes

routes: Final = Routes("admin_certificates")
_LOOK: Final = auth.staff("clerk", "supervisor", "admin")
_DECIDE: Final = auth.staff("supervisor")


class RevocationView(BodyModel):
    """The first of two persons' word for a revocation."""

    asked_by: str
    at: str
    reason: str | None


class DeskCertificate(CertificateFields):
    """A certificate as staff of its hall see it, without what stands on it."""

    pending: RevocationView | None


@routes.get("/v1/admin/certificates/{certificate_id}", auth=_LOOK, response=DeskCertificate)
def show(request: Request[QueryModel], certificate_id: str) -> DeskCertificate:
    """Show a certificate of one's halls; the holder will see that one looked."""
    return _view(request, desk.show(request.staff, certificate_id, request.now))


@routes.post(
    "/v1/admin/certificates/{certificate_id}/suspend",
    auth=_DECIDE,
    body=Reason,
    response=DeskCertificate,
    errors=[WrongStatus],
    idempotent=True,
)
def suspend(request: Request[Reason], certificate_id: str) -> Response:
    """Suspend a certificate: it proves nothing until it is resumed."""
    return _take(request, certificate_id, "suspend")


@routes.post(
    "/v1/admin/certificates/{certificate_id}/resume",
    auth=_DECIDE,
    body=Reason,
    response=DeskCertificate,
    errors=[WrongStatus],
    idempotent=True,
)
def resume(request: Request[Reason], certificate_id: str) -> Response:
    """Let a suspended certificate be valid again."""
    return _take(request, certificate_id, "resume")


@routes.post(
    "/v1/admin/certificates/{certificate_id}/revoke",
    auth=_DECIDE,
    body=Reason,
    response=DeskCertificate,
    errors=[WrongStatus, SecondPersonNeeded],
    idempotent=True,
    two_persons=True,
)
def revoke(request: Request[Reason], certificate_id: str) -> Response:
    """Revoke a certificate for good, by two persons: the first asks, the second agrees."""
    return _take(request, certificate_id, "revoke")


@routes.post(
    "/v1/admin/certificates/{certificate_id}/keep",
    auth=_DECIDE,
    body=Reason,
    response=DeskCertificate,
    errors=[WrongStatus],
    idempotent=True,
)
def keep(request: Request[Reason], certificate_id: str) -> Response:
    """Keep a certificate whose revocation was asked for: another says no, or the first does."""
    return _take(request, certificate_id, "keep")


def _take(request: Request[Reason], certificate_id: str, step: StepName) -> Response:
    applied, shown = desk.take(
        request.staff, certificate_id, step, request.input.reason, request.attempt, request.now
    )
    response = replayed(_view(request, shown), again=applied.replayed)
    pending = applied.new.pending
    waits = step == "revoke" and pending is not None and pending.by == request.staff.actor
    return Response(response.body, 202 if waits else 200, response.headers)


def _view(request: Request[Reason] | Request[QueryModel], shown: Shown) -> DeskCertificate:
    today, lang = office_time(request.now).date(), request.lang
    return DeskCertificate(**parts(shown, lang, today), pending=_pending(shown.certificate))


def _pending(certificate: Certificate) -> RevocationView | None:
    word = certificate.pending
    if word is None:
        return None
    reason = encryption.open_reason(certificate, word.reason)
    return RevocationView(asked_by=word.by, at=rfc3339(word.at), reason=reason)
