"""The queue of a hall: walk-ins join it, counters call the next, citizens see who is ahead."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue
from chalicelib.appointments.domain.appointments import WALK_IN, Appointment, AppointmentStatus
from chalicelib.appointments.domain.booking_limits import Guard, excused, forgiven, missed
from chalicelib.appointments.domain.queue import QueueEmpty, Step
from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.appointments.service import lookup
from chalicelib.appointments.service.booking_limits import guard_of
from chalicelib.catalogue import service as catalogue
from chalicelib.core import history, idempotency
from chalicelib.core.auth import Staff
from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import office_time
from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    NotFound,
    StaleVersion,
    TryAgain,
    WrongStatus,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id

_TRIES: Final = 60
_ID_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Position:
    """Where somebody stands; without a turn nobody can tell."""

    status: AppointmentStatus
    ahead: int | None
    wait_minutes: int | None
    counter: str | None


# The queues as they were a moment ago, by day and hall, for the many who look at them.
_places: Final = TimedCache[str, list[tuple[str, str]]](2.0)


def position(appointment: Appointment) -> Position:
    """Return how many of the same counters' people are ahead, and about how long that takes."""
    turn, line = appointment.turn, queue.queue_of(appointment)
    if turn is None or line is None:
        return Position(appointment.status, None, None, turn.counter if turn else None)
    if appointment.status is not AppointmentStatus.CHECKED_IN:
        return Position(appointment.status, 0, 0, turn.counter)
    day, place = line
    mine, slot = (place, appointment.appointment_id), appointment.slot
    places = _places.load(day, lambda: storage.list_queue(day))
    others = [other for other in places if _category(other[0]) == slot.category]
    waiting = [other for other in others if other[0].startswith(queue.WAITING)]
    ahead = sum(1 for other in waiting if other < mine)
    group = catalogue.current().groups.get((slot.office_id, slot.category))
    if group is None:
        return Position(appointment.status, ahead, None, turn.counter)
    # Whoever is called or served stands at a counter that is open; the others may be shut.
    busy = len(others) - len(waiting)
    counters = min(busy or group.counters, group.counters)
    at_once = counters * (group.capacity // group.counters)
    return Position(appointment.status, ahead, -(-ahead // at_once) * group.minutes, turn.counter)


def waiting(staff: Staff, office_id: str, now: datetime) -> list[Appointment]:
    """Return who is in the hall now: the called, the served, and who waits, in order."""
    lookup.check_office(staff, office_id)
    places = storage.list_queue(_day(office_id, now))
    known = {a.appointment_id: a for a in storage.load_many({found for _, found in places})}
    return [known[found] for _, found in places if found in known]


def join(
    staff: Staff, office_id: str, service_id: str, attempt: Attempt, now: datetime
) -> tuple[Appointment, bool]:
    """Give a walk-in a ticket; raises NotFound or InvalidRequest."""
    lookup.check_office(staff, office_id)
    service = catalogue.current().services.get(service_id)
    if service is None or (office_id, service.category) not in catalogue.current().groups:
        error = FieldError("/service_id", "unknown", Text("没有找到", "Not found"))
        raise InvalidRequest(errors=[error])
    group = catalogue.group(office_id, service.category)
    today = f"{office_time(now):%Y%m%d}"
    citizen_id = WALK_IN + derived_id(office_id, today, length=_ID_LENGTH - len(WALK_IN))
    appointment_id = citizen_id + attempt.id_for("walk_in", _ID_LENGTH)
    start = now.replace(second=0, microsecond=0)
    stranger = Appointment(
        appointment_id=appointment_id,
        citizen_id=citizen_id,
        person=citizen_id,
        service_id=service_id,
        slot=SlotKey(office_id, service.category, start),
        shard=0,
        seat="",
        end=start + timedelta(minutes=group.minutes),
        status=AppointmentStatus.BOOKED,
        for_member=None,
        created_at=now,
        ledger=idempotency.note((), attempt, now),
    )
    counter = storage.ticket_counter(office_id, today)
    for _ in range(_TRIES):
        found, last = storage.load_with_ticket(appointment_id, counter)
        if found:
            idempotency.already_applied(found.ledger, attempt)
            return found, True
        ticket = f"W{last + 1:03}"
        entry = history.append(
            appointment_id,
            history.Head(),
            type_="appointment.walked_in",
            at=now,
            actor=staff.actor,
            data={"ticket": ticket, "service": service_id, "office": office_id},
        )
        new = replace(queue.arrived(stranger, ticket, now), head=entry.head)
        if storage.store_walk_in(new, entry, (counter, last + 1)):
            return new, False
    raise TryAgain(retry_after=1)


def call_next(  # noqa: PLR0913 - a call has these facts.
    staff: Staff,
    office_id: str,
    counter: str,
    service_id: str | None,
    attempt: Attempt,
    now: datetime,
) -> tuple[Appointment, bool]:
    """Call the first who is due to a counter, never the same one to two.

    `service_id` limits it to the counters' group of that service. A retry finds whom it called.
    Raises NotFound or QueueEmpty.
    """
    lookup.check_office(staff, office_id)
    category = catalogue.service(service_id).category if service_id else None
    for _ in range(_TRIES):
        places = storage.list_queue(_day(office_id, now))
        again = _called_before(places, attempt)
        if again:
            return again, True
        candidates = [
            found
            for place, found in places
            if place.startswith(queue.WAITING) and category in (None, _category(place))
        ]
        if not candidates:
            raise QueueEmpty
        for appointment_id in candidates:
            called = _call(staff, appointment_id, counter, attempt, now)
            if called:
                return called
    raise TryAgain(retry_after=1)


def step(  # noqa: PLR0913 - a step has these facts.
    staff: Staff,
    appointment_id: str,
    wanted: Step,
    version: int | None,
    attempt: Attempt,
    now: datetime,
    reason: str | None = None,
) -> tuple[Appointment, bool]:
    """Recall, start, fulfil, mark as missed, void, or undo the last of these.

    Raises NotFound, WrongStatus, StaleVersion, or AlreadyBooked when another was booked since.
    """
    for _ in range(_TRIES):
        old = storage.load(appointment_id)
        if old is None or old.slot.office_id not in staff.office_ids:
            raise NotFound
        if idempotency.already_applied(old.ledger, attempt):
            return old, True
        if version not in (None, old.version):
            raise StaleVersion(current=old.status)
        new = _noted(old, queue.stepped(old, wanted, now), attempt, now)
        entry = history.append(
            appointment_id,
            old.head,
            type_=queue.EVENTS[wanted],
            at=now,
            actor=staff.actor,
            data=_facts(new) | ({"reason": reason} if reason else {}),
        )
        new = replace(new, head=entry.head)
        guards, no_show, guard = _guards(old, new, now)
        if storage.store_change(old, new, entry, guards=guards, no_show=no_show, guard=guard):
            return new, False
    raise TryAgain(retry_after=1)


def excuse(
    staff: Staff, appointment_id: str, reason: str, attempt: Attempt, now: datetime
) -> tuple[Appointment, bool]:
    """Take back the strike of somebody who did not come; a second time changes nothing.

    Raises NotFound or WrongStatus.
    """
    for _ in range(_TRIES):
        old = storage.load(appointment_id)
        if old is None or old.slot.office_id not in staff.office_ids:
            raise NotFound
        if idempotency.already_applied(old.ledger, attempt):
            return old, True
        if old.status is not AppointmentStatus.NO_SHOW or old.walk_in:
            raise WrongStatus(current=old.status)
        guard, persons = guard_of(old.person)
        if old.strike not in guard.no_shows:
            return old, False
        entry = history.append(
            appointment_id,
            old.head,
            type_="appointment.excused",
            at=now,
            actor=staff.actor,
            data={"reason": reason},
        )
        new = replace(_noted(old, old, attempt, now), head=entry.head)
        if storage.store_change(old, new, entry, guard=(persons[-1], excused(guard, old))):
            return new, False
    raise TryAgain(retry_after=1)


def _call(
    staff: Staff, appointment_id: str, counter: str, attempt: Attempt, now: datetime
) -> tuple[Appointment, bool] | None:
    old = storage.load(appointment_id)
    # The index follows its table: it may still show as waiting whom this attempt has called.
    if old and idempotency.already_applied(old.ledger, attempt):
        return old, True
    if old is None or old.status is not AppointmentStatus.CHECKED_IN:
        return None
    new = _noted(old, queue.called(old, counter, now), attempt, now)
    entry = history.append(
        appointment_id,
        old.head,
        type_="appointment.called",
        at=now,
        actor=staff.actor,
        data=_facts(new),
    )
    new = replace(new, head=entry.head)
    return (new, False) if storage.store_change(old, new, entry) else None


def _called_before(places: list[tuple[str, str]], attempt: Attempt) -> Appointment | None:
    called = {found for place, found in places if not place.startswith(queue.WAITING)}
    if not called:
        return None
    known = storage.load_many(called)
    return next((a for a in known if idempotency.already_applied(a.ledger, attempt)), None)


def _noted(old: Appointment, new: Appointment, attempt: Attempt, now: datetime) -> Appointment:
    ledger = idempotency.note(old.ledger, attempt, now)
    return replace(new, version=old.version + 1, ledger=ledger)


def _facts(appointment: Appointment) -> dict[str, str]:
    facts = {"status": appointment.status.value}
    if appointment.ticket_number:
        facts["ticket"] = appointment.ticket_number
    if appointment.turn and appointment.turn.counter:
        facts["counter"] = appointment.turn.counter
    return facts


def _guards(
    old: Appointment, new: Appointment, now: datetime
) -> tuple[list[str], Guard | None, tuple[str, Guard] | None]:
    """Return whose guards count it no longer, the guard after a strike, and one after an undo."""
    if old.active == new.active or old.walk_in:
        return [], None, None
    guard, persons = guard_of(old.person)
    if new.active:
        return [], None, (persons[-1], forgiven(guard, old))
    # Whoever came and was not there when called has missed nothing: that is no strike.
    strike = new.status is AppointmentStatus.NO_SHOW and old.turn is None
    return persons, missed(guard, old, now) if strike else None, None


def _category(place: str) -> str:
    return place.partition("#")[2]


def _day(office_id: str, now: datetime) -> str:
    return f"{office_id}#{office_time(now):%Y%m%d}"
