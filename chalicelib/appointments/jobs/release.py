"""Every minute orphaned seats come back, and past days are closed."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import COMING, Appointment, AppointmentStatus
from chalicelib.appointments.domain.slots import Seat, SlotKey, holder_of, still_withheld
from chalicelib.appointments.jobs.closing import NAME, DaysLeft, close_days, has_past_days
from chalicelib.appointments.occupancy import service as occupancy
from chalicelib.appointments.service import new_times, seats
from chalicelib.appointments.waiting.service import offers as waiting
from chalicelib.catalogue import service as catalogue
from chalicelib.core import logs, metrics, parallel, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.clock import office_time
from chalicelib.core.parallel import InTime

QUIET: Final = timedelta(minutes=2)
# Of the minute that a run may last. What is left of the list is swept by the next run; halls and
# their days follow it.
_SWEEPS_SECONDS: Final = 25.0
# A hall and a category.
Group = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Released:
    """What one run did."""

    seats: int
    no_shows: int


def release_expired(now: datetime, *, part: Part = WHOLE) -> Released:
    """Free orphaned seats of slots that were quiet for two minutes, and close past days.

    Whoever was asked for a new time and gave no answer is cancelled when it is due.

    Today's occupancy is counted again where seats were taken or given back.
    """
    in_time, listed = InTime(_SWEEPS_SECONDS), storage.list_to_sweep(part)
    # What stays on the list for days, as withheld seats do, must not stand before all else.
    random.shuffle(listed)
    # A slot that many people book is not quiet for long, and waits for it.
    metrics.waited(NAME, (since + QUIET for pk, _, since in listed if pk.startswith("C#")))
    released = worker.each(
        NAME,
        listed,
        lambda one: _release(*one, now),
        name=lambda one: one[0],
        through=in_time.map,
    )
    touched = {group for groups, _ in released for group in groups}
    worker.each(NAME, ["occupancy"], lambda _: occupancy.count(touched, now, part))
    worker.each(NAME, ["waiting list"], lambda _: waiting.watch(now, part))
    halls = sorted(filter(part.has, storage.halls_seen(catalogue.current().offices)))
    at_once = parallel.map_concurrently
    worker.each(NAME, halls, lambda one: new_times.cancel_unanswered(one, now), through=at_once)
    open_ = worker.each(NAME, halls, lambda one: (one, has_past_days(one, now)), through=at_once)
    left, due = DaysLeft(), [hall for hall, is_due in open_ if is_due]
    closed = worker.each(NAME, due, lambda one: close_days(one, now, left))
    freed = sum(seats for _, seats in released)
    metrics.note(NAME, logs.ORPHANS, freed)
    return Released(freed, sum(closed))


def _release(pk: str, sk: str, since: datetime, now: datetime) -> tuple[set[Group], int]:
    """Do what one line of the list asks; return the groups it touched and the seats it freed."""
    before = now - QUIET
    if pk.startswith("C#"):
        return (_release_named(pk, sk, since, now) if since < before else set()), 0
    touched = _group_today(storage.slot_of_keys(pk, sk)[0], now)
    return touched, _sweep(pk, sk, now) if since < before else 0


def _release_named(pk: str, sk: str, since: datetime, now: datetime) -> set[Group]:
    """Release the seat that an entry names, and return its counter group."""
    released = storage.released_by(pk, sk)
    for seat in released:
        seats.release(seat, since, now)
    storage.finish_entry(pk, sk)
    return {(seat.slot.office_id, seat.slot.category) for seat in released}


def _group_today(key: SlotKey, now: datetime) -> set[Group]:
    today = office_time(now).date() == office_time(key.start).date()
    return {(key.office_id, key.category)} if today else set()


def _sweep(pk: str, sk: str, now: datetime) -> int:
    """Release the orphans among a slot's seats, unless it is not quiet; return how many.

    Seats that nobody can have yet stay, and their slot stays on the list.
    """
    quiet = storage.sweep_slot(pk, sk, now - QUIET)
    if quiet is None:
        return 0
    seat_ids, marks = quiet
    here = storage.slot_of_keys(pk, sk)
    holders = storage.load_many({holder_of(seat_id) for seat_id in seat_ids})
    seats_used = [a.seat for a in holders if a.active or _used_up(a)]
    seats_used += [seat for a in holders if (seat := _held(a))]
    singles = [one for seat in seats_used for one in seat.singles]
    used = {one.seat_id for one in singles if (one.slot, one.shard) == here}
    others = set(seat_ids) - used
    withheld = (still_withheld(marks, now) | waiting.held_seats(marks)) & others
    orphans = others - withheld
    if orphans:
        # Whoever waits for one comes before the crowd; what that leaves is swept when it is quiet.
        offered = waiting.pass_on(here[0], now, frozenset(orphans))
        if offered:
            return offered
    return len(orphans) if storage.finish_sweep((pk, sk), orphans, seat_ids, withheld) else 0


def _held(appointment: Appointment) -> Seat | None:
    """Return the seat that is held for somebody as a new time."""
    offered = appointment.new_time if appointment.status in COMING else None
    return offered.held if offered else None


def _used_up(appointment: Appointment) -> bool:
    # Who was served or did not come keeps the seat: it was used up, and the board shows it.
    return appointment.status in (AppointmentStatus.FULFILLED, AppointmentStatus.NO_SHOW)
