"""What goes out by the clock: reminders of appointments, and notices that wait or did not arrive.

An appointment is asked again when its reminder is due: one that was moved, cancelled or begun is
not reminded of. A reminder that could not be told stays due for the next run, as long as it helps.
"""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.core import events, logs, metrics
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.draining import drain
from chalicelib.core.errors import NotFound, Problem
from chalicelib.core.parallel import InTime
from chalicelib.identity.service import reach
from chalicelib.notifications import storage
from chalicelib.notifications.domain import Due, FollowUp, useful_until
from chalicelib.notifications.service import event_facts, event_handlers, follow_ups, sending
from chalicelib.notifications.service.reminders import due_of

_REMINDERS: Final = "send_reminders"
# What is read of a bucket at a time.
_OF_A_BUCKET: Final = 100
# Of the minute that a run may last; what is begun is ended.
_SECONDS: Final = 35.0


def send_due_reminders(now: datetime, *, part: Part = WHOLE, seconds: float = _SECONDS) -> int:
    """Tell what is due as long as there is time, and return how many were told."""

    def list_due(beyond: int) -> list[Due]:
        due = storage.list_due(now, _OF_A_BUCKET + beyond, part)
        metrics.waited(_REMINDERS, (one.due_at for one in due))
        return due

    told = drain(
        _REMINDERS,
        list_due,
        lambda one: _told(one, now),
        InTime(seconds),
        name=lambda one: one.appointment_id,
    )
    return sum(told)


def _told(due: Due, now: datetime) -> bool:
    told = _tell(due, now)
    storage.forget_reminder(due)
    return told


def _tell(due: Due, now: datetime) -> bool:
    try:
        appointment = appointments.load(due.appointment_id)
    except NotFound:
        return False
    planned = due_of(appointment, due.reminder)
    if appointment.status is not AppointmentStatus.BOOKED or planned.due_at != due.due_at:
        return False
    if now > useful_until(due.reminder, appointment.start):
        metrics.note(_REMINDERS, logs.DROPPED)
        return False
    recipient = reach.channels(due.citizen_id)
    if recipient is None:
        return False
    notice = sending.notice_of(
        due.citizen_id,
        f"appointment.{due.reminder}",
        f"{due.appointment_id}.{appointment.slot.slot_id}",
        due.appointment_id,
        event_facts.appointment_facts(appointment),
        due.due_at,
    )
    occasion = sending.Occasion.of_reminder(due)
    return sending.tell(notice, recipient, now, current=True, occasion=occasion)


def follow_up(now: datetime, *, part: Part = WHOLE) -> int:
    """Look after notices that wait or whose report is due, as long as there is time.

    Returns how many were looked after. What is not done because a service did not answer is due a
    minute later, behind the others.
    """

    def list_due(beyond: int) -> list[FollowUp]:
        found = list(storage.list_follow_ups(now, _OF_A_BUCKET + beyond, part))
        metrics.waited("follow_notices", (one.due_at for one in found))
        return found

    done = drain(
        "follow_notices",
        list_due,
        lambda one: _followed(one, now),
        InTime(_SECONDS),
        name=lambda one: one.notification_id,
    )
    return sum(done)


def _followed(follow_up: FollowUp, now: datetime) -> bool:
    try:
        following = follow_ups.follow(follow_up, lambda: _again(follow_up, now), now)
    except Problem:
        storage.replan(follow_up, replace(follow_up, due_at=now + timedelta(minutes=1)))
        raise
    if following:
        storage.replan(follow_up, following)
    else:
        storage.forget_follow_up(follow_up)
    return True


def _again(follow_up: FollowUp, now: datetime) -> None:
    """Process what made a notice again, which finds the notice and goes on with it."""
    origin = json.loads(follow_up.origin)
    if "event" in origin:
        event_handlers.on_event(events.read(origin["event"]), now)
        return
    citizen_id, appointment_id, reminder, at = origin["reminder"]
    _tell(Due(citizen_id, appointment_id, reminder, datetime.fromisoformat(at)), now)
