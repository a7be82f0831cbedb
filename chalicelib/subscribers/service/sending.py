"""Sending to subscribers: what the dispatcher of webhooks asks of this room.

A message is kept with ids alone. Where its subscriber had declared a purpose when it was written,
and has it still, the person is read and the look recorded as the message goes out: what was erased
meanwhile, or whose purpose ended, is told no more.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.core import dependencies
from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import NotFound
from chalicelib.identity import service as identity
from chalicelib.identity.service.profiles import clear_of
from chalicelib.subscribers.domain import Subscriber
from chalicelib.subscribers.service.accounts import ACCOUNTS, DIRECTORY
from chalicelib.subscribers.service.outbox import OUTBOX
from chalicelib.webhooks.domain.endpoint import Payload
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service.owner import AccountOwner
from chalicelib.webhooks.service.sender import Sender

NAME: Final = "send_subscriber_messages"
PERSON_FIELDS: Final = ("name", "phone")


class _Subscribers(AccountOwner[Subscriber]):
    """The subscribers as owners of endpoints; see `Owner`."""

    def open(self, message: Message) -> Payload | None:
        try:
            subscriber = DIRECTORY.find(message.endpoint_id)
            key = DIRECTORY.key_of(subscriber)
            data = json.loads(key.open(message.message_id, message.sealed))
        except (NotFound, DecryptionError):
            return None
        purpose, citizen_id = data.pop("purpose", None), data.pop("citizen_id", None)
        thing = data.pop("thing", None)
        # What another process ended a moment ago holds at once.
        if not citizen_id or purpose != DIRECTORY.load(message.endpoint_id).purpose:
            return Payload(data)
        return _with_person(message, data, _Look(citizen_id, thing or data["subject_id"], purpose))


SENDER: Final = Sender(NAME, OUTBOX, _Subscribers(DIRECTORY, ACCOUNTS))


@dataclass(frozen=True, slots=True)
class _Look:
    """At whom a message looks, because of which thing, and why."""

    citizen_id: str
    thing: str
    purpose: str


def _with_person(message: Message, data: dict[str, Any], look: _Look) -> Payload:
    """Return a message with the person whose thing it is about, the look at whom is recorded."""
    clear = clear_of(look.citizen_id)
    person = {name: clear[name] for name in PERSON_FIELDS if name in clear}
    if not person:
        return Payload(data)
    # Written first: who is stopped in between has at most recorded a look too many. A message that
    # is tried again says the same to the same.
    if not message.tries:
        identity.record_access(
            look.citizen_id,
            f"subscriber:{message.endpoint_id}",
            look.purpose,
            f"{message.type.partition('.')[0]}:{look.thing}",
            dependencies.clock().now(),
            access_id=message.message_id,
        )
    private = tuple(person.values())
    return Payload({**data, "person": {"citizen_id": look.citizen_id, **person}}, private)
