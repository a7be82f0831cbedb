"""The routes of holders: one's own certificates."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.certificates.api.views import (
    CertificateList,
    CertificateView,
    certificate_view,
    holder_for,
)
from chalicelib.certificates.domain import CertificateStatus
from chalicelib.certificates.domain.errors import NotReady
from chalicelib.certificates.service import documents, queries
from chalicelib.certificates.service.queries import Wanted
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import office_time
from chalicelib.core.errors import InvalidCursor, RecentlyJoined
from chalicelib.core.http_messages import Id, QueryModel, Request, Response
from chalicelib.core.on_behalf import OnBehalfOf
from chalicelib.core.routes import Routes
from chalicelib.mandates import service as mandates
from chalicelib.mandates.domain import MandateMissing

routes: Final = Routes("certificates")
PDF: Final = "application/pdf"


class CertificateQuery(QueryModel):
    """Which of one's own certificates, or of one's organisation, and which page of them."""

    type: Id | None = None
    status: CertificateStatus | None = None
    on_behalf_of: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


@routes.get(
    "/v1/me/certificates",
    auth=auth.citizen,
    body=CertificateQuery,
    response=CertificateList,
    errors=[InvalidCursor, MandateMissing],
)
def list_mine(request: Request[CertificateQuery]) -> CertificateList:
    """List one's own certificates, or those of an organisation, newest first."""
    query = request.input
    of = OnBehalfOf(organisation_id=query.on_behalf_of) if query.on_behalf_of else None
    citizen_id = mandates.on_behalf(request.citizen, of, "read", None, request.now).citizen_id
    wanted = Wanted(request.now, query.type, query.status)
    page = dependencies.cursors().page(
        f"certificates/{citizen_id}/{query.type}/{query.status}",
        query.cursor,
        lambda position: queries.list_mine(citizen_id, wanted, position, query.limit),
    )
    today = office_time(request.now).date()
    items = [certificate_view(one, request.lang, today) for one in page.items]
    return CertificateList(items=items, next_cursor=page.next_cursor)


@routes.get(
    "/v1/me/certificates/{certificate_id}",
    auth=auth.citizen,
    response=CertificateView,
    errors=[MandateMissing],
)
def show(request: Request[QueryModel], certificate_id: str) -> CertificateView:
    """Show one of one's own certificates, or of one's organisation."""
    holder = holder_for(request, certificate_id, "read")
    shown = queries.show(holder.citizen_id, certificate_id)
    return certificate_view(shown, request.lang, office_time(request.now).date())


@routes.get(
    "/v1/me/certificates/{certificate_id}/document",
    auth=auth.trusted,
    media=(PDF,),
    errors=[NotReady, RecentlyJoined, MandateMissing],
)
def show_document(request: Request[QueryModel], certificate_id: str) -> Response:
    """Give out the document of one of one's own certificates: a PDF with the issuer's seal."""
    holder = holder_for(request, certificate_id, "read")
    data = documents.load(holder.citizen_id, certificate_id)
    name = {"Content-Disposition": f'attachment; filename="{certificate_id}.pdf"'}
    return Response(data, headers=name, content_type=PDF)
