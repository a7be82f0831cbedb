"""Seeing to it that what events should have done was done: their second way.

It compares the entries of what changed lately with what they should have led to in each room, and
lets the room do what it has not, as if the event had come by its queue. Effects are keyed by the
event's id, so one that comes after all changes nothing. What it made up for is counted and alarmed:
something on the first way is broken. `docs/operations.md` says what it does not see.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from chalicelib.appointments.service import recent as appointments
from chalicelib.cases import handlers as case_handlers
from chalicelib.cases.service import recent as cases
from chalicelib.core import events, logs, parallel, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.clock import office_time
from chalicelib.core.events import Event
from chalicelib.core.history import Entry
from chalicelib.core.time_window import TimeWindow
from chalicelib.deliveries import handlers as delivery_handlers
from chalicelib.deliveries.service import recent as deliveries
from chalicelib.enquiries import handlers as enquiry_handlers
from chalicelib.enquiries.service import recent as enquiries
from chalicelib.notifications import service as notifications
from chalicelib.payments import handlers as payment_handlers
from chalicelib.payments.bills.service import bills
from chalicelib.payments.service import recent as payments
from chalicelib.subscribers import handlers as subscriber_handlers

NAME: Final = "reconcile_events"
# A message that failed once comes again within this time: no reason to doubt its way.
_ON_ITS_WAY: Final = timedelta(minutes=5)
_NEAR: Final = timedelta(hours=1)
# One run of an hour looks at all since yesterday, the others at the last hour; parts take turns.
_MINUTES: Final = 10
_RUNS_AN_HOUR: Final = 60 // _MINUTES
_LOG: Final = logging.getLogger("onetrip.reconcile_events")


@dataclass(frozen=True, slots=True)
class _Room:
    """A room that has histories: what may have changed in it, and the entries of one of these."""

    name: str
    subjects: Callable[[TimeWindow], set[str]]
    entries: Callable[[str], list[Entry]]


@dataclass(frozen=True, slots=True)
class _Worker:
    """A room that does something when it hears of an event, and knows whether it has."""

    name: str
    arrived: Callable[[Event], bool]
    work: Callable[[Event, datetime], None]


# An entry of the first names the case or the appointment that it concerns.
_NAMING: Final = (
    _Room("payment", payments.subjects, payments.entries),
    _Room("delivery", deliveries.subjects, deliveries.entries),
)
_NAMED: Final = (
    _Room("case", cases.subjects, cases.entries),
    _Room("appointment", appointments.subjects, appointments.entries),
    _Room("enquiry", enquiries.subjects, enquiries.entries),
    _Room("bill", lambda _window: set(), bills.load_entries),
)
_WORKERS: Final = (
    _Worker("cases", case_handlers.arrived, case_handlers.follow_up),
    _Worker("payments", payment_handlers.arrived, payment_handlers.follow_up),
    _Worker("deliveries", delivery_handlers.arrived, delivery_handlers.follow_up),
    _Worker("enquiries", enquiry_handlers.arrived, enquiry_handlers.follow_up),
    _Worker("subscribers", subscriber_handlers.arrived, subscriber_handlers.write_messages),
    _Worker("notifications", notifications.arrived, notifications.on_event),
)
_Due = tuple[Event, _Worker]


def run(now: datetime, *, part: Part = WHOLE) -> Counter[str]:
    """Make up for what did not arrive; return how many effects by type of event. Idempotent.

    A part has some of the halls, and of the payments; what these name is looked at with them.
    """
    window = _window(now, part)
    changes = _events(_NAMING, window)
    changes += _events(_NAMED, window, {n.name: _named(changes, n.name) for n in _NAMED})
    pairs = [(event, one) for event in changes for one in _WORKERS]
    arrived = worker.each(NAME, pairs, _arrived, name=_name, through=parallel.map_concurrently)
    due = [pair for pair, has in arrived if not has]
    repaired = Counter(worker.each(NAME, due, lambda one: _repair(one, now), name=_name))
    for kind, number in repaired.items():
        logs.count_repaired(NAME, kind, number)
    return repaired


def _window(now: datetime, part: Part) -> TimeWindow:
    until = now - _ON_ITS_WAY
    if (now.minute // _MINUTES + part.number) % _RUNS_AN_HOUR:
        return TimeWindow(now - _NEAR, until, whole=False, part=part)
    midnight = office_time(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return TimeWindow(midnight - timedelta(days=1), until, whole=True, part=part)


def _events(
    rooms: Iterable[_Room], window: TimeWindow, named: dict[str, set[str]] | None = None
) -> list[Event]:
    """Return the events of the window, of what changed in the rooms and of what is named."""
    changes: list[Event] = []
    for room in rooms:
        listed = worker.each(NAME, [room], lambda one: one.subjects(window), name=lambda r: r.name)
        subjects = sorted({*(named or {}).get(room.name, ()), *chain.from_iterable(listed)})

        def lately(subject: str, room: _Room = room) -> list[Event]:
            entries = map(events.of_entry, room.entries(subject))
            return [event for event in entries if window.holds(event.moment)]

        recent = worker.each(NAME, subjects, lately, through=parallel.map_concurrently)
        changes += chain.from_iterable(recent)
    return changes


def _named(changes: Iterable[Event], name: str) -> set[str]:
    return {event.data[name] for event in changes if name in event.data}


def _arrived(pair: _Due) -> tuple[_Due, bool]:
    event, room = pair
    return pair, room.arrived(event)


def _repair(pair: _Due, now: datetime) -> str:
    event, room = pair
    room.work(event, now)
    facts = {"function": NAME, "event": event.event_id, "kind": event.type, "room": room.name}
    _LOG.warning("effect_repaired", extra=facts)
    return event.type


def _name(pair: _Due) -> str:
    return pair[0].event_id
