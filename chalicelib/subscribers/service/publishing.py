"""Telling subscribers of an event: one message for each that hears of it, then all are sent.

Messages are keyed by subscriber, thing and the number in the thing's history: an event that comes
again, or is taken up after a crash, finds those that it made. What is late is told late, under the
number that it has. Each subscriber's message goes out in a thread of its own, so that one whose
endpoint hangs holds no other's.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import parallel, worker
from chalicelib.core.events import Event
from chalicelib.subscribers.domain import Subscriber, citizen_of, message_subject, told
from chalicelib.subscribers.service.accounts import DIRECTORY
from chalicelib.subscribers.service.outbox import OUTBOX
from chalicelib.subscribers.service.sending import NAME, SENDER
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service import dispatcher
from chalicelib.webhooks.service.sender import compose

_HEARING: Final = frozenset({AccountState.ACTIVE, AccountState.PAUSED})


def publish(event: Event, now: datetime) -> None:
    """Write an event's messages and send them; what cannot go at once is left to the timer."""
    fresh = write(event, now)

    def send(message: Message) -> None:
        dispatcher.send_now(SENDER, message.endpoint_id, message.message_id, now)

    going = [one for one in fresh if SENDER.owner.is_active(one.endpoint_id)]
    named, through = (lambda one: one.message_id), parallel.map_concurrently
    worker.each(NAME, going, send, name=named, through=through)


def write(event: Event, now: datetime) -> list[Message]:
    """Write an event's messages, and return those that were not there yet."""
    return [one for one in _messages(event, now) if OUTBOX.put_new(one)]


def was_published(event: Event) -> bool:
    """Tell whether each subscriber that hears of an event has its message."""
    subjects = [message_subject(event.subject, one.account_id) for one in _listeners(event)]
    return all(OUTBOX.load(subject, event.seq) for subject in subjects)


def _listeners(event: Event) -> list[Subscriber]:
    """Return who hears of an event: not of what was before it asked, or while it was disabled."""
    return [
        one
        for one in DIRECTORY.everyone()
        if one.state in _HEARING and one.hears(event) and _since(one) <= event.moment
    ]


def _since(subscriber: Subscriber) -> datetime:
    return datetime.fromisoformat(subscriber.since)


def _messages(event: Event, now: datetime) -> list[Message]:
    return [_message(event, one, now) for one in _listeners(event)]


def _message(event: Event, subscriber: Subscriber, now: datetime) -> Message:
    data, citizen_id = told(event), citizen_of(event)
    if subscriber.purpose and citizen_id:
        data |= {"purpose": subscriber.purpose, "citizen_id": citizen_id}
    subject = message_subject(event.subject, subscriber.account_id)
    key = DIRECTORY.key_of(subscriber)
    fresh = compose(subject, event.seq, subscriber.account_id, event.type, data, key, event.moment)
    return replace(fresh, due_at=now)
