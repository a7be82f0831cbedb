"""The routes of all that is held about a citizen: given out, erased, and who looked at it."""

import json
from typing import Annotated, Final

from pydantic import Field

from chalicelib.core import auth, dependencies
from chalicelib.core.errors import RecentlyJoined
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.identity import domain, service
from chalicelib.identity.service import personal_data_requests
from chalicelib.identity.signing.domain import SignatureInvalid, SignatureRequired

routes: Final = Routes("identity")


class Paging(QueryModel):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class AccessView(BodyModel):
    """One look of a member of staff, or of a system, at the citizen's data.

    `role` is null for looks that were recorded before roles were; `staff_id` is the same as `who`.
    """

    at: str
    who: str
    role: str | None
    staff_id: str
    reason: str
    subject_type: str
    subject_id: str
    what: str
    department: str | None
    office_id: str | None


class AccessList(BodyModel):
    """Looks, newest first."""

    items: list[AccessView]
    next_cursor: str | None


@routes.get("/v1/me/export", auth=auth.trusted, errors=[RecentlyJoined])
def export(request: Request[QueryModel]) -> Response:
    """Give out everything that is held about the citizen, as one JSON object."""
    document = personal_data_requests.export(request.citizen.citizen_id, request.now)
    return Response(json.dumps(document, ensure_ascii=False))


@routes.delete(
    "/v1/me",
    auth=auth.leaving,
    status=204,
    errors=[domain.ThingsOpen, RecentlyJoined, SignatureRequired, SignatureInvalid],
)
def erase(request: Request[QueryModel]) -> Response:
    """Erase the citizen: personal data goes, statistics stay; idempotent.

    Who is verified gives a signature in the header `Onetrip-Signature`.
    """
    given = request.headers.get("onetrip-signature")
    personal_data_requests.leave(request.citizen.citizen_id, given, request.now)
    return Response(None)


@routes.get("/v1/me/accesses", auth=auth.citizen, body=Paging, response=AccessList)
def accesses(request: Request[Paging]) -> AccessList:
    """Show who looked at one's data, when and why."""
    citizen_id = request.citizen.citizen_id
    page = dependencies.cursors().page(
        f"accesses/{citizen_id}",
        request.input.cursor,
        lambda position: service.accesses(citizen_id, position, request.input.limit),
    )
    views = [_view(one, citizen_id) for one in page.items]
    return AccessList(items=views, next_cursor=page.next_cursor)


def _view(look: domain.DataAccess, citizen_id: str) -> AccessView:
    subject_type, subject_id = look.subject(citizen_id)
    return AccessView(
        at=look.at,
        who=look.staff_id,
        role=look.role,
        staff_id=look.staff_id,
        reason=look.reason,
        subject_type=subject_type,
        subject_id=subject_id,
        what=look.what,
        department=look.department_id,
        office_id=look.office_id,
    )
