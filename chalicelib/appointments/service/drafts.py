"""Bookings whose seats are taken and which are not kept yet: one, or those of a group together.

The seats are there first. What stops before the bookings are kept leaves seats that are nobody's,
and the sweep brings them back; who asks again with the same key finishes the same bookings.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import EVENT_OF, Appointment, AppointmentStatus
from chalicelib.appointments.domain.booking_limits import AlreadyBooked, RefusedBooking
from chalicelib.appointments.domain.slots import Seat, TakenSeat
from chalicelib.appointments.service import bookable, booking_limits, openings, seats, visits
from chalicelib.appointments.storage import NewBooking
from chalicelib.catalogue.domain import Service
from chalicelib.core import history, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.cache import TimedCache
from chalicelib.core.changes import until_stored
from chalicelib.core.errors import Problem, TryAgain
from chalicelib.core.history import Entry
from chalicelib.core.idempotency import Attempt
from chalicelib.core.key_notes import KeyNote
from chalicelib.mandates.service import Acting

_ID_LENGTH: Final = 8
# Whom their guard refused since the last sweep: there we look before we leap.
_REFUSED_SECONDS: Final = 15 * 60.0
_refused: Final = TimedCache[str, bool](_REFUSED_SECONDS, size=10_000)


@dataclass(frozen=True, slots=True)
class AtWindow:
    """The member of staff who books for somebody at the window, and why."""

    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """For what a seat is booked, for which member of the family, by whose leave, and by whom."""

    service: Service
    for_member: str | None
    acting: Acting | None
    case_id: str | None = None
    window: AtWindow | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A booking that is not kept yet, with the seat that was taken for it."""

    caller: Citizen
    appointment: Appointment
    entry: Entry
    taken: TakenSeat
    acting: Acting | None
    key: KeyNote | None = None

    def to_keep(self) -> NewBooking:
        """Return what is to be kept, on the condition under which one acts for another."""
        own = self.caller.holds("appointment", self.appointment.appointment_id)
        stands = self.acting.stands if self.acting else own
        return NewBooking(self.appointment, self.entry, stands, self.key)


@dataclass(frozen=True, slots=True)
class Booked:
    """Bookings that were made together; `replayed` says that the same attempt had made them."""

    appointments: tuple[Appointment, ...]
    replayed: bool = False


def id_for(citizen_id: str, attempt: Attempt, number: int = 0) -> str:
    """Return the id of what an attempt books for a citizen, and for others of a group with them."""
    # The first has the id that the same attempt would give to a single one: a key makes one thing.
    kind = f"appointment#{number}" if number else "appointment"
    return citizen_id + attempt.id_for(kind, _ID_LENGTH)


def key_of(
    caller: Citizen, attempt: Attempt, now: datetime, window: AtWindow | None
) -> KeyNote | None:
    """Return the note of the key of a booking that is not for who asks; of their own none."""
    if window:
        return storage.KEYS.of(attempt, now)
    return _own_place(caller, attempt, now) if caller.standing else None


def _own_place(caller: Citizen, attempt: Attempt, now: datetime) -> KeyNote:
    """Return the note that is where a booking for who asks would be."""
    keys = storage.appointment_keys(id_for(caller.calls, attempt))
    return storage.KEYS.of(attempt, now, keys)


def draft(
    caller: Citizen, terms: Terms, taken: TakenSeat, attempt: Attempt, now: datetime
) -> Draft:
    """Return the booking of a seat that was taken for it; raises SlotClosed."""
    service, acting, seat = terms.service, terms.acting, taken.seat
    appointment = Appointment(
        appointment_id=seat.seat_id,
        citizen_id=caller.citizen_id,
        person=_counted_as(caller, acting),
        service_id=service.service_id,
        slot=seat.slot,
        shard=seat.shard,
        seat_id=seat.seat_id,
        end=bookable.end_of(service, seat.slot),
        status=AppointmentStatus.RESERVED if service.prepaid else AppointmentStatus.BOOKED,
        for_member=terms.for_member,
        created_at=now,
        granted_by=caller.standing.granted_by if caller.standing else None,
        ledger=idempotency.note((), attempt, now),
        case_id=terms.case_id,
        further=seat.further,
    )
    entry = _first_entry(appointment, terms.window or AtWindow(caller.actor, ""))
    key = key_of(caller, attempt, now, terms.window)
    return Draft(caller, replace(appointment, head=entry.head), entry, taken, acting, key)


