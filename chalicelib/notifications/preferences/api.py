"""The routes of what one wants of notices."""

from datetime import time
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from chalicelib.core import auth
from chalicelib.core.http_messages import BodyModel, QueryModel, Request, Response, replayed
from chalicelib.core.routes import Routes
from chalicelib.notifications.domain.notices import Subscription
from chalicelib.notifications.preferences import service
from chalicelib.notifications.preferences.domain import (
    CHANNELS,
    SUGGESTION_KINDS,
    ChannelName,
    Preferences,
    Quiet,
    QuietHours,
    SuggestionKind,
)
from chalicelib.notifications.suggestions import service as suggestions

routes: Final = Routes("notice preferences")
_Clock = Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


def _once_each(names: list[ChannelName]) -> list[ChannelName]:
    if len(set(names)) < len(names):
        raise PydanticCustomError("not_unique", "a channel stands there twice")
    return names


_Order = Annotated[list[ChannelName], Field(max_length=len(CHANNELS)), AfterValidator(_once_each)]


class Hours(BodyModel):
    """From when until when, by the offices' clocks; they may span midnight."""

    from_: Annotated[_Clock, Field(alias="from")]
    to: _Clock


class PreferencesGiven(BodyModel):
    """What one wants; what is left out is as it is for everybody.

    `quiet_hours`: true for 22:00 to 07:00, false for none, or one's own. `channels`: by kind, in
    the order in which they are tried; the inbox has every notice in any case. `suggestions` are of
    `suggestion_kinds`, of all where these are left out.
    """

    quiet_hours: bool | Hours = True
    channels: dict[Subscription, _Order] = Field(default_factory=dict)
    suggestions: bool = False
    suggestion_kinds: Annotated[list[SuggestionKind], Field(max_length=20)] | None = None


class PreferencesView(BodyModel):
    """What one wants of notices, of every kind."""

    quiet_hours: bool | Hours
    channels: dict[Subscription, list[ChannelName]]
    suggestions: bool
    suggestion_kinds: list[SuggestionKind]


@routes.get("/v1/me/notice-preferences", auth=auth.citizen, response=PreferencesView)
def show(request: Request[QueryModel]) -> PreferencesView:
    """Show by which channels one is told of what, and when one is left alone."""
    return _view(service.preferences_of(request.citizen.citizen_id))


@routes.put(
    "/v1/me/notice-preferences",
    auth=auth.citizen,
    body=PreferencesGiven,
    response=PreferencesView,
    idempotent=True,
)
def change(request: Request[PreferencesGiven]) -> Response:
    """Say anew what one wants of notices."""
    given = request.input
    citizen_id = request.citizen.citizen_id
    kinds = SUGGESTION_KINDS if given.suggestion_kinds is None else given.suggestion_kinds
    wanted = kinds if given.suggestions else ()
    said = service.said(_quiet(given.quiet_hours), given.channels, wanted)
    if wanted:
        suggestions.plan(citizen_id, request.now)
    kept, again = service.change(citizen_id, said, request.attempt, request.now)
    return replayed(_view(kept), again=again)


def _view(kept: Preferences) -> PreferencesView:
    quiet = service.quiet_json(kept.quiet_hours)
    return PreferencesView(
        quiet_hours=quiet if isinstance(quiet, bool) else Hours.model_validate(quiet),
        channels={kind: list(names) for kind, names in kept.by_kind().items()},
        suggestions=kept.suggestions,
        suggestion_kinds=list(kept.suggestion_kinds),
    )


def _quiet(given: bool | Hours) -> Quiet:
    if isinstance(given, bool):
        return given
    return QuietHours(time.fromisoformat(given.from_), time.fromisoformat(given.to))
