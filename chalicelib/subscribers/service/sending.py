"""Sending to subscribers: what the dispatcher of webhooks asks of this room.

A message is kept with ids alone. Where its subscriber had declared a purpose when it was written,
and has it still, the person is read and the look recorded as the message goes out: what was erased
meanwhile, or whose purpose ended, is told no more.
"""

import json
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
        # What another process ended a moment ago holds at once.
        if not citizen_id or purpose != DIRECTORY.load(message.endpoint_id).purpose:
            return Payload(data)
        return _with_person(message, data, citizen_id, purpose)


SENDER: Final = Sender(NAME, OUTBOX, _Subscribers(DIRECTORY, ACCOUNTS))


def _with_person(message: Message, data: dict[str, Any], citizen_id: str, purpose: str) -> Payload:
    """Return a message with the person whose thing it is about, the look at whom is recorded."""
    clear = clear_of(citizen_id)
    person = {name: clear[name] for name in PERSON_FIELDS if name in clear}
    if not person:
        return Payload(data)
    # Written first: who is stopped in between has at most recorded a look too many. A message that
    # is tried again says the same to the same.
    if not message.tries:
        identity.record_access(
            citizen_id,
            f"subscriber:{message.endpoint_id}",
            purpose,
            f"{message.type.partition('.')[0]}:{data['subject_id']}",
            dependencies.clock().now(),
            access_id=message.message_id,
        )
    private = tuple(person.values())
    return Payload({**data, "person": {"citizen_id": citizen_id, **person}}, private)
