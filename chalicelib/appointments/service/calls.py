"""Counters: opened and closed in the day, and whom they call next, never one to two."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue_steps
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.calling_order import (
    Counter,
    CounterBusy,
    CounterClosed,
    HallDay,
    InLine,
)
from chalicelib.appointments.domain.queue_steps import CallRequest, QueueEmpty, StepRequest
from chalicelib.appointments.service import changes, lookup, waiting_times
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.service.queue import AT_COUNTER, call_facts, step
from chalicelib.appointments.service.waiting_times import HallNow
from chalicelib.appointments.storage import CounterCall, Effects
from chalicelib.catalogue import service as catalogue
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author, until_stored
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, unknown
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id


class _CounterChangedError(Exception):
    """The counter, or what is known of the calls, is not what the decision was made from."""


def counters_of(staff: Staff, office_id: str, now: datetime) -> Mapping[str, Counter]:
    """Return a hall's counters of today that were set or have called; raises NotFound."""
    lookup.check_office(staff, office_id)
    return storage.load_hall(office_id, office_time(now).date()).counters


def set_counter(staff: Staff, office_id: str, wanted: Counter, now: datetime) -> Counter:
    """Open or close a counter for today, and say what it serves; raises NotFound, InvalidRequest.

    Who is there stays there.
    """
    lookup.check_office(staff, office_id)
    served = {category for hall, category in catalogue.current().groups if hall == office_id}
    if not (wanted.categories or frozenset()) <= served:
        raise unknown("/categories")
    day = office_time(now).date()

    def write() -> Counter | None:
        known = storage.load_hall(office_id, day, consistent=True).counter(wanted.name)
        new = replace(known, open=wanted.open, categories=wanted.categories)
        stored = (known.revision and new == known) or storage.store_counter(office_id, day, new)
        return new if stored else None

    return until_stored(write)


def call_next(
    staff: Staff, request: CallRequest, attempt: Attempt, now: datetime
) -> Applied[Appointment]:
    """Call the next one to a counter, never the same one to two. Idempotent.

    Raises NotFound, QueueEmpty, CounterBusy or CounterClosed.
    """
    lookup.check_office(staff, request.office_id)
    service_id = request.service_id
    category = catalogue.service(service_id).category if service_id else None
    day = office_time(now).date()

    def call() -> Applied[Appointment] | None:
        hall = waiting_times.look(request.office_id, day)
        again = hall.day.called_before(attempt)
        if again:
            known = lookup.load(again)
            return Applied(known, known, replayed=True)
        counter = hall.day.counter(request.counter)
        if not counter.open:
            raise CounterClosed
        counter = _freed(staff, counter, request, attempt, now)
        return _call_first(_Caller(staff, attempt, now, day), hall, counter, category)

    return until_stored(call)


class _Caller:
    """Who calls, in which attempt and when."""

    def __init__(self, staff: Staff, attempt: Attempt, now: datetime, day: date) -> None:
        self.author = Author(staff.actor, now, attempt)
        self.attempt, self.now, self.day = attempt, now, day

    def call(
        self, hall: HallDay, one: InLine, counter: Counter, *, parked: bool
    ) -> Applied[Appointment] | None:
        """Call somebody; None when they wait no more, or elsewhere. Raises _CounterChangedError."""
        is_first = True

        def decide(old: Appointment) -> Decided | None:
            nonlocal is_first
            # Whoever was parked or sent elsewhere may be shown at the former place for a while.
            _, order = queue_steps.queue_key(old) or ("", "")
            if old.status is not AppointmentStatus.CHECKED_IN or order != one.order:
                return None
            if not is_first:
                raise _CounterChangedError
            is_first = False
            new = queue_steps.called(old, counter.name, self.now)
            ticket = new.ticket_number or ""
            calling = counter.calling(old.appointment_id, ticket, self.attempt, self.now)
            calls = hall.calls_of(one.category).after(one, parked=parked)
            office_id = old.slot.office_id
            call = CounterCall(office_id, self.day, calling, one.category, calls)
            return changes.decided(new, "appointment.called", call_facts(new), Effects(call=call))

        try:
            applied = changes.apply(lambda: lookup.load(one.appointment_id), decide, self.author)
        except NotFound:
            return None
        return applied if applied.changed or applied.replayed else None


def _call_first(
    caller: _Caller, hall: HallNow, counter: Counter, category: str | None
) -> Applied[Appointment] | None:
    """Call the first whom the counter serves; None when all must be read again."""
    line = list(hall.line)
    while one := hall.day.next_of(line, counter, category):
        parked = any(each.parked_until and each.category == one.category for each in line)
        try:
            called = caller.call(hall.day, one, counter, parked=parked)
        except _CounterChangedError:
            return None
        if called:
            return called
        line.remove(one)
    if len(line) == len(hall.line):
        raise QueueEmpty
    return None


def _freed(
    staff: Staff, counter: Counter, request: CallRequest, attempt: Attempt, now: datetime
) -> Counter:
    """Return the counter with nobody there and its last visit counted; raises CounterBusy."""
    if counter.appointment_id is None:
        return counter
    last = lookup.load(counter.appointment_id)
    if not last.place or last.place.counter != counter.name:
        return replace(counter, appointment_id=None)
    if last.status in AT_COUNTER:
        if not request.fulfil:
            raise CounterBusy(appointment_id=last.appointment_id)
        own = Attempt(derived_id("fulfil", attempt.key), attempt.fingerprint)
        last = step(staff, last.appointment_id, StepRequest("fulfil"), own, now).new
    seconds = queue_steps.counted(last).get("serving")
    counted = None if seconds is None else counter.having_served(last.category, seconds)
    return replace(counted or counter, appointment_id=None)
