"""What other rooms ask of appointments: one by its id.

Booking, seats that await their fee, the desk, the queue and the timetable are modules of their own.
"""

from chalicelib.appointments.service.lookup import load, mine

__all__ = [
    "load",
    "mine",
]
