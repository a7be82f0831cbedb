"""Telling people: the inbox, what they subscribed to, and what an event makes of it.

An event makes one notice, kept under an id that follows from the event: processed again, it finds
its notice and goes on with what was left undone. See `sending` for what goes to phones, and
`reminders` for what goes out by the clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import idempotency
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, TryAgain
from chalicelib.core.events import Event
from chalicelib.core.i18n import DEFAULT_LANG, Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.identity.service import Channels, personal
from chalicelib.notifications import channels, reminders, sending, storage, truth, wording
from chalicelib.notifications.domain import CONSENT_LIMIT, SUBSCRIPTIONS, Notice, Outer
from chalicelib.notifications.templates import TEMPLATES

_TRIES: Final = 8
_PAGE: Final = 100
_UNKNOWN: Final = Text("没有此消息模板", "There is no such template")


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What is left of a subscription, and the platform's template to ask consent for."""

    template: str
    platform_template_id: str | None
    remaining: int


def on_event(event: Event, now: datetime) -> None:
    """Tell the citizen of an event, once, and plan what will remind them.

    An event that nobody needs to hear of does nothing. Raises ChannelUnavailable or TryAgain when
    the event should come again.
    """
    if event.type not in TEMPLATES:
        return
    citizen_id = truth.citizen_of(event)
    reach = identity.channels(citizen_id)
    if reach is None:
        return
    told = truth.of_event(event)
    if told.appointment:
        reminders.plan(told.appointment, event.moment, now)
    notice = sending.notice_of(
        citizen_id, event.type, event.event_id, event.subject, told.facts, event.moment
    )
    sending.tell(notice, reach, now, current=told.current)


def arrived(event: Event) -> bool:
    """Tell whether the citizen has been told of an event, or nobody needs to hear of it.

    A message that is still due was left by a worker that did not come to its end.
    """
    if event.type not in TEMPLATES:
        return True
    citizen_id = truth.citizen_of(event)
    notification_id = sending.id_of(event.type, event.event_id, event.moment)
    kept = storage.load_notice(citizen_id, notification_id)
    return (kept is not None and kept.outer is not Outer.DUE) or identity.channels(
        citizen_id
    ) is None


def send_due_reminders(now: datetime) -> int:
    """Send the reminders that are due and return how many were told."""
    return reminders.send_due(now)


def inbox(citizen_id: str, position: str | None, limit: int) -> Page[Notice]:
    """Return a citizen's notices, newest first."""
    return storage.list_notices(citizen_id, position, limit)


def names_of(citizen_id: str, notices: Iterable[Notice]) -> Mapping[str, str]:
    """Return the names of the family whom notices are about, by their ids."""
    return identity.names_of(citizen_id, (notice.facts.get("member") for notice in notices))


def mark_read(citizen_id: str, notification_id: str, now: datetime) -> Notice:
    """Note that a notice was read; the first time stays. Raises NotFound."""
    found = storage.mark_read(citizen_id, notification_id, now)
    if found is None:
        raise NotFound
    return found


def subscribe(
    citizen_id: str, template: str, count: int, attempt: Attempt, now: datetime
) -> tuple[Subscribed, bool]:
    """Add consents, up to the most that are kept; tells whether the attempt had done so before.

    `template` is a subscription or the id of the platform's template for it. Raises InvalidRequest
    or IdempotencyKeyReused.
    """
    reach = _reach(citizen_id)
    known = template in SUBSCRIPTIONS
    name = template if known else channels.subscription_of(reach.platform, template)
    if name is None:
        raise InvalidRequest(errors=[FieldError("/template", "unknown", _UNKNOWN)])
    for _ in range(_TRIES):
        old = storage.load_consents(citizen_id, name)
        if idempotency.already_applied(old.ledger, attempt):
            return _subscribed(reach, name, old.remaining), True
        new = min(old.remaining + count, CONSENT_LIMIT)
        ledger = idempotency.note(old.ledger, attempt, now)
        if storage.add_consents(citizen_id, name, old, new, ledger):
            return _subscribed(reach, name, new), False
    raise TryAgain(retry_after=1)


def subscriptions(citizen_id: str) -> list[Subscribed]:
    """Return all that can be subscribed to, with what is left of each."""
    reach, known = _reach(citizen_id), storage.list_consents(citizen_id)
    return [
        _subscribed(reach, name, known[name].remaining if name in known else 0)
        for name in SUBSCRIPTIONS
    ]


def held_about(citizen_id: str) -> Mapping[str, object]:
    """Return a citizen's notices and consents as plain JSON values, for their export."""
    found: list[Notice] = []
    position: str | None = None
    while True:
        page = storage.list_notices(citizen_id, position, _PAGE)
        found += page.items
        position = page.next_position
        if position is None:
            break
    consents = storage.list_consents(citizen_id)
    names = names_of(citizen_id, found)
    return {
        "inbox": [_exported(notice, names) for notice in found],
        "consents": {name: kept.remaining for name, kept in consents.items()},
    }


personal.holders.append(
    personal.Holder(
        "notifications",
        held_about,
        lambda _citizen_id: [],
        lambda citizen_id, _now: storage.erase(citizen_id),
    )
)


def _exported(notice: Notice, names: Mapping[str, str]) -> Mapping[str, object]:
    words = wording.worded(notice, DEFAULT_LANG, names)
    return {
        "notification_id": notice.notification_id,
        "event": notice.event,
        "title": words.title,
        "body": words.body,
        "subject_id": notice.subject_id,
        "created_at": rfc3339(notice.created_at),
        "read_at": rfc3339(notice.read_at) if notice.read_at else None,
        "outside": notice.outer.value,
    }


def _reach(citizen_id: str) -> Channels:
    reach = identity.channels(citizen_id)
    if reach is None:
        raise NotFound
    return reach


def _subscribed(reach: Channels, name: str, remaining: int) -> Subscribed:
    found = channels.registered(reach.platform, name)
    return Subscribed(name, found.template_id if found else None, remaining)
