"""Reminders of appointments: the evening before and two hours before, with what to bring.

They are planned by the events of booking and moving, from the appointment as it is then; `jobs`
sends what is due.
"""

from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.notifications import storage
from chalicelib.notifications.domain import REMINDERS, Due, Reminder, due_at, useful_until

_TIDY_AFTER: Final = timedelta(days=7)


def plan(appointment: Appointment, since: datetime, now: datetime) -> None:
    """Plan the reminders that were ahead at the booking or moving `since`; idempotent.

    One that came due while the event was on its way is planned too, as long as it still helps.
    """
    if appointment.status is not AppointmentStatus.BOOKED:
        return
    for reminder in REMINDERS:
        due = due_of(appointment, reminder)
        if due.due_at > since and now <= useful_until(reminder, appointment.start):
            storage.plan_reminder(due, appointment.version, appointment.start + _TIDY_AFTER)


def due_of(appointment: Appointment, reminder: Reminder) -> Due:
    """Return when a reminder of an appointment is due."""
    at = due_at(reminder, appointment.appointment_id, appointment.start)
    return Due(appointment.citizen_id, appointment.appointment_id, reminder, at)
