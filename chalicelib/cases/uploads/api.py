"""The routes of uploads, for their owner, and of a hall's scans."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from chalicelib.cases.uploads import service
from chalicelib.cases.uploads.domain import (
    LARGEST,
    READ_WITHIN,
    UPLOAD_WITHIN,
    Upload,
    plain_name,
)
from chalicelib.cases.uploads.service import scans
from chalicelib.core import auth
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.http_messages import (
    BodyModel,
    Id,
    Opaque,
    QueryModel,
    Request,
    Response,
    WholeList,
    replayed,
)
from chalicelib.core.routes import Routes
from chalicelib.core.text import Written, read_text

routes: Final = Routes("uploads")


def _named(given: str) -> str:
    return read_text(plain_name(given))


class NewUpload(BodyModel):
    """A file that is about to come; `sha256` in hex, `size` in bytes, 10 MiB at most.

    Of `file_name` the last part is kept. `content_type` may be spelt in any way that is in use, or
    be left out: what the file is, its bytes say.
    """

    file_name: Annotated[str, Written(_named, 1, 200)]
    content_type: Annotated[str, StringConstraints(max_length=200), Opaque()] | None = None
    size: Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": LARGEST})]
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$")]


class NewScan(NewUpload):
    """A file that a hall's scanner makes; without a hall, of the first of one's own by its id."""

    office_id: Id | None = None


class UploadView(BodyModel):
    """Where to send the bytes, once, within minutes, with exactly these headers."""

    upload_id: str
    method: str = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: str


class FileView(BodyModel):
    """Where the bytes can be read for minutes."""

    upload_id: str
    file_name: str
    content_type: str
    size: int
    url: str
    expires_at: str


class GivenView(BodyModel):
    """A page of a material that was given before, and may be given again by its upload_id."""

    upload_id: str
    material_id: str
    page: int
    given_at: str
    case_id: str


class GivenList(WholeList):
    """The newest of each material, its pages in order; so few that they are all in one answer."""

    items: list[GivenView]


@routes.post(
    "/v1/uploads",
    auth=auth.citizen,
    body=NewUpload,
    response=UploadView,
    status=201,
    errors=[TooManyRequests],
    idempotent=True,
)
def announce(request: Request[NewUpload]) -> Response:
    """Say which file is coming, and learn where to send it."""
    file = _announced(request.input)
    upload, again = service.announce(request.citizen, file, request.attempt, request.now)
    return replayed(_upload_view(upload, request.now), again=again, headers=_located(upload))


@routes.post(
    "/v1/admin/uploads",
    auth=auth.staff("clerk", "supervisor", "admin"),
    body=NewScan,
    response=UploadView,
    status=201,
    idempotent=True,
)
def announce_scan(request: Request[NewScan]) -> Response:
    """Say which scan is coming, and learn where to send it."""
    file, office_id = _announced(request.input), request.input.office_id
    scan, again = scans.announce(request.staff, file, office_id, request.attempt, request.now)
    return replayed(_upload_view(scan, request.now), again=again)


@routes.get("/v1/uploads/{upload_id}", auth=auth.citizen, response=FileView)
def show(request: Request[QueryModel], upload_id: str) -> FileView:
    """Read one's own file that was given for a case."""
    return file_view(service.mine(request.citizen.citizen_id, upload_id), request)


@routes.get(
    "/v1/admin/uploads/{upload_id}",
    auth=auth.staff("clerk", "supervisor", "auditor", "admin"),
    response=FileView,
)
def show_scan(request: Request[QueryModel], upload_id: str) -> FileView:
    """Read a scan of one's halls; whose mandate it is will see that one looked."""
    return file_view(scans.show(request.staff, upload_id, request.now), request)


@routes.get("/v1/me/materials", auth=auth.citizen, response=GivenList)
def given(request: Request[QueryModel]) -> GivenList:
    """List what was given before and is never asked for twice."""
    found = service.given_before(request.citizen.citizen_id)
    return GivenList(
        items=[
            GivenView(
                upload_id=upload.upload_id,
                material_id=upload.material_id or "",
                page=upload.page,
                given_at=rfc3339(upload.given_at or upload.created_at),
                case_id=upload.case_id or "",
            )
            for upload in found
        ]
    )


def _announced(given: NewUpload) -> service.Announced:
    return service.Announced(given.file_name, given.content_type, given.size, given.sha256.lower())


def _upload_view(upload: Upload, now: datetime) -> UploadView:
    url, headers = service.put_address(upload)
    return UploadView(
        upload_id=upload.upload_id,
        url=url,
        headers=dict(headers),
        expires_at=rfc3339(now + UPLOAD_WITHIN),
    )


def _located(upload: Upload) -> dict[str, str]:
    return {"Location": f"/v1/uploads/{upload.upload_id}"}


def file_view(upload: Upload, request: Request[QueryModel]) -> FileView:
    """Present a file with a way to read it."""
    name = service.file_name(upload)
    return FileView(
        upload_id=upload.upload_id,
        file_name=name,
        content_type=upload.content_type,
        size=upload.size,
        url=service.read_address(upload, name),
        expires_at=rfc3339(request.now + READ_WITHIN),
    )
