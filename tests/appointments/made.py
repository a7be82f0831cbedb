"""Slots and appointments as values, for the tests of their rules."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.slots import Slot, SlotKey

NINE = datetime.fromisoformat("2026-12-07T09:00:00+08:00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = 24 * HOUR


def key(start: datetime = NINE) -> SlotKey:
    return SlotKey("hall-330200", "identity", start)


def shard(seats: str = "", capacity: int = 4, **changes: Any) -> Slot:
    """Return a shard of a slot of a quarter of an hour; each letter of `seats` is one taken."""
    start = changes.pop("start", NINE)
    about: dict[str, Any] = {
        "key": key(start),
        "shard": 0,
        "end": start + timedelta(minutes=changes.pop("minutes", 15)),
        "capacity": capacity,
        "seats": frozenset(seats),
    }
    return Slot(**{**about, **changes})


def booked(**changes: Any) -> Appointment:
    about: dict[str, Any] = {
        "appointment_id": "abcdefgh12345678",
        "citizen_id": "abcdefgh",
        "person": "sealed",
        "service_id": "passport-issue",
        "slot": key(),
        "shard": 0,
        "seat_id": "abcdefgh12345678",
        "end": NINE + 15 * MINUTE,
        "status": AppointmentStatus.BOOKED,
        "for_member": None,
        "created_at": NINE - DAY,
    }
    return Appointment(**{**about, **changes})


def walk_in(**changes: Any) -> Appointment:
    return booked(**{"citizen_id": "w-330200", "seat_id": "", **changes})
