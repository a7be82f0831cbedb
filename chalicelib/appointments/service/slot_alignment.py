"""Aligning a hall's slots with its timetable, and finding whose bookings no longer fit."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import COMING, Appointment, AppointmentStatus
from chalicelib.appointments.domain.slots import HORIZON_DAYS, Slot, holder_of
from chalicelib.appointments.service import booking_limits, changes, lookup, timetable
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES, Office
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time

_HANDS: Final = 16
Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Realignment:
    """What a change of the timetable did, and the bookings that no longer fit it.

    `displaced` keep their lost time as it is, but not the seat that was held as their new one.
    """

    opened: int
    closed: int
    affected: tuple[Appointment, ...]
    displaced: tuple[Appointment, ...] = ()


def realign(office_id: str, now: datetime) -> Realignment:
    """Make, close, reopen and resize the coming slots of a hall; idempotent.

    Bookings stay what they are: those in slots that are closed or too small now are returned.
    What shrinks does so first, and only then is counted what else can be sold.
    """
    office = catalogue.office(office_id)
    there, aligned = _look(office, now)
    shrinking = [s for s in aligned if (old := there.get(_name(s))) and s.capacity < _open(old)]
    if shrinking:
        _resize(shrinking)
        known, (there, aligned) = there, _look(office, now)
    else:
        known = there
    _resize([s for s in aligned if (old := there.get(_name(s))) and s.capacity != _open(old)])
    new = [slot for slot in aligned if slot.capacity and _name(slot) not in there]
    storage.create_slots(new)
    before = {name: _open(slot) for name, slot in known.items()}
    affected, displaced = _hit(aligned)
    return Realignment(
        opened=sum(1 for s in aligned if s.capacity and not before.get(_name(s))),
        closed=sum(1 for s in aligned if not s.capacity and before.get(_name(s))),
        affected=affected,
        displaced=displaced,
    )


def preview(office: Office, now: datetime) -> tuple[Appointment, ...]:
    """Return whose bookings would not fit if a hall were so; changes nothing."""
    there, aligned = _look(office, now)
    shrunk = {
        name: replace(old, closed=not s.capacity, capacity=s.capacity or old.capacity)
        for s in aligned
        if (old := there.get(name := _name(s))) and s.capacity < _open(old)
    }
    affected, _ = _hit(_aligned(office, {**there, **shrunk}, now))
    return affected


def cancel_affected(
    actor: str, affected: Sequence[Appointment], office: Office | None, now: datetime
) -> None:
    """Cancel bookings for the hall; their citizens learn it from the event. Idempotent.

    The event says the reason of the last of the hall's closures that takes some of the time, in the
    staff's words for the public; a change of hours has none.
    """
    for appointment in affected:
        _cancel(Author(actor, now), appointment, office)


def _cancel(author: Author, affected: Appointment, office: Office | None) -> None:
    def decide(old: Appointment) -> Decided | None:
        if old.status not in COMING or old.slot != affected.slot:
            return None
        new = replace(old, status=AppointmentStatus.CANCELLED)
        facts = {
            "status": "cancelled",
            "slot": old.slot.slot_id,
            "reason": "hall_closed",
            **_closure(office, old),
        }
        effects = Effects(ended_for=tuple(booking_limits.guard_of(old.person)[1]))
        return changes.decided(new, "appointment.cancelled", facts, effects)

    changes.apply(lambda: lookup.load(affected.appointment_id), decide, author)


def _closure(office: Office | None, old: Appointment) -> dict[str, str]:
    closure = office.closure(old.slot.category, old.start, old.end) if office else None
    return {"closure": closure.reason} if closure else {}


def _look(office: Office, now: datetime) -> tuple[dict[Name, Slot], list[Slot]]:
    """Return the coming shards that exist, and all that there should be."""
    today = office_time(now).date()
    stamps = f"{today:%Y%m%d}", f"{today + timedelta(days=HORIZON_DAYS + 1):%Y%m%d}"
    there = {
        _name(slot): slot
        for category in CATEGORIES
        for slot in storage.load_slots(office.office_id, category, *stamps, consistent=True)
    }
    return there, _aligned(office, there, now)


def _aligned(office: Office, there: Mapping[Name, Slot], now: datetime) -> list[Slot]:
    today = office_time(now).date()
    by_category: dict[str, list[Slot]] = {category: [] for category in CATEGORIES}
    for slot in there.values():
        by_category[slot.key.category].append(slot)
    return [
        slot
        for category, shards in by_category.items()
        for slot in timetable.aligned_days(office, category, today, shards, now)
    ]


def _resize(slots: list[Slot]) -> None:
    with ThreadPoolExecutor(_HANDS) as hands:
        list(hands.map(lambda s: storage.resize_slot(s.key, s.shard, s.capacity), slots))


def _name(slot: Slot) -> Name:
    return slot.key.slot_id, slot.shard


def _open(slot: Slot) -> int:
    return 0 if slot.closed else slot.capacity


def _hit(aligned: Sequence[Slot]) -> tuple[tuple[Appointment, ...], tuple[Appointment, ...]]:
    """Return whose bookings no longer fit, by time, and whose held new times do not.

    Of those in one shard a seat that is held goes first, and then who booked last.
    """
    over = [slot for slot in aligned if len(slot.seats) > slot.capacity]
    seats = {(one, slot.key, slot.shard) for slot in over for one in slot.seats}
    holders = storage.load_many({holder_of(one) for one, _, _ in seats})
    coming = {a.seat_id: a for a in holders if a.status in COMING}
    held = {a.new_time.held.seat_id: a for a in coming.values() if a.new_time and a.new_time.held}
    affected: dict[str, Appointment] = {}
    displaced: dict[str, Appointment] = {}
    for slot in over:
        booked = sorted((coming[one] for one in slot.seats if one in coming), key=_by_booking)
        there = sorted((held[one] for one in slot.seats if one in held), key=_by_booking)
        # A seat that nobody's booking holds any more is swept.
        others = len(slot.seats) - len(booked) - len(there)
        hit = booked[max(0, slot.capacity - others) :]
        affected |= {one.appointment_id: one for one in hit}
        lost = there[max(0, slot.capacity - others - len(booked)) :]
        displaced |= {one.appointment_id: one for one in lost}
    return _by_time(affected.values()), _by_time(displaced.values())


def _by_booking(appointment: Appointment) -> tuple[datetime, str]:
    return appointment.created_at, appointment.appointment_id


def _by_time(appointments: Iterable[Appointment]) -> tuple[Appointment, ...]:
    return tuple(sorted(appointments, key=lambda a: (a.start, a.appointment_id)))
