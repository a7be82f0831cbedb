"""A message to an endpoint: in order for its subject, at least once, by a patient schedule."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.webhooks.domain.retry_schedule import pause_after

LEASE: Final = timedelta(seconds=60)
ATTEMPTS_KEPT: Final = 20
ANSWER_KEPT: Final = 200
_LONG_NUMBER: Final = re.compile(r"[0-9][0-9 -]{3,}[0-9]")


class MessageState(StrEnum):
    """Where a message is; `failed` waits for staff to send it again."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """One attempt: the HTTP status or None when there was no answer, and what was said."""

    at: datetime
    status: int | None
    answer: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `subject` is what it is about, `number` its place among the messages about that.

    `sealed` is the encrypted data; `tries` counts since the message was last put in the queue.
    """

    subject: str
    number: int
    endpoint_id: str
    type: str
    occurred_at: datetime
    sealed: str
    due_at: datetime
    state: MessageState = MessageState.WAITING
    tries: int = 0
    attempts: tuple[AttemptResult, ...] = ()
    settled_at: datetime | None = None

    @property
    def message_id(self) -> str:
        """Return the `webhook-id`, the same at every attempt."""
        return message_id(self.subject, self.number)

    @property
    def is_ping(self) -> bool:
        """Tell whether it only tests the connection: tried once, at once, and not in any order."""
        return self.type.endswith(".ping")

    def again(self, now: datetime) -> "Message":
        """Return the message as one that is to be sent now, from the schedule's beginning."""
        return replace(self, state=MessageState.WAITING, tries=0, due_at=now, settled_at=None)


def message_id(subject: str, number: int) -> str:
    """Return the id of a subject's message; it has no dot, which signatures use between parts."""
    return f"msg_{subject}_{number}"


def subject_of(message_id: str) -> tuple[str, int] | None:
    """Read a message's id; None for what cannot be one."""
    match = re.fullmatch(r"msg_([A-Za-z0-9-]{1,40})_([1-9][0-9]{0,5})", message_id)
    return (match[1], int(match[2])) if match else None


def after(  # noqa: PLR0913 - an attempt has these facts.
    message: Message,
    attempt: AttemptResult,
    now: datetime,
    *,
    good: bool,
    wait: timedelta | None,
    jitter: float,
) -> Message:
    """Return the message after an attempt.

    `wait` is what the endpoint asked for (Retry-After), `jitter` what part of the schedule's pause
    is added to it, so that what failed together does not come back together.
    """
    attempts = (*message.attempts, attempt)[-ATTEMPTS_KEPT:]
    tried = replace(message, attempts=attempts, tries=message.tries + 1)
    if good:
        return replace(tried, state=MessageState.SENT, settled_at=now)
    pause = None if message.is_ping else pause_after(tried.tries, wait, jitter)
    if pause is None:
        return replace(tried, state=MessageState.FAILED, settled_at=now)
    return replace(tried, due_at=whole(now + pause))


def erased(message: Message, attempt: AttemptResult, now: datetime) -> Message:
    """Return a message whose data was erased: no later attempt has anything to send either."""
    attempts = (*message.attempts, attempt)[-ATTEMPTS_KEPT:]
    tries = message.tries + 1
    failed = MessageState.FAILED
    return replace(message, attempts=attempts, tries=tries, state=failed, settled_at=now)


def whole(moment: datetime) -> datetime:
    """Return the first whole second from a moment on, as times are kept: never too early."""
    return moment + timedelta(microseconds=-moment.microsecond % 1_000_000)


def redacted(answer: bytes, private: Iterable[str]) -> str:
    """Return the beginning of an answer as it is kept, without the private texts it repeats."""
    text = answer.decode("utf-8", "replace")
    for value in filter(None, private):
        text = text.replace(value, "***")
    return _LONG_NUMBER.sub("***", text)[:ANSWER_KEPT]
