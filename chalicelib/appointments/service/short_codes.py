"""Six digits that stand for a pass where none can be shown: to read out, or to type at a kiosk.

A code is made when a pass is shown first, and is unique among those of its hall and day. It is a
keyed hash of the appointment, so it needs no place in the booking and is the same each time.
"""

from datetime import date, datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.core.clock import office_time
from chalicelib.core.errors import TryAgain
from chalicelib.core.secret_code import code_of

# With 5,000 passes of a hall and day, fewer than one in 10^18 finds all of these taken.
_CANDIDATES: Final = 8


def short_code(appointment: Appointment) -> str:
    """Return the appointment's code in its hall on its day. Idempotent. Raises TryAgain."""
    office_id, day = appointment.slot.office_id, office_time(appointment.start).date()
    for number in range(_CANDIDATES):
        subject = f"{appointment.appointment_id}/{office_id}/{day}/{number}"
        code = code_of("short_code", subject)
        if storage.claim_short_code(office_id, day, code, appointment.appointment_id):
            return code
    raise TryAgain(retry_after=1)


def find(office_id: str, code: str, day: date) -> str | None:
    """Return the id of the appointment that has a code in a hall on a day."""
    return storage.holder_of_code(office_id, day, code)


def find_today(office_id: str, code: str, now: datetime) -> str | None:
    """Return the id of the appointment that has a code in a hall today."""
    return find(office_id, code, office_time(now).date())
