"""What all rooms that send show of their messages, and ask about them."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel, QueryModel
from chalicelib.webhooks.domain.message import Message


class Since(BodyModel):
    """From when on failed messages are sent again."""

    since: AwareDatetime


class MessagesQuery(QueryModel):
    """Which page."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None


class AttemptView(BodyModel):
    """One attempt at sending: the HTTP status, or null when no answer came."""

    at: str
    status: int | None
    answer: str
    milliseconds: int


class Recovered(BodyModel):
    """How many messages were put into the queue again; `more` asks to call once more."""

    recovered: int
    more: bool


def attempt_views(message: Message) -> list[AttemptView]:
    """Present a message's attempts."""
    return [
        AttemptView(
            at=rfc3339(attempt.at),
            status=attempt.status,
            answer=attempt.answer,
            milliseconds=attempt.milliseconds,
        )
        for attempt in message.attempts
    ]
