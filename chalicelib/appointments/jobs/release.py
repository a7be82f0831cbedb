"""What runs by the clock: orphaned seats come back, past days are closed."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain import queue
from chalicelib.appointments.domain.appointments import (
    ENDED,
    LATE_BY,
    Appointment,
    AppointmentStatus,
)
from chalicelib.appointments.domain.booking_limits import missed
from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.appointments.occupancy import service as loads
from chalicelib.appointments.service import booking_limits, timetable_changes
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import history, metrics, parallel, worker
from chalicelib.core.clock import office_time

QUIET: Final = timedelta(minutes=2)
NAME: Final = "release_expired"
_ACTOR: Final = f"system:{NAME}"
_ID_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Released:
    """What one run did."""

    seats: int
    no_shows: int


def release_expired(now: datetime) -> Released:
    """Free orphaned seats of slots that were quiet for two minutes, and close past days.

    The loads of today are counted again where seats were taken or given back.
    """
    due = storage.list_to_sweep()
    # A slot that many people book is not quiet for long, and waits for it.
    metrics.waited(NAME, (since + QUIET for pk, _, since in due if pk.startswith("C#")))
    found = worker.each(NAME, due, lambda one: _release(*one, now), name=lambda one: one[0])
    touched = {group for groups, _ in found for group in groups}
    worker.each(NAME, ["loads"], lambda _: loads.count(touched, now))
    halls = sorted(storage.halls_seen(catalogue.current().offices))
    closed = worker.each(NAME, halls, lambda one: _close_days(one, now))
    return Released(sum(seats for _, seats in found), sum(closed))


def _release(pk: str, sk: str, since: datetime, now: datetime) -> tuple[set[tuple[str, str]], int]:
    """Do what one line of the list asks; return the groups it touched and the seats it freed."""
    before = now - QUIET
    if pk.startswith("C#"):
        return (_free(pk, sk) if since < before else set()), 0
    touched = _group_today(storage.slot_of_keys(pk, sk)[0], now)
    return touched, _sweep(pk, sk, before) if since < before else 0


def _free(pk: str, sk: str) -> set[tuple[str, str]]:
    """Free the seat that an entry names, and return its counter group."""
    freed = storage.freed_by(pk, sk)
    if freed:
        storage.free_seat(*freed)
    storage.finish_entry(pk, sk)
    return {(freed[0].office_id, freed[0].category)} if freed else set()


def _group_today(key: SlotKey, now: datetime) -> set[tuple[str, str]]:
    today = office_time(now).date() == office_time(key.start).date()
    return {(key.office_id, key.category)} if today else set()


def _sweep(pk: str, sk: str, before: datetime) -> int:
    seats = storage.sweep_slot(pk, sk, before)
    if seats is None:
        return 0
    slot, shard = storage.slot_of_keys(pk, sk)
    holders = storage.load_many({seat[:_ID_LENGTH] for seat in seats})
    held = {a.seat for a in holders if a.active and (a.slot, a.shard) == (slot, shard)}
    ended = {a.seat for a in holders if a.status in ENDED and (a.slot, a.shard) == (slot, shard)}
    kept = held | {seat for seat in ended if _served(seat, holders)}
    orphans = set(seats) - kept
    return len(orphans) if storage.finish_sweep(pk, sk, orphans, seats) else 0


def _served(seat: str, holders: list[Appointment]) -> bool:
    # Who was served or did not come keeps the seat: it was used up, and the board shows it.
    used = (AppointmentStatus.FULFILLED, AppointmentStatus.NO_SHOW)
    return any(a.seat == seat and a.status in used for a in holders)


def _close_days(office_id: str, now: datetime) -> int:
    """Close a hall's past days; return how many did not come.

    Days with somebody who could not be closed are looked at again in the next run.
    """
    # Who has the last time of a day may come a little after it.
    until = office_time(now - LATE_BY).date()
    done = storage.closed_until(office_id)
    # A new hall's first day may be to come.
    first = _day_after(done) if done else min(_first_day(office_id) or until, until)
    missed = 0
    if first < until or not done:
        missed, whole = _close(office_id, first, until, now)
        if whole:
            storage.set_closed_until(office_id, f"{until - timedelta(days=1):%Y%m%d}")
    return missed


def _day_after(day: str) -> date:
    return date.fromisoformat(day) + timedelta(days=1)


def _first_day(office_id: str) -> date | None:
    stamps = parallel.map_concurrently(lambda c: storage.first_stamp(office_id, c), [*CATEGORIES])
    days = [date.fromisoformat(stamp[:8]) for stamp in stamps if stamp]
    return min(days, default=None)


def _close(office_id: str, first: date, until: date, now: datetime) -> tuple[int, bool]:
    """Close a hall's days from the first up to before another.

    Whatever the timetable says by then, every booking is closed; nobody could come to a hall that
    is gone. Returns how many did not come, and whether all could be closed.
    """
    missed, whole = 0, True
    gone = office_id not in catalogue.current().offices
    for number in range((until - first).days):
        day = first + timedelta(days=number)
        left = [one for _, one in storage.list_queue(f"{office_id}#{day:%Y%m%d}")]
        whole &= len(worker.each(NAME, left, lambda one: _leave(one, now))) == len(left)
    stamps = f"{first:%Y%m%d}", f"{until:%Y%m%d}"
    for slots in parallel.map_concurrently(
        lambda c: storage.load_slots(office_id, c, *stamps), [*CATEGORIES]
    ):
        refused = {seat for slot in slots if gone or slot.taken_back for seat in slot.seats}
        ids = {seat[:_ID_LENGTH] for slot in slots for seat in slot.seats}
        found, readable = _load_readable(ids)
        closed = worker.each(
            NAME,
            found,
            lambda one, refused=refused: _end(one, now, refused=one.seat in refused),  # type: ignore[misc]
            name=lambda one: one.appointment_id,
        )
        missed += sum(closed)
        whole &= readable and len(closed) == len(found)
    return missed, whole


def _load_readable(ids: set[str]) -> tuple[list[Appointment], bool]:
    """Return the appointments that can be read, and whether all could."""
    try:
        return storage.load_many(ids), True
    except (AttributeError, LookupError, TypeError, ValueError):
        found = worker.each(NAME, sorted(ids), storage.load)
        return [one for one in found if one], len(found) == len(ids)


def _end(appointment: Appointment, now: datetime, *, refused: bool) -> bool:
    """Close a booking whose time is over; tells whether somebody did not come."""
    if appointment.status is not AppointmentStatus.BOOKED or appointment.valid_until > now:
        return False
    if refused:
        office = catalogue.current().offices.get(appointment.slot.office_id)
        timetable_changes.cancel_hit(_ACTOR, [appointment], office, now)
        return False
    return _missed(appointment, now)


def _leave(appointment_id: str, now: datetime) -> None:
    """End the turn of somebody whom the evening left in the hall; it is nobody's fault."""
    old = storage.load(appointment_id)
    if old is None or queue.queue_of(old) is None:
        return
    served = old.status is AppointmentStatus.SERVING
    status = AppointmentStatus.FULFILLED if served else AppointmentStatus.EXPIRED
    entry = history.append(
        appointment_id,
        old.head,
        type_=f"appointment.{status.value}",
        at=now,
        actor=_ACTOR,
        data={"status": status.value},
    )
    new = replace(old, status=status, version=old.version + 1, head=entry.head)
    guards = () if old.walk_in else booking_limits.guard_of(old.person)[1]
    storage.store_change(old, new, entry, guards=guards)


def _missed(old: Appointment, now: datetime) -> bool:
    known, persons = booking_limits.guard_of(old.person)
    entry = history.append(
        old.appointment_id, old.head, type_="appointment.missed", at=now, actor=_ACTOR, data={}
    )
    new = replace(old, status=AppointmentStatus.NO_SHOW, version=old.version + 1, head=entry.head)
    guard = missed(known, old, now)
    return storage.store_change(old, new, entry, guards=persons, no_show=guard)
