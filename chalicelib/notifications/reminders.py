"""Reminders of appointments: the evening before and two hours before, with what to bring.

They are planned by the events of booking and moving, from the appointment as it is then, and when
one is due the appointment is asked again: one that was moved, cancelled or begun is not reminded
of. A reminder that could not be told stays due for the next run, as long as it helps.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain import Appointment, Status
from chalicelib.core import worker
from chalicelib.core.errors import NotFound
from chalicelib.identity import service as identity
from chalicelib.notifications import sending, storage, truth
from chalicelib.notifications.domain import REMINDERS, Due, Reminder, due_at, useful_until

# Of each bucket; all of them fit into a run with room to spare.
_AT_A_TIME: Final = 200
_AT_ONCE: Final = 8
_TIDY_AFTER: Final = timedelta(days=7)


def plan(appointment: Appointment, since: datetime, now: datetime) -> None:
    """Plan the reminders that were ahead at the booking or moving `since`; again is the same.

    One that came due while the event was on its way is planned too, as long as it still helps.
    """
    if appointment.status is not Status.BOOKED:
        return
    for reminder in REMINDERS:
        due = _due(appointment, reminder)
        if due.due_at > since and now <= useful_until(reminder, appointment.start):
            storage.plan_reminder(due, appointment.version, appointment.start + _TIDY_AFTER)


def send_due(now: datetime) -> int:
    """Tell all that is due and return how many were told; one's trouble does not stop the rest."""
    found = storage.list_due(now, _AT_A_TIME)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        told = worker.each(
            "send_reminders",
            found,
            lambda due: _told(due, now),
            name=lambda due: due.appointment_id,
            through=pool.map,
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
    planned = _due(appointment, due.reminder)
    if appointment.status is not Status.BOOKED or planned.due_at != due.due_at:
        return False
    if now > useful_until(due.reminder, appointment.start):
        return False
    reach = identity.channels(due.citizen_id)
    if reach is None:
        return False
    notice = sending.notice_of(
        due.citizen_id,
        f"appointment.{due.reminder}",
        f"{due.appointment_id}.{appointment.slot.slot_id}",
        due.appointment_id,
        truth.of_appointment(appointment),
        due.due_at,
    )
    return sending.tell(notice, reach, now, current=True)


def _due(appointment: Appointment, reminder: Reminder) -> Due:
    at = due_at(reminder, appointment.appointment_id, appointment.start)
    return Due(appointment.citizen_id, appointment.appointment_id, reminder, at)
