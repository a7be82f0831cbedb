"""A room that sends: its outbox, and what only it knows of its endpoints and its messages."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.core.crypto import SubjectKey
from chalicelib.webhooks.domain.endpoint import Endpoint, Payload
from chalicelib.webhooks.domain.message import Message, message_id
from chalicelib.webhooks.storage import Outbox

Clock = Callable[[], datetime]
__all__ = ["Clock", "Outbox", "Owner", "Sender", "compose"]


class Owner(Protocol):
    """What the room that sends knows of its endpoints and its messages."""

    def list_active(self) -> Sequence[str]:
        """Return the ids of the endpoints to which messages go, as they are now."""

    def is_active(self, endpoint_id: str) -> bool:
        """Tell whether messages go to an endpoint, as it was seconds ago."""

    def load(self, endpoint_id: str, now: datetime) -> Endpoint:
        """Return an endpoint as it is at this moment; raises NotFound."""

    def open(self, message: Message) -> Payload | None:
        """Decrypt what a message says; None when it was erased."""

    def disable(self, endpoint_id: str, reason: str, now: datetime) -> None:
        """Send nothing more to an endpoint that is gone or fails for days."""

    def note_health(self, endpoint_id: str, *, troubled: bool, now: datetime) -> None:
        """Write down that an endpoint does not answer, or answers again."""


@dataclass(frozen=True, slots=True)
class Sender:
    """`name` is what the runs are called where failures are counted."""

    name: str
    outbox: Outbox
    owner: Owner


def compose(  # noqa: PLR0913 - a message has these facts.
    subject: str,
    number: int,
    endpoint_id: str,
    type_: str,
    data: Mapping[str, object],
    key: SubjectKey,
    now: datetime,
) -> Message:
    """Make a message; its data are sealed until it is sent."""
    sealed = key.seal(message_id(subject, number), json.dumps(data, ensure_ascii=False))
    return Message(subject, number, endpoint_id, type_, now, sealed, now)
