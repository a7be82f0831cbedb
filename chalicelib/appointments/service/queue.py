"""The queue of a hall: walk-ins join it, counters call the next, citizens see who is ahead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue
from chalicelib.appointments.domain.appointments import WALK_IN, Appointment, AppointmentStatus
from chalicelib.appointments.domain.booking_limits import excused, forgiven, missed
from chalicelib.appointments.domain.queue import Counter, QueueEmpty, StepRequest
from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.appointments.service import booking_limits, changes, lookup
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import Effects
from chalicelib.catalogue import service as catalogue
from chalicelib.core import idempotency
from chalicelib.core.auth import Staff
from chalicelib.core.cache import TimedCache
from chalicelib.core.changes import Applied, Author, until_stored
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, StaleVersion, WrongStatus
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id

_ID_LENGTH: Final = 8
# (order, appointment id) of everybody in a hall, in order.
Line = list[tuple[str, str]]
# The queues as they were a moment ago, by day and hall, for the many who look at them.
_lines: Final = TimedCache[str, Line](2.0)


@dataclass(frozen=True, slots=True)
class Position:
    """Where somebody stands; without a place in the queue nobody can tell."""

    status: AppointmentStatus
    ahead: int | None
    wait_minutes: int | None
    counter: str | None


def position(appointment: Appointment) -> Position:
    """Return how many of the same counters' people are ahead, and about how long that takes."""
    place, key = appointment.place, queue.queue_key(appointment)
    if place is None or key is None:
        return Position(appointment.status, None, None, place.counter if place else None)
    if appointment.status is not AppointmentStatus.CHECKED_IN:
        return Position(appointment.status, 0, 0, place.counter)
    day, order = key
    mine, slot = (order, appointment.appointment_id), appointment.slot
    line = _lines.load(day, lambda: storage.list_queue(day))
    others = [other for other in line if _category(other[0]) == slot.category]
    waiting_others = [other for other in others if other[0].startswith(queue.WAITING)]
    ahead = sum(1 for other in waiting_others if other < mine)
    group = catalogue.current().groups.get((slot.office_id, slot.category))
    if group is None:
        return Position(appointment.status, ahead, None, place.counter)
    # Whoever is called or served stands at a counter that is open; the others may be shut.
    busy = len(others) - len(waiting_others)
    counters = min(busy or group.counters, group.counters)
    at_once = counters * (group.capacity // group.counters)
    minutes = -(-ahead // at_once) * group.minutes
    return Position(appointment.status, ahead, minutes, place.counter)


def waiting(staff: Staff, office_id: str, now: datetime) -> list[Appointment]:
    """Return who is in the hall now: the called, the served, and who waits, in order."""
    lookup.check_office(staff, office_id)
    ids = [appointment_id for _, appointment_id in storage.list_queue(_day(office_id, now))]
    known = {a.appointment_id: a for a in storage.load_many(set(ids))}
    return [known[appointment_id] for appointment_id in ids if appointment_id in known]


def join(
    staff: Staff, office_id: str, service_id: str, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Give a walk-in a ticket. Idempotent. Raises NotFound or InvalidRequest."""
    lookup.check_office(staff, office_id)
    stranger = _stranger(office_id, service_id, attempt, now)
    counter = storage.ticket_counter(office_id, f"{office_time(now):%Y%m%d}")
    last_ticket = 0

    def load() -> Appointment:
        nonlocal last_ticket
        known, last_ticket = storage.load_with_ticket(stranger.appointment_id, counter)
        return known or stranger

    def decide(old: Appointment) -> Decided | None:
        if old.version:
            return None
        ticket = f"W{last_ticket + 1:03}"
        facts = {"ticket": ticket, "service": service_id, "office": office_id}
        effects = Effects(ticket=(counter, last_ticket + 1))
        new = queue.arrived(old, ticket, now)
        return changes.decided(new, "appointment.walked_in", facts, effects)

    applied = changes.apply(load, decide, Author(staff.actor, now, attempt))
    return replace(applied, replayed=not applied.changed)


def call_next(
    staff: Staff, counter: Counter, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Call the first who is due to a counter, never the same one to two. Idempotent.

    Raises NotFound or QueueEmpty.
    """
    lookup.check_office(staff, counter.office_id)
    service_id = counter.service_id
    category = catalogue.service(service_id).category if service_id else None

    def call() -> Applied[Appointment] | None:
        line = storage.list_queue(_day(counter.office_id, now))
        again = _called_before(line, attempt)
        if again:
            return Applied(again, again, replayed=True)
        due = [
            appointment_id
            for order, appointment_id in line
            if order.startswith(queue.WAITING) and category in (None, _category(order))
        ]
        if not due:
            raise QueueEmpty
        calls = (_call(staff, one, counter.name, attempt, now) for one in due)
        return next((called for called in calls if called), None)

    return until_stored(call)


def step(
    staff: Staff, appointment_id: str, request: StepRequest, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Recall, start, fulfil, mark as missed, void, or undo the last of these. Idempotent.

    Raises NotFound, WrongStatus, StaleVersion, or AlreadyBooked when another was booked since.
    """

    def decide(old: Appointment) -> Decided | None:
        if request.version not in (None, old.version):
            raise StaleVersion(current=old.status)
        new = queue.stepped(old, request.step, now)
        reason = {"reason": request.reason} if request.reason else {}
        facts = {**_facts(new), **reason}
        return changes.decided(new, queue.EVENTS[request.step], facts, _effects(old, new, now))

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: lookup.of_hall(staff, appointment_id), decide, author)


def excuse(
    staff: Staff, appointment_id: str, reason: str, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Take back the strike of somebody who did not come; a second time changes nothing.

    Idempotent. Raises NotFound or WrongStatus.
    """

    def decide(old: Appointment) -> Decided | None:
        if old.status is not AppointmentStatus.NO_SHOW or old.walk_in:
            raise WrongStatus(current=old.status)
        guard, names = booking_limits.guard_of(old.person)
        if old.strike not in guard.no_shows:
            return None
        effects = Effects(guard=(names[-1], excused(guard, old)))
        return changes.decided(old, "appointment.excused", {"reason": reason}, effects)

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: lookup.of_hall(staff, appointment_id), decide, author)


def _stranger(office_id: str, service_id: str, attempt: Attempt, now: datetime) -> Appointment:
    """Return a walk-in who has no ticket yet; raises InvalidRequest."""
    service = catalogue.current().services.get(service_id)
    if service is None or (office_id, service.category) not in catalogue.current().groups:
        raise lookup.unknown("/service_id")
    group = catalogue.group(office_id, service.category)
    today = f"{office_time(now):%Y%m%d}"
    citizen_id = WALK_IN + derived_id(office_id, today, length=_ID_LENGTH - len(WALK_IN))
    start = now.replace(second=0, microsecond=0)
    return Appointment(
        appointment_id=citizen_id + attempt.id_for("walk_in", _ID_LENGTH),
        citizen_id=citizen_id,
        person=citizen_id,
        service_id=service_id,
        slot=SlotKey(office_id, service.category, start),
        shard=0,
        seat_id="",
        end=start + timedelta(minutes=group.minutes),
        status=AppointmentStatus.BOOKED,
        for_member=None,
        created_at=now,
        version=0,
    )


def _call(
    staff: Staff, appointment_id: str, counter: str, attempt: Attempt, now: datetime
) -> Applied[Appointment] | None:
    """Call one who is due; None when somebody else was faster."""

    def decide(old: Appointment) -> Decided | None:
        if old.status is not AppointmentStatus.CHECKED_IN:
            return None
        new = queue.called(old, counter, now)
        return changes.decided(new, "appointment.called", _facts(new))

    author = Author(staff.actor, now, attempt)
    try:
        # The index follows its table: it may still show as waiting whom this attempt has called.
        applied = changes.apply(lambda: lookup.load(appointment_id), decide, author)
    except NotFound:
        return None
    return applied if applied.changed or applied.replayed else None


def _called_before(line: Line, attempt: Attempt) -> Appointment | None:
    called = {one for order, one in line if not order.startswith(queue.WAITING)}
    if not called:
        return None
    known = storage.load_many(called)
    return next((a for a in known if idempotency.already_applied(a.ledger, attempt)), None)


def _facts(appointment: Appointment) -> Mapping[str, str]:
    facts = {"status": appointment.status.value}
    if appointment.ticket_number:
        facts["ticket"] = appointment.ticket_number
    if appointment.place and appointment.place.counter:
        facts["counter"] = appointment.place.counter
    return facts


def _effects(old: Appointment, new: Appointment, now: datetime) -> Effects:
    """Return how the person's guard changes where an appointment ends, or is open again."""
    if old.active == new.active or old.walk_in:
        return Effects()
    guard, names = booking_limits.guard_of(old.person)
    if new.active:
        return Effects(guard=(names[-1], forgiven(guard, old)))
    # Whoever came and was not there when called has missed nothing: that is no strike.
    strike = new.status is AppointmentStatus.NO_SHOW and old.place is None
    return Effects(ended_for=tuple(names), missed=missed(guard, old, now) if strike else None)


def _category(order: str) -> str:
    return order.partition("#")[2]


def _day(office_id: str, now: datetime) -> str:
    return f"{office_id}#{office_time(now):%Y%m%d}"
