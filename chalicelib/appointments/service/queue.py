"""The queue of a hall: walk-ins join it, counters call the next, citizens see who is ahead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue_steps
from chalicelib.appointments.domain.appointments import WALK_IN, Appointment, AppointmentStatus
from chalicelib.appointments.domain.calling_order import PARKED_FOR, Priority
from chalicelib.appointments.domain.queue_steps import StepRequest
from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.appointments.service import booking_limits, changes, lookup
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.storage import CounterCall, Effects
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import office_time
from chalicelib.core.errors import StaleVersion, WrongStatus, unknown
from chalicelib.core.idempotency import KEPT_FOR, Attempt
from chalicelib.core.ids import derived_id

AT_COUNTER: Final = (AppointmentStatus.CALLED, AppointmentStatus.SERVING)
_ID_LENGTH: Final = 8


def waiting(staff: Staff, office_id: str, now: datetime) -> list[Appointment]:
    """Return who is in the hall now: the called, the served, and who waits, in order."""
    lookup.check_office(staff, office_id)
    line = storage.list_queue(office_id, office_time(now).date())
    ids = [one.appointment_id for one in line]
    known = {a.appointment_id: a for a in storage.load_many(set(ids))}
    return [known[appointment_id] for appointment_id in ids if appointment_id in known]


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """What somebody without a booking came for, and why they are called before others."""

    office_id: str
    service_id: str
    priority: Priority = Priority.NONE


def join(
    actor: str, request: TicketRequest, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Give a walk-in a ticket. Idempotent, over midnight too. Raises InvalidRequest."""
    office_id, service_id = request.office_id, request.service_id
    stranger = _stranger(office_id, service_id, attempt, now)
    yesterday = now - timedelta(days=1)
    former_id = _citizen_of(office_id, yesterday) + attempt.id_for("walk_in", _ID_LENGTH)
    counter = storage.ticket_counter(office_id, f"{office_time(now):%Y%m%d}")
    last_ticket = 0

    def load() -> Appointment:
        nonlocal last_ticket
        reads: list[Callable[[], Any]] = [
            lambda: storage.load_with_ticket(stranger.appointment_id, counter),
            lambda: storage.load(former_id),
        ]
        (known, last_ticket), former = parallel.map_concurrently(lambda read: read(), reads)
        is_remembered = former is not None and now - former.created_at < KEPT_FOR
        return known or (former if is_remembered else stranger)

    def decide(old: Appointment) -> Decided | None:
        if old.version:
            return None
        ticket = f"W{last_ticket + 1:03}"
        facts = {"ticket": ticket, "service": service_id, "office": office_id}
        effects = Effects(ticket=(counter, last_ticket + 1))
        new = queue_steps.arrived(old, ticket, now, request.priority)
        return changes.decided(new, "appointment.walked_in", facts, effects)

    applied = changes.apply(load, decide, Author(actor, now, attempt))
    return replace(applied, replayed=not applied.changed)