def store(drafts: Sequence[Draft], attempt: Attempt, now: datetime) -> Booked:
    """Keep bookings, all or none; the seats of those that cannot be are given back. Idempotent.

    Raises AlreadyBooked, TooManyActive, TooManyChanges, BookingSuspended, TimeConflict or
    IdempotencyKeyReused; of a group it names the member.
    """
    current = list(drafts)

    def write() -> Booked | None:
        _check_apart(current)
        refused = storage.store_bookings([one.to_keep() for one in current], now)
        if refused is None:
            return Booked(tuple(one.appointment for one in current))
        if not any(one.existing for one in refused):
            mended = [_mended(*pair, now) for pair in zip(current, refused, strict=True)]
            if any(mended):
                current[:] = [new or old for old, new in zip(current, mended, strict=True)]
                return None
        return _existing_or_refused(current, refused, attempt, now)

    return until_stored(write)


def was_refused(caller: Citizen, terms: Terms) -> bool:
    """Tell whether somebody's guard refused them lately.

    They are to be looked at before they take a seat, which others miss while it is taken in vain.
    """
    return _refused.get(_counted_as(caller, terms.acting)) is not None


def look_first(
    caller: Citizen, terms: Terms, wanted: Seat, attempt: Attempt, now: datetime
) -> None:
    """Refuse somebody whose guard refuses them still; raises what `store` raises."""
    tried = draft(caller, terms, TakenSeat(wanted, fresh=False), attempt, now).appointment
    guard, names = booking_limits.guard_of(tried.person)
    booking_limits.refuse(caller, replace(tried, person=names[-1]), guard, now)


def _counted_as(caller: Citizen, acting: Acting | None) -> str:
    return acting.counted_as if acting else caller.person


@contextmanager
def naming(for_member: str | None) -> Iterator[None]:
    """Let what is refused within name the member of a group who stands in the way."""
    try:
        yield
    except TryAgain:
        raise
    except Problem as problem:
        problem.extra.setdefault("for_member", for_member)
        raise


def _first_entry(appointment: Appointment, by: AtWindow) -> Entry:
    reason = {"reason": by.reason} if by.reason else {}
    return history.append(
        appointment.appointment_id,
        history.Head(),
        type_=EVENT_OF[appointment.status],
        at=appointment.created_at,
        actor=by.actor,
        data={
            "service": appointment.service_id,
            "slot": appointment.slot.slot_id,
            "office": appointment.slot.office_id,
            "status": appointment.status.value,
            **visits.facts_of(appointment),
            **reason,
        },
    )


def _check_apart(drafts: Sequence[Draft]) -> None:
    """Refuse a group in which two count as one person; raises AlreadyBooked."""
    persons = set[str]()
    for one in drafts:
        if one.appointment.person in persons:
            seats.give_back(each.taken for each in drafts)
            raise AlreadyBooked(for_member=one.appointment.for_member)
        persons.add(one.appointment.person)


def _mended(old: Draft, refused: RefusedBooking, now: datetime) -> Draft | None:
    """Return a draft that may be kept by now, as its person or their guard was another; or None."""
    guard = refused.guard
    if guard and guard.alias:
        return replace(old, appointment=replace(old.appointment, person=guard.alias))
    if guard and booking_limits.forget_other_days(old.appointment.person, guard, now):
        return replace(old)
    return None


def _existing_or_refused(
    drafts: Sequence[Draft], refused: Sequence[RefusedBooking], attempt: Attempt, now: datetime
) -> Booked:
    """Answer the bookings that are there already, or raise why there can be none."""
    existing = [one.existing for one in refused]
    pairs = list(zip(drafts, existing, strict=True))
    seats.give_back(one.taken for one, there in pairs if not _has_seat(there, one.taken))
    known = [a for a in existing if a and idempotency.already_applied(a.ledger, attempt)]
    if len(known) == len(drafts):
        # The seats were new to this call, and so are the bookings: the answer was lost.
        own = all(d.taken.fresh and there and there.head == d.entry.head for d, there in pairs)
        return Booked(tuple(known), replayed=not own)
    key = drafts[0].key
    if key:
        key.check()
    for one, reason in zip(drafts, refused, strict=True):
        _refuse(one, reason, now, in_group=len(drafts) > 1)
    if key is None:
        _own_place(drafts[0].caller, attempt, now).check()
    if drafts[0].caller.standing:
        drafts[0].caller.standing.check()
    raise TryAgain(retry_after=1)


def _has_seat(existing: Appointment | None, taken: TakenSeat) -> bool:
    if existing is None or not existing.active:
        return False
    return (existing.seat_id, existing.slot) == (taken.seat.seat_id, taken.seat.slot)


def _refuse(one: Draft, refused: RefusedBooking, now: datetime, *, in_group: bool) -> None:
    """Say why a booking was refused, if it still is; raises the problem."""
    member = one.appointment.for_member

    def refuse() -> None:
        if refused.guard:
            _refused.put(_counted_as(one.caller, one.acting), True)
            booking_limits.refuse(one.caller, one.appointment, refused.guard, now)
        # Somebody changed the mandate meanwhile: it may be over.
        if one.acting:
            openings.acting_as(one.caller, member, now)

    if not in_group:
        return refuse()
    with naming(member):
        return refuse()
