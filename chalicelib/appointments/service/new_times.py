"""Asking for a new time whoever a hall can no longer serve at the booked one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import COMING, Appointment, AppointmentStatus
from chalicelib.appointments.domain.new_times import ALTERNATIVES, NewTime, move_by, nearest
from chalicelib.appointments.domain.slots import HORIZON_DAYS, Seat, SlotClosed, SlotFull, SlotKey
from chalicelib.appointments.service import (
    availability,
    booking_limits,
    changes,
    lookup,
    seats,
    timetable,
)
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects, Move
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Office
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import derived_id
from chalicelib.identity import service as identity
from chalicelib.identity.service import visitors

_ACTOR: Final = "system:release_expired"
_SEAT_SUFFIX: Final = 3
_PURPOSE: Final = "reception"
_DAY: Final = timedelta(days=1)


def ask(actor: str, affected: Sequence[Appointment], office: Office, now: datetime) -> None:
    """Tell bookings of a hall that need a new time, with three of which the first is held.

    Who has the shortest notice is told first; who was told before is not told again. Idempotent.
    """
    free = _FreeTimes(now)
    for appointment in sorted(affected, key=lambda one: one.start):
        _ask(Author(actor, now), appointment, office, free)


def offer_others(actor: str, displaced: Sequence[Appointment], now: datetime) -> None:
    """Offer other times to whom one is held that a hall cannot serve any more. Idempotent.

    By when they answer stays.
    """
    free = _FreeTimes(now)
    for appointment in displaced:
        _offer_others(Author(actor, now), appointment, free)


def keep(actor: str, office: Office, affected: Sequence[Appointment], now: datetime) -> None:
    """Let those keep their time who were asked for a new one and are affected no more."""
    hit = {one.appointment_id for one in affected}
    known = storage.load_many({one.appointment_id for one in _moves(office.office_id, now)})
    for appointment in known:
        is_hit = appointment.appointment_id in hit or appointment.slot.office_id != office.office_id
        if appointment.new_time and not is_hit:
            _keep(Author(actor, now), appointment)


def cancel_unanswered(office_id: str, now: datetime) -> None:
    """Cancel the bookings of a hall that were asked for a new time and gave no answer in time."""
    soon = f"{office_time(now + _DAY):%Y%m%d%H%M}"
    moves = storage.list_moves(office_id, f"{office_time(now - _DAY):%Y%m%d}", soon)
    for appointment in storage.load_many({one.appointment_id for one in moves}):
        if _is_due(appointment, now):
            _cancel(Author(_ACTOR, now), appointment.appointment_id)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who was asked for a new time, as staff see them."""

    office_id: str
    move: Move
    appointment: Appointment
    name: str | None
    phone: str | None

    @property
    def lost_slot_id(self) -> str:
        """Return the slot that they lost; who moves keeps the category."""
        return f"{self.office_id}.{self.appointment.slot.category}.{self.move.stamp}"

    @property
    def answer(self) -> str | None:
        """Return what they chose: moved, cancelled or kept; None while they gave no answer."""
        if self.appointment.new_time and self.appointment.status in COMING:
            return None
        if self.appointment.slot.stamp != self.move.stamp:
            return "moved"
        return "kept" if self.appointment.active else "cancelled"


def asked(staff: Staff, office_id: str, now: datetime) -> list[Asked]:
    """Return whom a hall asked for new times that are to come; the looks are recorded."""
    lookup.check_office(staff, office_id)
    moves = _moves(office_id, now)
    known = {a.appointment_id: a for a in storage.load_many({one.appointment_id for one in moves})}
    whom = {one: (a.citizen_id, a.for_member) for one, a in known.items()}
    clear = visitors.visitors_in_clear(whom.values())

    def look(move: Move) -> Asked:
        appointment = known[move.appointment_id]
        person = clear.get(whom[move.appointment_id])
        if person is None:
            return Asked(office_id, move, appointment, None, None)
        what = f"appointment:{move.appointment_id}"
        identity.record_access(
            appointment.citizen_id, staff, _PURPOSE, what, now, office_id=office_id
        )
        return Asked(office_id, move, appointment, person.get("name"), person.get("phone"))

    return parallel.map_concurrently(look, [one for one in moves if one.appointment_id in known])


def note_call(staff: Staff, appointment_id: str, now: datetime) -> None:
    """Note that somebody who was asked for a new time was telephoned. Idempotent.

    Raises NotFound.
    """
    appointment = lookup.of_hall(staff, appointment_id)
    if not storage.note_call(appointment.slot, appointment_id, staff.actor, now):
        raise NotFound


