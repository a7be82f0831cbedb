"""What goes out by the clock: reminders of appointments, asked again when they are due.

One that was moved, cancelled or begun is not reminded of. A reminder that could not be told stays
due for the next run, as long as it helps.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.appointments import AppointmentStatus
from chalicelib.core import metrics, worker
from chalicelib.core.errors import NotFound
from chalicelib.identity import service as identity
from chalicelib.notifications import storage
from chalicelib.notifications.domain import Due, useful_until
from chalicelib.notifications.service import event_facts, sending
from chalicelib.notifications.service.reminders import due_of

# They fit into a run with room to spare.
_AT_A_TIME: Final = 800
_AT_ONCE: Final = 8


def send_due_reminders(now: datetime) -> int:
    """Tell all that is due and return how many were told; one's trouble does not stop the rest."""
    found = list(storage.list_due(now, _AT_A_TIME))
    metrics.waited("send_reminders", (due.due_at for due in found))
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
    planned = due_of(appointment, due.reminder)
    if appointment.status is not AppointmentStatus.BOOKED or planned.due_at != due.due_at:
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
        event_facts.appointment_facts(appointment),
        due.due_at,
    )
    return sending.tell(notice, reach, now, current=True)
