"""What all rooms that send show of their messages, and ask about them."""

from typing import Annotated

from pydantic import Field

from chalicelib.core.clock import rfc3339
from chalicelib.core.http_messages import BodyModel, Moment, QueryModel
from chalicelib.webhooks.domain.message import Message, MessageState


class Since(BodyModel):
    """From when on failed messages are sent again."""

    since: Moment


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


def message_fields(message: Message) -> dict[str, object]:
    """Return what every room shows of a message, its attempts too; rooms add what it is about."""
    waiting = message.state is MessageState.WAITING
    return {
        "message_id": message.message_id,
        "type": message.type,
        "sequence": message.number,
        "state": message.state,
        "occurred_at": rfc3339(message.occurred_at),
        "next_attempt_at": rfc3339(message.due_at) if waiting else None,
        "attempts": [
            AttemptView(
                at=rfc3339(attempt.at),
                status=attempt.status,
                answer=attempt.answer,
                milliseconds=attempt.milliseconds,
            )
            for attempt in message.attempts
        ],
    }
