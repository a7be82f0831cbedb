"""Taking a seat in a slot and giving it back, and what is free beside a slot that is full."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.availability import (
    CountersDay,
    SlotAvailability,
    nearest_open,
)
from chalicelib.appointments.domain.rerelease import back_at
from chalicelib.appointments.domain.rows import row
from chalicelib.appointments.domain.slots import (
    KnownFull,
    Seat,
    Slot,
    SlotClosed,
    SlotFull,
    SlotKey,
    TakenSeat,
    holder_of,
    shard_capacities,
    taken_row,
)
from chalicelib.appointments.service import availability
from chalicelib.appointments.waiting.service import line
from chalicelib.catalogue import service as catalogue
from chalicelib.core import dependencies
from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import unknown

# How long a freed seat stays nobody's while somebody waits, before the crowd can have it.
_OFFERED_WITHIN: Final = timedelta(minutes=2)
# Counters, a day, and the service if it has seats for itself.
ForWhom = tuple[str, str, date, str]
# Which slots of a day are full for whom, for a second, so that a crowd costs almost nothing.
FULL_SECONDS: Final = 1.0
_seen: Final = TimedCache[ForWhom, CountersDay](FULL_SECONDS, size=256)
# What is free the day after, where a day has too little: it is only shown.
NEXT_DAY_SECONDS: Final = 5.0
_next_days: Final = TimedCache[ForWhom, tuple[SlotAvailability, ...]](NEXT_DAY_SECONDS)
# Which counters refused somebody for a day lately: there we look before we leap. A look costs their
# partition half a read unit for 4 KB, a take in vain a write unit, of which it has a third as many.
CROWDED_SECONDS: Final = 30.0
# Who asked a slot for a seat and was not refused: it may have come to be theirs since the slot was
# seen to be full, so that their retry asks it again.
_asked: Final = TimedCache[str, bool](2 * FULL_SECONDS, size=10_000)
_crowded: Final = TimedCache[tuple[str, str, date], bool](CROWDED_SECONDS)


def claim(seat: Seat, service_id: str, now: datetime) -> TakenSeat:
    """Take a seat for a service in whatever shard of its slot has one; idempotent.

    A service that is longer than a slot gets one in each of those in a row, or none at all.

    Raises SlotFull with what is free beside it, SlotClosed, or InvalidRequest without such a slot.
    """
    key = seat.slot
    if key.start <= now:
        raise SlotClosed
    for_whom = key.office_id, key.category, key.day, _apart(key, service_id)
    lasts = availability.takes(for_whom[:2], service_id)
    seen, is_retried = _seen.get(for_whom), _asked.get(seat.seat_id) is not None
    if seen and not is_retried and _is_full_of_others(seat, seen):
        raise _full(KnownFull, key, seen, service_id, now)
    _asked.put(seat.seat_id, True)
    taken = None if lasts or _crowded.get(for_whom[:3]) else _claim_expected(seat, now)
    if taken:
        return taken
    seen = availability.look(for_whom[:2], key.day, service_id, now)
    if key.slot_id not in seen.shards:
        raise unknown("/slot_id")
    slot = seen.slots.get(key.slot_id)
    if slot is None or slot.state == "closed":
        raise SlotClosed
    taken = _claim_row(seat, seen, lasts, now)
    if taken:
        return taken
    _crowded.put(for_whom[:3], True)
    _seen.put(for_whom, seen)
    _asked.drop(seat.seat_id)
    # Where somebody was faster, whom the slot holds by now was not seen.
    is_known = not is_retried and _is_full_of_others(seat, seen)
    raise _full(KnownFull if is_known else SlotFull, key, seen, service_id, now)


def _is_full_of_others(seat: Seat, seen: CountersDay) -> bool:
    """Tell whether a slot was seen to be full; who has or had a seat there asks it itself."""
    slot_id = seat.slot.slot_id
    return seen.is_full(slot_id) and not seen.may_have_held(slot_id, holder_of(seat.seat_id))


def release(seat: Seat, at: datetime, now: datetime) -> None:
    """Give back for good a seat that was given up `at` a moment; idempotent.

    Where the rule of its counters says so, it can be had again at a random moment later. Where
    somebody waits, it stays nobody's until it is offered to them.
    """
    group = catalogue.current().groups.get((seat.slot.office_id, seat.slot.category))
    minutes = group.release.rerelease if group else None
    if minutes:
        key = dependencies.vault().keyed_hash("rerelease", seat.slot.slot_id).encode()
        until = back_at(at, seat.slot.start, minutes, key, seat.seat_id)
        storage.withhold_seat(seat, until, now)
    elif not storage.release_unless_full(seat):
        # Nobody waits where there is room: a full slot alone is of interest to the waiting list.
        if line.is_empty(seat.slot.office_id, seat.slot.category):
            storage.release_seat(seat)
        else:
            storage.withhold_seat(seat, now + _OFFERED_WITHIN, now)
    _forget(seat)


def take_again(seat: Seat, now: datetime) -> TakenSeat | None:
    """Take a seat that is held, in all of its slots; idempotent. None when it is held no more."""
    taken: list[TakenSeat] = []
    for single in seat.singles:
        one = storage.take_seat(single, now)
        if one is None:
            give_back(taken)
            return None
        taken.append(one)
    return taken_row(taken)


def give_back(taken: Iterable[TakenSeat]) -> None:
    """Undo claims that came to nothing."""
    by_shard: dict[tuple[SlotKey, int], list[TakenSeat]] = {}
    for one in (single for each in taken for single in (each, *each.further)):
        by_shard.setdefault((one.seat.slot, one.seat.shard), []).append(one)
    for some in by_shard.values():
        storage.give_back(some)
        _forget(some[0].seat)


def forget() -> None:
    """Forget what is full and crowded."""
    _seen.clear()
    _next_days.clear()
    _crowded.clear()
    _asked.clear()


def _forget(seat: Seat) -> None:
    group = catalogue.current().groups.get((seat.slot.office_id, seat.slot.category))
    apart = ({quota.service_id for quota in group.quotas} | {*group.long}) if group else set()
    for service_id in ("", *apart):
        for_whom = seat.slot.office_id, seat.slot.category, seat.slot.day, service_id
        _seen.drop(for_whom)
        _next_days.drop(for_whom)


def _apart(key: SlotKey, service_id: str) -> str:
    """Return the service if it finds other slots full: it has seats for itself, or takes rows."""
    group = catalogue.current().groups.get((key.office_id, key.category))
    is_apart = group and (group.quota(service_id) or service_id in group.long)
    return service_id if is_apart else ""


def _claim_expected(seat: Seat, now: datetime) -> TakenSeat | None:
    """Try one of the shards that the timetable asks for: each appointment has its own."""
    group = catalogue.current().groups.get((seat.slot.office_id, seat.slot.category))
    shards = len(shard_capacities(group.shared)) if group else 0
    return storage.take_seat(replace(seat, shard=_own(seat) % shards), now) if shards else None


def _claim_row(seat: Seat, seen: CountersDay, lasts: timedelta, now: datetime) -> TakenSeat | None:
    """Take a seat in a slot and, for what is longer, in those after it: in each or in none.

    Whoever takes rows does so in the order of time: of several in each other's way one gets on.
    """
    ends = {some[0].key: some[0].end for some in seen.shards.values()}
    taken: list[TakenSeat] = []
    for key in row(seat.slot, ends, lasts):
        one = _claim_seen(replace(seat, slot=key), seen.shards[key.slot_id], now)
        if one is None:
            give_back(taken)
            return None
        taken.append(one)
    return taken_row(taken)


def _claim_seen(seat: Seat, shards: Sequence[Slot], now: datetime) -> TakenSeat | None:
    """Try the shards of a slot that were seen with room for an appointment."""
    # An attempt whose answer got lost has its seat.
    mine = [shard for shard in shards if seat.seat_id in shard.seats]
    # A group that lost counters may have its last free seats in a shard of before.
    free = [shard for shard in shards if shard.remaining and not shard.closed]
    for shard in (*mine, *_from_own(free, seat)):
        taken = storage.take_seat(replace(seat, shard=shard.shard), now)
        if taken:
            return taken
    return None


def _from_own(shards: Sequence[Slot], seat: Seat) -> list[Slot]:
    """Return shards in the order in which an appointment tries them, so that a crowd spreads."""
    begin = _own(seat) % len(shards) if shards else 0
    return [*shards[begin:], *shards[:begin]]


def _own(seat: Seat) -> int:
    return sum(holder_of(seat.seat_id).encode())


def _full(
    kind: type[SlotFull], key: SlotKey, seen: CountersDay, service_id: str, now: datetime
) -> SlotFull:
    """Return the problem of a full slot, with what is free beside it on its day and the next."""
    near = [slot for slot in seen.slots.values() if slot.state == "open"]
    if len(near) < availability.ALTERNATIVES:
        near += _next_day(key, service_id, now)
    beside = nearest_open(near, key.start, availability.ALTERNATIVES)
    shown = [alternative(slot) for slot in beside]
    retry_at = seen.slots[key.slot_id].retry_at
    if retry_at:
        return kind(alternatives=shown, retry_at=rfc3339(retry_at))
    return kind(alternatives=shown)


def _next_day(key: SlotKey, service_id: str, now: datetime) -> tuple[SlotAvailability, ...]:
    day, counters = key.day + timedelta(days=1), (key.office_id, key.category)

    def read() -> tuple[SlotAvailability, ...]:
        return tuple(availability.look(counters, day, service_id, now).slots.values())

    return _next_days.load((*counters, day, _apart(key, service_id)), read)


def alternative(slot: SlotAvailability) -> dict[str, object]:
    """Return a free time as a problem shows it."""
    return {
        "slot_id": slot.key.slot_id,
        "start": rfc3339(slot.key.start),
        "end": rfc3339(slot.end),
        "remaining": slot.remaining,
    }
