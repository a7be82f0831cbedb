"""Bringing a hall's slots into line with its timetable, and finding whom that hits."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.slots import HORIZON_DAYS, Slot
from chalicelib.appointments.service import booking_limits, timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES, Office
from chalicelib.core import history
from chalicelib.core.clock import office_time

_ID_LENGTH: Final = 16
_HANDS: Final = 16
_COMING: Final = (AppointmentStatus.HELD, AppointmentStatus.BOOKED)
Name = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Realigned:
    """What a change of the timetable did, and the bookings that no longer fit it."""

    opened: int
    closed: int
    hit: tuple[Appointment, ...]


def realign(office_id: str, now: datetime) -> Realigned:
    """Make, close, reopen and resize the coming slots of a hall; again is the same.

    Bookings stay what they are: those in slots that are closed or too small now are returned.
    What shrinks does so first, and only then is counted what else can be sold.
    """
    office = catalogue.office(office_id)
    there, wanted = _look(office, now)
    shrinking = [s for s in wanted if (old := there.get(_name(s))) and s.capacity < _open(old)]
    if shrinking:
        _resize(shrinking)
        known, (there, wanted) = there, _look(office, now)
    else:
        known = there
    _resize([s for s in wanted if (old := there.get(_name(s))) and s.capacity != _open(old)])
    new = [slot for slot in wanted if slot.capacity and _name(slot) not in there]
    storage.create_slots(new)
    before = {name: _open(slot) for name, slot in known.items()}
    return Realigned(
        opened=sum(1 for s in wanted if s.capacity and not before.get(_name(s))),
        closed=sum(1 for s in wanted if not s.capacity and before.get(_name(s))),
        hit=_hit(wanted),
    )


def preview(office: Office, now: datetime) -> tuple[Appointment, ...]:
    """Return whom it would hit if a hall were so; changes nothing."""
    there, wanted = _look(office, now)
    shrunk = {
        name: replace(old, closed=not s.capacity, capacity=s.capacity or old.capacity)
        for s in wanted
        if (old := there.get(name := _name(s))) and s.capacity < _open(old)
    }
    return _hit(_wanted(office, {**there, **shrunk}, now))


def cancel_hit(
    actor: str, hit: Sequence[Appointment], office: Office | None, now: datetime
) -> None:
    """Cancel bookings for the hall; their citizens learn it from the event. Again is the same.

    The event says the reason of the last of the hall's closures that takes some of the time, in the
    staff's words for the public; a change of hours has none.
    """
    for one in hit:
        old = storage.load(one.appointment_id)
        if old is None or old.status not in _COMING or old.slot != one.slot:
            continue
        entry = history.append(
            old.appointment_id,
            old.head,
            type_="appointment.cancelled",
            at=now,
            actor=actor,
            data={
                "status": "cancelled",
                "slot": old.slot.slot_id,
                "reason": "hall_closed",
                **_closure(office, old),
            },
        )
        new = replace(
            old, status=AppointmentStatus.CANCELLED, version=old.version + 1, head=entry.head
        )
        guards = booking_limits.guard_of(old.person)[1]
        if storage.store_change(old, new, entry, frees=True, guards=guards):
            storage.free_seat(old.slot, old.shard, old.seat, old.appointment_id, old.hold)


def _closure(office: Office | None, old: Appointment) -> dict[str, str]:
    found = office.closure(old.slot.category, old.start, old.end) if office else None
    return {"closure": found.reason} if found else {}


def _look(office: Office, now: datetime) -> tuple[dict[Name, Slot], list[Slot]]:
    """Return the coming shards that exist, and all that there should be."""
    today = office_time(now).date()
    stamps = f"{today:%Y%m%d}", f"{today + timedelta(days=HORIZON_DAYS + 1):%Y%m%d}"
    there = {
        _name(slot): slot
        for category in CATEGORIES
        for slot in storage.load_slots(office.office_id, category, *stamps, consistent=True)
    }
    return there, _wanted(office, there, now)


def _wanted(office: Office, there: Mapping[Name, Slot], now: datetime) -> list[Slot]:
    today = office_time(now).date()
    by_category: dict[str, list[Slot]] = {category: [] for category in CATEGORIES}
    for slot in there.values():
        by_category[slot.key.category].append(slot)
    return [
        slot
        for category, found in by_category.items()
        for slot in timetable.aligned_days(office, category, today, found, now)
    ]


def _resize(slots: list[Slot]) -> None:
    with ThreadPoolExecutor(_HANDS) as hands:
        list(hands.map(lambda s: storage.resize_slot(s.key, s.shard, s.capacity), slots))


def _name(slot: Slot) -> Name:
    return slot.key.slot_id, slot.shard


def _open(slot: Slot) -> int:
    return 0 if slot.closed else slot.capacity


def _hit(wanted: Sequence[Slot]) -> tuple[Appointment, ...]:
    seats = {seat for slot in wanted for seat in sorted(slot.seats)[slot.capacity :]}
    found = storage.load_many({seat[:_ID_LENGTH] for seat in seats})
    hit = [a for a in found if a.status in _COMING and a.seat in seats]
    return tuple(sorted(hit, key=lambda a: (a.start, a.appointment_id)))
