"""What runs by the clock: orphaned seats come back, past days are closed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import queue, realign, storage, turns
from chalicelib.appointments.domain import (
    ENDED,
    LATE_BY,
    Appointment,
    SlotKey,
    Status,
    missed,
)
from chalicelib.appointments.loads import service as loads
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core import history, parallel
from chalicelib.core.clock import office_time

QUIET: Final = timedelta(minutes=2)
_ACTOR: Final = "system:release_expired"
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
    touched: set[tuple[str, str]] = set()
    seats, before = 0, now - QUIET
    for pk, sk, since in storage.list_to_sweep():
        if pk.startswith("C#"):
            touched |= _free(pk, sk) if since < before else set()
            continue
        touched |= _group_today(storage.slot_of_keys(pk, sk)[0], now)
        seats += _sweep(pk, sk, before) if since < before else 0
    loads.count(touched, now)
    return Released(seats, sum(1 for _ in _close_days(now)))


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
    used = (Status.FULFILLED, Status.NO_SHOW)
    return any(a.seat == seat and a.status in used for a in holders)


def _close_days(now: datetime) -> Iterator[Appointment]:
    # Who has the last time of a day may come a little after it.
    until = office_time(now - LATE_BY).date()
    for office_id in catalogue.current().offices:
        done = storage.closed_until(office_id)
        first = _day_after(done) if done else _first_day(office_id) or until
        if first < until or not done:
            yield from _close(office_id, first, until, now)
            storage.set_closed_until(office_id, f"{until - timedelta(days=1):%Y%m%d}")


def _day_after(day: str) -> date:
    return date.fromisoformat(day) + timedelta(days=1)


def _first_day(office_id: str) -> date | None:
    stamps = parallel.each(lambda c: storage.first_stamp(office_id, c), [*CATEGORIES])
    days = [date.fromisoformat(stamp[:8]) for stamp in stamps if stamp]
    return min(days, default=None)


def _close(office_id: str, first: date, until: date, now: datetime) -> Iterator[Appointment]:
    """Close a hall's days from the first up to before another; yields who did not come.

    Whatever the timetable says by then, every booking is closed.
    """
    for number in range((until - first).days):
        day = first + timedelta(days=number)
        for _, appointment_id in storage.list_queue(f"{office_id}#{day:%Y%m%d}"):
            _leave(appointment_id, now)
    stamps = f"{first:%Y%m%d}", f"{until:%Y%m%d}"
    for slots in parallel.each(lambda c: storage.load_slots(office_id, c, *stamps), [*CATEGORIES]):
        refused = {seat for slot in slots if slot.taken_back for seat in slot.seats}
        ids = {seat[:_ID_LENGTH] for slot in slots for seat in slot.seats}
        for appointment in storage.load_many(ids):
            if appointment.status is not Status.BOOKED or appointment.valid_until > now:
                continue
            if appointment.seat in refused:
                realign.cancel_hit(_ACTOR, [appointment], now)
            elif _missed(appointment, now):
                yield appointment


def _leave(appointment_id: str, now: datetime) -> None:
    """End the turn of somebody whom the evening left in the hall; it is nobody's fault."""
    old = storage.load(appointment_id)
    if old is None or turns.queue_of(old) is None:
        return
    served = old.status is Status.SERVING
    status = Status.FULFILLED if served else Status.EXPIRED
    entry = history.append(
        appointment_id,
        old.head,
        type_=f"appointment.{status.value}",
        at=now,
        actor=_ACTOR,
        data={"status": status.value},
    )
    new = replace(old, status=status, version=old.version + 1, head=entry.head)
    guards = () if old.walk_in else queue.guard_of(old.person)[1]
    storage.store_change(old, new, entry, guards=guards)


def _missed(old: Appointment, now: datetime) -> bool:
    known, persons = queue.guard_of(old.person)
    entry = history.append(
        old.appointment_id, old.head, type_="appointment.missed", at=now, actor=_ACTOR, data={}
    )
    new = replace(old, status=Status.NO_SHOW, version=old.version + 1, head=entry.head)
    guard = missed(known, old, now)
    return storage.store_change(old, new, entry, guards=persons, no_show=guard)