class _FreeTimes:
    """The free slots of counter groups, read once for all who are asked together."""

    def __init__(self, now: datetime) -> None:
        self.now, self._known = now, dict[tuple[str, str, str], dict[SlotKey, int]]()

    def near(self, lost: Appointment, until: datetime) -> Iterator[SlotKey]:
        """Yield free slots, the own hall's first, each as long as it is known to have a seat."""
        own, category = lost.slot.office_id, lost.slot.category
        halls = [hall for hall, each in catalogue.current().groups if each == category]
        for hall in sorted(halls, key=lambda one: (-_alike(own, one), one)):
            slots = self._of((hall, category), lost.service_id)
            for slot in nearest(list(slots), lost.start, until):
                if slots[slot] > 0 and slot != lost.slot:
                    yield slot

    def take(self, slot: SlotKey, service_id: str) -> None:
        """Count one seat less."""
        self._of((slot.office_id, slot.category), service_id)[slot] -= 1

    def _of(self, group: tuple[str, str], service_id: str) -> dict[SlotKey, int]:
        # What takes several slots has times of its own; whether one is left is told by claiming it.
        long = service_id if availability.takes(group, service_id) else ""
        name = *group, long
        if name not in self._known:
            today = office_time(self.now).date()
            days = availability.days(group, long or None, today, HORIZON_DAYS + 1, self.now)
            self._known[name] = {
                one.key: one.remaining
                for slots in days.values()
                for one in slots
                if one.state == "open" and timetable.is_open(one.key, one.end)
            }
        return self._known[name]


def _ask(author: Author, affected: Appointment, office: Office, free: _FreeTimes) -> None:
    def decide(old: Appointment) -> Decided | None:
        if old.status not in COMING or old.slot != affected.slot or old.new_time:
            return None
        until = move_by(old.start, author.now)
        held, alternatives = _offer(old, free, until)
        closure = office.closure(old.slot.category, old.start, old.end)
        reason = closure.reason if closure else ""
        offered = NewTime(reason, until, alternatives, held)
        return _needed(old, offered, Effects(asked_at=author.now))

    changes.apply(lambda: lookup.load(affected.appointment_id), decide, author)


def _offer_others(author: Author, displaced: Appointment, free: _FreeTimes) -> None:
    def decide(old: Appointment) -> Decided | None:
        if old.status not in COMING or old.new_time is None or old.new_time != displaced.new_time:
            return None
        held, alternatives = _offer(old, free, old.new_time.move_by)
        offered = replace(old.new_time, alternatives=alternatives, held=held)
        return _needed(old, offered, Effects())

    changes.apply(lambda: lookup.load(displaced.appointment_id), decide, author)


def _needed(old: Appointment, offered: NewTime, effects: Effects) -> Decided:
    """Return that somebody is asked for a new time, as their event says it."""
    facts = {
        "slot": old.slot.slot_id,
        "reason": "hall_closed",
        "closure": offered.reason,
        "until": offered.move_by.isoformat(),
    }
    new = replace(old, new_time=offered)
    return changes.decided(new, "appointment.new_time_needed", facts, effects)


def _offer(
    lost: Appointment, free: _FreeTimes, until: datetime
) -> tuple[Seat | None, tuple[SlotKey, ...]]:
    """Hold a seat in the first time that has one, and name two times more."""
    suffix = derived_id("new_time", lost.slot.slot_id, str(lost.version), length=_SEAT_SUFFIX)
    held: Seat | None = None
    named: list[SlotKey] = []
    for slot in free.near(lost, until):
        if held is None:
            try:
                wanted = Seat(slot, 0, lost.appointment_id + suffix)
                held = seats.claim(wanted, lost.service_id, free.now).seat
            except (SlotFull, SlotClosed):
                continue
            free.take(slot, lost.service_id)
        named.append(slot)
        if len(named) == ALTERNATIVES:
            break
    return held, tuple(named)


def _keep(author: Author, kept: Appointment) -> None:
    def decide(old: Appointment) -> Decided | None:
        if old.status not in COMING or old.new_time is None or old.slot != kept.slot:
            return None
        facts = {"slot": old.slot.slot_id, "status": old.status.value}
        return changes.decided(replace(old, new_time=None), "appointment.time_kept", facts)

    changes.apply(lambda: lookup.load(kept.appointment_id), decide, author)


def _cancel(author: Author, appointment_id: str) -> Applied[Appointment]:
    def decide(old: Appointment) -> Decided | None:
        if not _is_due(old, author.now) or old.new_time is None:
            return None
        facts = {
            "status": "cancelled",
            "slot": old.slot.slot_id,
            "reason": "hall_closed",
            "closure": old.new_time.reason,
        }
        effects = Effects(ended_for=tuple(booking_limits.guard_of(old.person)[1]))
        new = replace(old, status=AppointmentStatus.CANCELLED)
        return changes.decided(new, "appointment.cancelled", facts, effects)

    return changes.apply(lambda: lookup.load(appointment_id), decide, author)


def _is_due(appointment: Appointment, now: datetime) -> bool:
    offered = appointment.new_time if appointment.status in COMING else None
    return offered is not None and offered.move_by <= now


def _moves(office_id: str, now: datetime) -> list[Move]:
    return storage.list_moves(office_id, f"{office_time(now):%Y%m%d}", "9")


def _alike(one: str, other: str) -> int:
    """Return how much two halls' divisions have in common: a hall's id ends with its code."""
    same: Iterable[bool] = (a == b for a, b in zip(one, other, strict=False))
    return next((n for n, equal in enumerate(same) if not equal), min(len(one), len(other)))
