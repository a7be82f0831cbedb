"""The route of everyone: how far a case is, by its receipt number and code."""

from typing import Annotated, Any, Final

from chalicelib.cases.api.part_views import part_views
from chalicelib.cases.api.views import event_of
from chalicelib.cases.domain import CaseStatus, PartStatus
from chalicelib.cases.service import status_lookup
from chalicelib.catalogue import service as catalogue
from chalicelib.core import auth, page_links
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound, TooManyRequests
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.core.text import Written, read_code

routes: Final = Routes("cases")


class ProgressQuery(QueryModel):
    """The six digits on the receipt."""

    code: Annotated[str, Written(read_code, 0, 4096)] = ""


class ProgressEntry(BodyModel):
    """One change, without who made it."""

    at: str
    event: str


class PartProgress(BodyModel):
    """How far a department is."""

    name: str
    department: str
    status: PartStatus


class Progress(BodyModel):
    """How far a case is; no personal data."""

    receipt_number: str
    service: str
    status: CaseStatus
    promised_at: str
    parts: list[PartProgress]
    timeline: list[ProgressEntry]


@routes.get(
    "/v1/progress/{receipt_number}",
    auth=auth.public,
    body=ProgressQuery,
    response=Progress,
    errors=[TooManyRequests],
    any_path=True,
    media=page_links.MEDIA,
)
def look_up(request: Request[ProgressQuery], receipt_number: str) -> Response | Progress:
    """Show how far a case is, by its receipt number and code."""
    asked = {"number": receipt_number, "code": request.input.code}
    page = page_links.page_for(request, "pages/progress", **asked)
    if page:
        return page
    case, entries = status_lookup.look_up(
        receipt_number, request.input.code, request.source, request.now
    )
    return Progress(
        receipt_number=case.receipt_number,
        service=_service_name(request, case.service_id),
        status=case.status,
        promised_at=rfc3339(case.promised_at),
        parts=[
            PartProgress(name=one.name, department=one.department, status=one.status)
            for one in part_views(case, request.lang)
        ],
        timeline=[ProgressEntry(at=entry.at, event=event_of(entry)) for entry in entries],
    )


def _service_name(request: Request[Any], service_id: str) -> str:
    try:
        return catalogue.service(service_id).name.in_language(request.lang)
    except NotFound:
        # A service may have left the guide since.
        return service_id
