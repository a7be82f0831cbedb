"""The routes of staff: the list, one enquiry whole, and what is taken by telephone."""

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from chalicelib.cases.domain import receipt_of
from chalicelib.cases.uploads import service as uploads
from chalicelib.cases.uploads.domain import READ_WITHIN
from chalicelib.core import auth, dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import InvalidCursor, NotFound
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    Moment,
    QueryModel,
    Request,
    Response,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import Name, Phone
from chalicelib.enquiries.api.citizen import LongText, PlaceGiven, subject_of
from chalicelib.enquiries.api.views import (
    EnquiryFields,
    EnquiryMessage,
    EnquirySubject,
    parts,
    place_of,
    written,
)
from chalicelib.enquiries.domain import (
    OPEN,
    Channel,
    Contact,
    EnquiryFile,
    EnquiryStatus,
    EnquirySummary,
    Kind,
    Submission,
    Words,
)
from chalicelib.enquiries.service import desk, queries, submission
from chalicelib.enquiries.service.creation import Sender
from chalicelib.enquiries.service.desk import DeskFilter

routes: Final = Routes("admin_enquiries")

ALL_STAFF: Final = auth.staff("clerk", "supervisor", "auditor", "admin")
HANDLERS: Final = auth.staff("clerk", "supervisor", "admin")


class DeskQuery(QueryModel):
    """Which hall (all of one's own without), which status (all open ones without), which kind."""

    office_id: Id | None = None
    status: EnquiryStatus | None = None
    kind: Kind | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class DeskItem(BodyModel):
    """An enquiry in the list; nothing that was written, and no person."""

    enquiry_id: str
    number: str
    kind: Kind
    status: EnquiryStatus
    office_id: str
    received_at: str
    due_at: str
    overdue: bool
    escalated: bool
    claimed_by: str | None


class DeskList(BodyModel):
    """Enquiries of one page, overdue first."""

    items: list[DeskItem]
    next_cursor: str | None


class EnquirerView(BodyModel):
    """Who asks; null is what is not known, or was erased."""

    name: str | None
    phone: str | None
    callback_at: str | None


class DeskEnquiry(EnquiryFields):
    """An enquiry for those who answer it, without what the citizen wrote."""

    channel: Channel
    escalated: bool
    confined: bool
    published: bool
    claimed_by: str | None


class TakenCall(DeskEnquiry):
    """An enquiry that was taken by telephone, with the code for who called."""

    code: str


class HandledEnquiry(DeskEnquiry):
    """An enquiry whole, for those who answer it; `text` is null once the citizen was erased."""

    text: str | None
    attachments: list[str]
    place: PlaceGiven | None
    messages: list[EnquiryMessage]
    enquirer: EnquirerView


class AttachedFile(BodyModel):
    """A file that was attached, and where it can be read for minutes."""

    upload_id: str
    file_name: str
    content_type: str
    url: str
    expires_at: str


class CallTaken(BodyModel):
    """What somebody asks by telephone, who they are, and when they want to be called back."""

    kind: Kind
    text: LongText
    phone: Phone
    name: Name | None = None
    callback_at: Moment | None = None
    subject: EnquirySubject | None = None
    office_id: Id | None = None


@routes.get(
    "/v1/admin/enquiries",
    auth=ALL_STAFF,
    body=DeskQuery,
    response=DeskList,
    errors=[InvalidCursor, NotFound],
)
def list_desk(request: Request[DeskQuery]) -> DeskList:
    """List enquiries by when they are due, overdue first; no text and no person is in them."""
    query, staff = request.input, request.staff
    wanted = DeskFilter(query.office_id, query.status, query.kind)
    page = dependencies.cursors().page(
        f"enquiries/{staff.staff_id}/{query.office_id}/{query.status}/{query.kind}",
        query.cursor,
        lambda position: desk.list_desk(staff, wanted, position, query.limit),
    )
    items = [_item(one, request.now) for one in page.items]
    return DeskList(items=items, next_cursor=page.next_cursor)


@routes.get("/v1/admin/enquiries/{enquiry_id}", auth=ALL_STAFF, response=HandledEnquiry)
def show(request: Request[QueryModel], enquiry_id: str) -> HandledEnquiry:
    """Show an enquiry whole; the look is recorded, and the citizen sees it."""
    file, enquirer = desk.show(request.staff, enquiry_id, request.now)
    place = place_of(file)
    return HandledEnquiry(
        **handled(file),
        **written(file, hidden=()),
        place=PlaceGiven(lat=place.lat, lng=place.lng) if place else None,
        enquirer=EnquirerView(
            name=enquirer.name, phone=enquirer.phone, callback_at=enquirer.callback_at
        ),
    )


@routes.get(
    "/v1/admin/enquiries/{enquiry_id}/attachments/{upload_id}",
    auth=ALL_STAFF,
    response=AttachedFile,
)
def show_attachment(request: Request[QueryModel], enquiry_id: str, upload_id: str) -> AttachedFile:
    """Read a file that was attached; the look is recorded, and the citizen sees it."""
    upload = desk.attachment(request.staff, enquiry_id, upload_id, request.now)
    name = uploads.file_name(upload)
    return AttachedFile(
        upload_id=upload.upload_id,
        file_name=name,
        content_type=upload.content_type,
        url=uploads.read_address(upload, name),
        expires_at=rfc3339(request.now + READ_WITHIN),
    )


@routes.post(
    "/v1/admin/enquiries",
    auth=HANDLERS,
    body=CallTaken,
    response=TakenCall,
    status=201,
    errors=[NotFound],
    idempotent=True,
)
def take_call(request: Request[CallTaken]) -> Response:
    """Take an enquiry by telephone; its number and code are read out to who calls."""
    body, staff = request.input, request.staff
    at = rfc3339(body.callback_at) if body.callback_at else None
    given = Submission(
        body.kind,
        Words(body.text),
        subject_of(body.subject),
        body.office_id or next(iter(sorted(staff.office_ids)), None),
        Contact(body.name, body.phone, at),
    )
    file, again = submission.submit(
        Sender(staff, request.source), given, request.attempt, request.now
    )
    code = queries.code_of(file.enquiry.number)
    location = {"Location": f"/v1/admin/enquiries/{file.enquiry.enquiry_id}"}
    return replayed(TakenCall(**handled(file), code=code), again=again, headers=location)


def handled(file: EnquiryFile) -> dict[str, Any]:
    """Return the fields of an enquiry that staff handle."""
    enquiry = file.enquiry
    return {
        **parts(file),
        "channel": enquiry.channel,
        "escalated": enquiry.escalated,
        "confined": enquiry.confined,
        "published": enquiry.published,
        "claimed_by": enquiry.claimed_by,
    }


def _item(one: EnquirySummary, now: datetime) -> DeskItem:
    return DeskItem(
        enquiry_id=one.enquiry_id,
        number=receipt_of(one.enquiry_id),
        kind=one.kind,
        status=one.status,
        office_id=one.office_id,
        received_at=rfc3339(one.received_at),
        due_at=rfc3339(one.due_at),
        overdue=one.status in OPEN and now > one.due_at,
        escalated=one.escalated,
        claimed_by=one.claimed_by,
    )
