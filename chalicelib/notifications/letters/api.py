"""The route of letters, for the hall that prints and posts them."""

from typing import Final

from chalicelib.core import auth
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import QueryModel, Request, Response
from chalicelib.core.routes import Routes
from chalicelib.notifications.letters import service
from chalicelib.notifications.letters.service import ReachedOtherwise

routes: Final = Routes("letters")
_PDF: Final = "application/pdf"


@routes.get(
    "/v1/admin/cases/{case_id}/letter",
    auth=auth.staff("clerk", "supervisor", "admin"),
    media=(_PDF,),
    errors=[NotFound, ReachedOtherwise],
)
def print_letter(request: Request[QueryModel], case_id: str) -> Response:
    """Print the newest notice of a case, for who is reached by nothing else."""
    found, body = service.letter(request.staff, case_id, request.lang)
    headers = {"Content-Disposition": f'attachment; filename="{found.number}-letter.pdf"'}
    return Response(body, content_type=_PDF, headers=headers)