def step(
    staff: Staff, appointment_id: str, request: StepRequest, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Recall, start, fulfil, mark as missed, void, park, send elsewhere, or undo. Idempotent.

    Raises NotFound, WrongStatus, StaleVersion, or AlreadyBooked when another was booked since.
    """

    def decide(old: Appointment) -> Decided | None:
        if request.version not in (None, old.version):
            raise StaleVersion(current=old.status)
        new = queue_steps.stepped(old, request, now)
        effects = _recalled(old, now) if request.step == "recall" else _effects(old, new, now)
        if not old.active and new.status in AT_COUNTER:
            new, effects = _back_at_counter(new, effects, now)
        facts = {**call_facts(new), **_said(request)}
        return changes.decided(new, queue_steps.EVENTS[request.step], facts, effects)

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: lookup.of_hall(staff, appointment_id), decide, author)


def park(
    staff: Staff, appointment_id: str, version: int | None, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Let somebody wait until three others of the category were called. Idempotent.

    Raises NotFound, WrongStatus or StaleVersion.
    """
    parked = lookup.of_hall(staff, appointment_id)
    hall = storage.load_hall(parked.slot.office_id, office_time(now).date(), consistent=True)
    until = hall.calls_of(parked.category).count + PARKED_FOR
    request = StepRequest("park", version, parked_until=until)
    return step(staff, appointment_id, request, attempt, now)


def transfer(
    staff: Staff, appointment_id: str, request: StepRequest, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Send somebody to another category's counters, or to a counter, in the place by arrival.

    Idempotent. Raises NotFound, InvalidRequest, WrongStatus or StaleVersion.
    """
    office_id = lookup.of_hall(staff, appointment_id).slot.office_id
    if request.category and (office_id, request.category) not in catalogue.current().groups:
        raise unknown("/category")
    return step(staff, appointment_id, request, attempt, now)


def excuse(
    staff: Staff, appointment_id: str, reason: str, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Take back the strike of somebody who did not come; a second time changes nothing.

    Idempotent. Raises NotFound or WrongStatus.
    """

    def decide(old: Appointment) -> Decided | None:
        if old.status is not AppointmentStatus.NO_SHOW or old.walk_in:
            raise WrongStatus(current=old.status)
        effects = booking_limits.effects_of_excuse(old)
        if effects is None:
            return None
        return changes.decided(old, "appointment.excused", {"reason": reason}, effects)

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: lookup.of_hall(staff, appointment_id), decide, author)


def _stranger(office_id: str, service_id: str, attempt: Attempt, now: datetime) -> Appointment:
    """Return a walk-in who has no ticket yet; raises InvalidRequest."""
    service = catalogue.current().services.get(service_id)
    if service is None or (office_id, service.category) not in catalogue.current().groups:
        raise unknown("/service_id")
    group = catalogue.group(office_id, service.category)
    citizen_id = _citizen_of(office_id, now)
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


def _citizen_of(office_id: str, at: datetime) -> str:
    """Return in whose place the walk-ins of a hall and day stand."""
    day = f"{office_time(at):%Y%m%d}"
    return WALK_IN + derived_id(office_id, day, length=_ID_LENGTH - len(WALK_IN))


def _said(request: StepRequest) -> Mapping[str, str]:
    said = (
        ("reason", request.reason),
        ("category", request.category),
        ("counter", request.counter),
    )
    return {name: value for name, value in said if value}


def call_facts(appointment: Appointment) -> Mapping[str, str]:
    """Return the facts of a step: the state after it, the ticket and the counter."""
    facts = {"status": appointment.status.value}
    if appointment.ticket_number:
        facts["ticket"] = appointment.ticket_number
    if appointment.place and appointment.place.counter:
        facts["counter"] = appointment.place.counter
    return facts


def _recalled(called: Appointment, now: datetime) -> Effects:
    """Return that the counter called again, which the hall's screen says once more."""
    office_id, day = called.slot.office_id, office_time(now).date()
    hall = storage.load_hall(office_id, day, consistent=True)
    counter = hall.counter((called.place and called.place.counter) or "")
    if counter.appointment_id != called.appointment_id:
        return Effects()
    again = replace(counter, called_at=now)
    return Effects(call=CounterCall(office_id, day, again, called.category, None))


def _back_at_counter(
    back: Appointment, effects: Effects, now: datetime
) -> tuple[Appointment, Effects]:
    """Return who comes back to a counter as there, while it has called nobody else since.

    Else they wait again in their place: nobody can be served there but who was called last.
    """
    office_id, day = back.slot.office_id, office_time(now).date()
    hall = storage.load_hall(office_id, day, consistent=True)
    counter = hall.counter((back.place and back.place.counter) or "")
    if counter.appointment_id != back.appointment_id:
        return queue_steps.waiting_again(back), effects
    # Kept once more, so that a call at this very moment is decided anew.
    return back, replace(effects, call=CounterCall(office_id, day, counter, back.category, None))


def _effects(old: Appointment, new: Appointment, now: datetime) -> Effects:
    """Return how the person's guard changes where an appointment ends, or is open again."""
    if old.active == new.active or old.walk_in:
        return Effects()
    if new.active:
        return booking_limits.effects_of_return(old)
    # Whoever came and was not there when called has missed nothing: that is no strike.
    is_missed = new.status is AppointmentStatus.NO_SHOW and old.place is None
    return booking_limits.effects_of_end(old, now, is_missed=is_missed)
