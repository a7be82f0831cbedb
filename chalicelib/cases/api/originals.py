"""The route of the originals' checklist."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.cases.api.staff import ALL_STAFF
from chalicelib.cases.api.steps import HandledState, handled_state
from chalicelib.cases.domain.originals import Noted
from chalicelib.cases.service import originals
from chalicelib.cases.service.originals import OriginalNote
from chalicelib.core.errors import WrongStatus
from chalicelib.core.http_messages import BodyModel, Id, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.core.text import text

routes: Final = Routes("admin_cases")


class NotedOriginal(BodyModel):
    """Where the original of a paper is, or whether it agrees with what was lodged."""

    material_id: Id
    status: Noted
    note: Annotated[str, text(300, 0, lines=True)] | None = None


class Originals(BodyModel):
    """What the office notes of originals, each once."""

    items: Annotated[list[NotedOriginal], Field(min_length=1, max_length=50)]


@routes.post(
    "/v1/admin/cases/{case_id}/originals",
    auth=ALL_STAFF,
    body=Originals,
    response=HandledState,
    errors=[WrongStatus],
    idempotent=True,
)
def note(request: Request[Originals], case_id: str) -> Response:
    """Tick off the originals of a case."""
    notes = [OriginalNote(one.material_id, one.status, one.note) for one in request.input.items]
    applied = originals.note(request.staff, case_id, notes, request.attempt, request.now)
    return replayed(handled_state(applied.new, request), again=applied.replayed)
