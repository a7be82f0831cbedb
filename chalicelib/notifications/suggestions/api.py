"""The routes of what is told before it is asked for: why, and an end to it by one tap."""

from typing import Final, get_args

from chalicelib.core import auth
from chalicelib.core.errors import NotFound
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response, WholeList
from chalicelib.core.routes import Routes
from chalicelib.notifications.preferences import service as preferences
from chalicelib.notifications.preferences.domain import SUGGESTION_KINDS, SuggestionKind
from chalicelib.notifications.suggestions import service
from chalicelib.notifications.suggestions.domain import WHY

routes: Final = Routes("suggestions")


class SuggestionTold(BodyModel):
    """A service that was suggested, and the day."""

    service_id: str
    told_on: str


class SuggestionKindView(BodyModel):
    """A kind of suggestion: whether one wants it, from what it is known, what was told."""

    kind: SuggestionKind
    wanted: bool
    why: str
    told: list[SuggestionTold]


class SuggestionKindList(WholeList):
    """All kinds; they are few, so always one page."""

    items: list[SuggestionKindView]


@routes.get("/v1/me/suggestions", auth=auth.citizen, response=SuggestionKindList)
def list_kinds(request: Request[QueryModel]) -> SuggestionKindList:
    """Show what may be told before one asks, from what it is known, and what was."""
    shown = service.show(request.citizen.citizen_id)
    told = sorted(shown.told.days.items(), key=lambda one: one[1], reverse=True)
    return SuggestionKindList(
        items=[
            SuggestionKindView(
                kind=kind,
                wanted=kind in shown.preferences.suggestion_kinds,
                why=WHY[kind].in_language(request.lang),
                told=[
                    SuggestionTold(service_id=key.split("/")[1], told_on=day.isoformat())
                    for key, day in told
                    if key.startswith(f"{kind}/")
                ],
            )
            for kind in SUGGESTION_KINDS
        ]
    )


@routes.delete(
    "/v1/me/suggestions/{suggestion_kind}", auth=auth.citizen, status=204, errors=[NotFound]
)
def end_kind(request: Request[QueryModel], suggestion_kind: str) -> Response:
    """Want no more suggestions of a kind; doing it twice is the same."""
    known = next((one for one in get_args(SuggestionKind) if one == suggestion_kind), None)
    if known is None:
        raise NotFound
    preferences.end_suggestions(request.citizen.citizen_id, known)
    return Response(None)
