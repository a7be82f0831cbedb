"""Bringing a hall's slots into line with its timetable, and finding whom that hits."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import queue, schedule, storage
from chalicelib.appointments.domain import HORIZON_DAYS, Appointment, Slot, Status
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import history
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time

_ID_LENGTH: Final = 16
_HANDS: Final = 16
_COMING: Final = (Status.HELD, Status.BOOKED)


@dataclass(frozen=True, slots=True)
class Realigned:
    """What a change of the timetable did, and the bookings that no longer fit it."""

    opened: int
    closed: int
    hit: tuple[Appointment, ...]


def realign(office_id: str, now: datetime) -> Realigned:
    """Make, close, reopen and resize the coming slots of a hall; again is the same.

    Bookings stay what they are: those in slots that are closed or too small now are returned.
    """
    changes: list[Callable[[], None]] = []
    missing: list[Slot] = []
    opened = closed = 0
    seats: set[str] = set()
    for category in CATEGORIES:
        there, wanted = _there(office_id, category, now), _wanted(office_id, category, now)
        for name, slot in there.items():
            capacity = wanted[name].capacity if name in wanted else 0
            if capacity < len(slot.seats):
                seats |= set(sorted(slot.seats)[capacity:]) if capacity else slot.seats
            if capacity == (0 if slot.closed else slot.capacity):
                continue
            opened += bool(capacity and slot.closed)
            closed += not capacity
            changes.append(_resizing(slot, capacity))
        new = [slot for name, slot in wanted.items() if name not in there]
        opened += len(new)
        missing += new
    storage.create_slots(missing)
    with ThreadPoolExecutor(_HANDS) as hands:
        list(hands.map(lambda change: change(), changes))
    return Realigned(opened, closed, _hit(seats))


def cancel_hit(staff: Staff, hit: Sequence[Appointment], now: datetime) -> None:
    """Cancel bookings for the hall; their citizens learn it from the event. Again is the same."""
    for one in hit:
        old = storage.load(one.appointment_id)
        if old is None or old.status not in _COMING or old.slot != one.slot:
            continue
        entry = history.append(
            old.appointment_id,
            old.head,
            type_="appointment.cancelled",
            at=now,
            actor=staff.actor,
            data={"status": "cancelled", "slot": old.slot.slot_id, "reason": "hall_closed"},
        )
        new = replace(old, status=Status.CANCELLED, version=old.version + 1, head=entry.head)
        guards = queue.guard_of(old.person)[1]
        if storage.store_change(old, new, entry, frees=True, guards=guards):
            storage.free_seat(old.slot, old.shard, old.seat, old.appointment_id, old.hold)


def _there(office_id: str, category: str, now: datetime) -> dict[tuple[str, int], Slot]:
    local = office_time(now)
    last = f"{local.date() + timedelta(days=HORIZON_DAYS + 1):%Y%m%d}"
    slots = storage.load_slots(office_id, category, f"{local:%Y%m%d}", last)
    return {(slot.key.slot_id, slot.shard): slot for slot in slots if slot.key.start > now}


def _wanted(office_id: str, category: str, now: datetime) -> dict[tuple[str, int], Slot]:
    known = catalogue.current()
    group = known.groups.get((office_id, category))
    if group is None:
        return {}
    slots = schedule.slots_of(known.offices[office_id], group, office_time(now).date())
    return {(slot.key.slot_id, slot.shard): slot for slot in slots if slot.key.start > now}


def _resizing(slot: Slot, capacity: int) -> Callable[[], None]:
    return lambda: storage.resize_slot(slot.key, slot.shard, capacity)


def _hit(seats: set[str]) -> tuple[Appointment, ...]:
    found = storage.load_many({seat[:_ID_LENGTH] for seat in seats})
    hit = [a for a in found if a.status in _COMING and a.seat in seats]
    return tuple(sorted(hit, key=lambda a: (a.start, a.appointment_id)))
