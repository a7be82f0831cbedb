"""What a hall's other timetable does to its slots and bookings.

Each step can be done again: what stopped in between is finished by the next change, or by the job
that aligns slots.
"""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.service import new_times, slot_alignment
from chalicelib.catalogue.domain import Office


def settle(actor: str, office: Office, now: datetime, *, cancel: bool) -> Sequence[Appointment]:
    """Align slots with a hall's timetable, and return the bookings that no longer fit it.

    They are cancelled, or their citizens are asked to choose another time.
    """
    realigned = slot_alignment.realign(office.office_id, now)
    affected = realigned.affected
    if cancel:
        slot_alignment.cancel_affected(actor, affected, office, now)
        # What was booked at times that are closed now is in nobody's way any more.
        slot_alignment.realign(office.office_id, now)
    else:
        new_times.ask(actor, affected, office, now)
    new_times.keep(actor, office, affected, now)
    new_times.offer_others(actor, realigned.displaced, now)
    return affected
