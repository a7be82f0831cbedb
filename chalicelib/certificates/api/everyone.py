"""The route of everyone: whether a certificate is genuine, and what it is today."""

from typing import Final

from chalicelib.certificates.domain import VerifiedStatus
from chalicelib.certificates.service import types, verification
from chalicelib.core import auth, page_links
from chalicelib.core.clock import office_time
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response
from chalicelib.core.routes import Routes

routes: Final = Routes("certificates")


class VerifiedCertificate(BodyModel):
    """What anybody may know of a certificate; not whose it is."""

    type: str
    title: str
    issuer: str
    number: str
    status: VerifiedStatus
    issued_on: str
    valid_until: str | None


@routes.get(
    "/v1/certificates/{verification_code}",
    auth=auth.public,
    response=VerifiedCertificate,
    errors=[TooManyRequests],
    any_path=True,
    media=page_links.MEDIA,
)
def verify(request: Request[QueryModel], verification_code: str) -> Response | VerifiedCertificate:
    """Verify a certificate by the code that stands on it."""
    page = page_links.page_for(request, "certificates/verify", code=verification_code)
    return page or _verified(request, verification_code)


def _verified(request: Request[QueryModel], verification_code: str) -> VerifiedCertificate:
    certificate = verification.verify(verification_code, request.source, request.now)
    type_, until = types.type_of(certificate.type_id), certificate.valid_until
    return VerifiedCertificate(
        type=certificate.type_id,
        title=type_.title.in_language(request.lang),
        issuer=type_.issuer.in_language(request.lang),
        number=certificate.masked_number,
        status=certificate.verified_on(office_time(request.now).date()),
        issued_on=certificate.issued_on.isoformat(),
        valid_until=until.isoformat() if until else None,
    )
