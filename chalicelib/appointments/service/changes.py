"""Changes of an appointment, by the one change loop."""

from collections.abc import Callable, Mapping

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import Appointment, released_seats
from chalicelib.appointments.service import seats, visits
from chalicelib.appointments.storage import Effects
from chalicelib.core import changes
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.event_types import AppointmentEvent

Decided = Decision[Appointment, Effects]
Decide = Callable[[Appointment], Decided | None]


def apply(
    load: Callable[[], Appointment],
    decide: Decide,
    author: Author,
) -> Applied[Appointment]:
    """Change an appointment in one transaction, and then release the seats that it gives back.

    A crash in between leaves a seat too few, which `jobs.release` brings back. Raises what `load`
    and `decide` raise, and TryAgain.
    """
    applied = changes.apply(load, decide, storage.store_change, author)
    released = released_seats(applied.old, applied.new) if applied.changed else ()
    for seat in released:
        seats.release(seat, author.now.replace(microsecond=0), author.now)
    return applied


def decided(
    new: Appointment,
    type_: AppointmentEvent,
    facts: Mapping[str, str],
    effects: Effects | None = None,
) -> Decided:
    """Return what becomes of an appointment, and the one entry that says so."""
    where = {"office": new.slot.office_id, "status": new.status.value}
    event = DomainEvent(type_, {**where, **facts, **visits.facts_of(new)})
    return Decision(new, (event,), effects or Effects())
