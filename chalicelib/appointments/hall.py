"""What staff of a hall do with appointments: the day's board and check-in."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import passes, storage, turns
from chalicelib.appointments.domain import Appointment, Refusal, Status, check_in_refusal
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import history, parallel, wiring
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.core.ids import new_id
from chalicelib.core.pagination import Page

_TRIES: Final = 60
_OVERRIDABLE: Final[tuple[Refusal, ...]] = ("too_early", "too_late")
_ID_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class CheckIn:
    """How a check-in ended; `reason` where it was refused."""

    appointment: Appointment | None
    reason: Refusal | None = None


def check_office(staff: Staff, office_id: str) -> None:
    """Refuse halls where the caller does not work; raises NotFound."""
    if office_id not in staff.office_ids:
        raise NotFound


def board(  # noqa: PLR0913 - a board is filtered by these.
    staff: Staff,
    office_id: str,
    day: date,
    status: str | None,
    service_id: str | None,
    position: str | None,
    limit: int,
) -> Page[Appointment]:
    """Return the day's appointments of a hall by time; raises NotFound."""
    check_office(staff, office_id)
    seats = _seats(office_id, day, service_id)
    after = [(key, found) for key, found in seats if position is None or key > position]
    items: list[Appointment] = []
    for at in range(0, len(after), 100):
        chunk = after[at : at + 100]
        known = {a.appointment_id: a for a in storage.load_many({i for _, i in chunk})}
        for key, appointment_id in chunk:
            found = known.get(appointment_id)
            if found is None or not _matches(found, key, status, service_id):
                continue
            if len(items) == limit:
                return Page(tuple(items), _key(items[-1]))
            items.append(found)
    return Page(tuple(items))


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
        let_in = override and old.status is Status.BOOKED and reason in _OVERRIDABLE
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
        arrived = turns.arrived(old, ticket, now)
        new = replace(arrived, version=old.version + 1, head=entry.head)
        if storage.store_change(old, new, entry, ticket=(counter, last + 1)):
            return CheckIn(new)
        current = storage.load(appointment_id)
        if current and current.head == entry.head:
            return CheckIn(current)
    raise TryAgain(retry_after=1)


def _seats(office_id: str, day: date, service_id: str | None) -> list[tuple[str, str]]:
    # Who is booked is shown whatever counters the hall has left.
    groups = [catalogue.service(service_id).category] if service_id else [*CATEGORIES]
    first, last = f"{day:%Y%m%d}", f"{day + timedelta(days=1):%Y%m%d}"
    found = set()
    for slots in parallel.map_concurrently(
        lambda c: storage.load_slots(office_id, c, first, last), groups
    ):
        for slot in slots:
            ids = {seat[:_ID_LENGTH] for seat in slot.seats | slot.left}
            found |= {(f"{slot.key.stamp}#{slot.key.slot_id}#{i}", i) for i in ids}
    return sorted(found)


def _key(appointment: Appointment) -> str:
    slot = appointment.slot
    return f"{slot.stamp}#{slot.slot_id}#{appointment.appointment_id}"


def _matches(found: Appointment, key: str, status: str | None, service_id: str | None) -> bool:
    right_slot = _key(found) == key
    right_service = service_id in (None, found.service_id)
    return right_slot and right_service and status in (None, found.status.value)
