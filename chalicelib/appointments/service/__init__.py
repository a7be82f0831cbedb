"""What other rooms ask of appointments: one by its id, and what becomes of one that awaits its fee.

Booking, the desk, the queue and the timetable are modules of their own.
"""

from chalicelib.appointments.service.lookup import load, mine
from chalicelib.appointments.service.reservations import (
    confirm_paid,
    expire_reservation,
    reserved_before,
)

__all__ = [
    "confirm_paid",
    "expire_reservation",
    "load",
    "mine",
    "reserved_before",
]
