"""Checking in at a hall, by a pass or by an appointment's id."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue_steps
from chalicelib.appointments.domain.appointments import (
    Appointment,
    AppointmentStatus,
    Refusal,
    check_in_refusal,
)
from chalicelib.appointments.service import changes, lookup, passes, short_codes
from chalicelib.appointments.service.changes import Decided
from chalicelib.appointments.service.passes import Pass
from chalicelib.appointments.storage import Effects
from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.ids import new_id

_OVERRIDABLE: Final[tuple[Refusal, ...]] = ("too_early", "too_late")


@dataclass(frozen=True, slots=True)
class CheckIn:
    """How a check-in ended; `reason` where it was refused."""

    appointment: Appointment | None
    reason: Refusal | None = None
    replayed: bool = False


def check_in_by_pass(
    staff: Staff, text: str, author: Author, override: str | None = None
) -> CheckIn:
    """Check in whoever shows this pass; `override` says why though it is early or late."""
    shown = passes.read(text, dependencies.pass_keys())
    if shown is None:
        return CheckIn(None, "invalid")
    return _check_in(staff, shown, author, override)


def check_in_by_id(
    staff: Staff, appointment_id: str, author: Author, override: str | None = None
) -> CheckIn:
    """Check in by an appointment's id, as by a pass; raises NotFound."""
    shown = passes.pass_of(lookup.load(appointment_id))
    return _check_in(staff, shown, author, override)


def check_in_by_code(
    staff: Staff, office_id: str, code: str, author: Author, override: str | None = None
) -> CheckIn:
    """Check in whoever reads out the short code of a pass of this hall and of today."""
    if office_id not in staff.office_ids:
        return CheckIn(None, "wrong_office")
    appointment_id = short_codes.find_today(office_id, code, author.now)
    shown = storage.load(appointment_id) if appointment_id else None
    if shown is None:
        return CheckIn(None, "invalid")
    return _check_in(staff, passes.pass_of(shown), author, override)


def _check_in(staff: Staff, shown: Pass, author: Author, override: str | None) -> CheckIn:
    now = author.now
    if shown.office_id not in staff.office_ids:
        return CheckIn(None, "wrong_office")
    counter = storage.ticket_counter(shown.office_id, f"{office_time(now):%Y%m%d}")
    # By this mark a scan knows its own entry when the answer to its write got lost.
    scan, last_ticket = new_id(8), 0

    def load() -> Appointment:
        nonlocal last_ticket
        current, last_ticket = storage.load_with_ticket(shown.appointment_id, counter)
        if current is None or (current.start, current.slot.office_id) != (
            shown.start,
            shown.office_id,
        ):
            raise NotFound
        return current

    def decide(old: Appointment) -> Decided | None:
        if _refusal(old, now, override):
            return None
        ticket, facts = f"A{last_ticket + 1:03}", {"scan": scan}
        overridden = check_in_refusal(old, now)
        if overridden and override:
            facts |= {"override": overridden, "reason": override}
        effects = Effects(ticket=(counter, last_ticket + 1))
        new = queue_steps.arrived(old, ticket, now)
        return changes.decided(new, "appointment.checked_in", {"ticket": ticket, **facts}, effects)

    try:
        applied = changes.apply(load, decide, author)
    except NotFound:
        return CheckIn(None, "invalid")
    done = applied.changed or applied.replayed
    reason = None if done else _refusal(applied.new, now, override)
    return CheckIn(applied.new, reason, applied.replayed)


def _refusal(appointment: Appointment, now: datetime, override: str | None) -> Refusal | None:
    """Return why somebody cannot be let in, unless staff let them in all the same."""
    reason = check_in_refusal(appointment, now)
    let_in = override and appointment.status is AppointmentStatus.BOOKED and reason in _OVERRIDABLE
    return None if let_in else reason
