"""Checking in at a hall, by a pass or by an appointment's id."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue
from chalicelib.appointments.domain.appointments import (
    Appointment,
    AppointmentStatus,
    Refusal,
    check_in_refusal,
)
from chalicelib.appointments.service import passes
from chalicelib.core import history, wiring
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.core.ids import new_id

_TRIES: Final = 60
_OVERRIDABLE: Final[tuple[Refusal, ...]] = ("too_early", "too_late")


@dataclass(frozen=True, slots=True)
class CheckIn:
    """How a check-in ended; `reason` where it was refused."""

    appointment: Appointment | None
    reason: Refusal | None = None


def check_in_by_pass(
    staff: Staff, text: str, now: datetime, override: str | None = None
) -> CheckIn:
    """Check in whoever shows this pass; `override` says why though it is early or late."""
    seen = passes.read(text, wiring.pass_keys())
    if seen is None:
        return CheckIn(None, "invalid")
    if seen.office_id not in staff.office_ids:
        return CheckIn(None, "wrong_office")
    return _check_in(staff, seen.appointment_id, seen.office_id, seen.start, now, override)


def check_in_by_id(
    staff: Staff, appointment_id: str, now: datetime, override: str | None = None
) -> CheckIn:
    """Check in by an appointment's id, as by a pass; raises NotFound."""
    found = storage.load(appointment_id)
    if found is None:
        raise NotFound
    if found.slot.office_id not in staff.office_ids:
        return CheckIn(None, "wrong_office")
    return _check_in(staff, appointment_id, found.slot.office_id, found.start, now, override)


def _check_in(  # noqa: PLR0913 - a check-in has these facts.
    staff: Staff,
    appointment_id: str,
    office_id: str,
    start: datetime,
    now: datetime,
    override: str | None,
) -> CheckIn:
    counter = storage.ticket_counter(office_id, f"{office_time(now):%Y%m%d}")
    # By this mark a scan knows its own entry when the answer to its write got lost.
    scan = new_id(8)
    for _ in range(_TRIES):
        old, last = storage.load_with_ticket(appointment_id, counter)
        if old is None or old.start != start or old.slot.office_id != office_id:
            return CheckIn(None, "invalid")
        reason = check_in_refusal(old, now)
        let_in = override and old.status is AppointmentStatus.BOOKED and reason in _OVERRIDABLE
        if reason and not let_in:
            return CheckIn(old, reason)
        ticket = f"A{last + 1:03}"
        entry = history.append(
            appointment_id,
            old.head,
            type_="appointment.checked_in",
            at=now,
            actor=staff.actor,
            data={
                "ticket": ticket,
                "scan": scan,
                **({"override": reason, "reason": override} if reason and override else {}),
            },
        )
        arrived = queue.arrived(old, ticket, now)
        new = replace(arrived, version=old.version + 1, head=entry.head)
        if storage.store_change(old, new, entry, ticket=(counter, last + 1)):
            return CheckIn(new)
        current = storage.load(appointment_id)
        if current and current.head == entry.head:
            return CheckIn(current)
    raise TryAgain(retry_after=1)
