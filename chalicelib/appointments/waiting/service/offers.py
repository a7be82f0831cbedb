"""A seat that is nobody's goes to whoever has waited longest for it, in one chain of conditions.

1. In the slot the seat is put in place of the freed one, for the entry: one write, on the condition
   that the slot is as it was read. Nobody else can take it before or after. Who waits for a service
   that is longer than a slot has it so in each of those in a row.
2. The entry is offered the seat, on the condition that it still waits.

What stops between the two leaves a seat that no entry holds; the sweep passes it on.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from chalicelib.appointments import storage as slots
from chalicelib.appointments.domain.slots import (
    HORIZON_DAYS,
    Seat,
    Slot,
    SlotKey,
    offered_seats,
)
from chalicelib.appointments.service import availability, bookable
from chalicelib.appointments.waiting import domain, storage
from chalicelib.appointments.waiting.domain import Offer, Place, WaitingEntry
from chalicelib.appointments.waiting.service import endings
from chalicelib.appointments.waiting.service.spares import Name, Shards, spare_seats
from chalicelib.catalogue import service as catalogue
from chalicelib.core import changes, parallel, worker
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.ids import derived_id

_ID_LENGTH: Final = 8
_NAME: Final = "waiting_list"
# A place without an entry may be of a joining that is under way.
_TICK: Final = timedelta(seconds=1)
_ABANDONED: Final = timedelta(minutes=2)


def pass_on(key: SlotKey, now: datetime, nobodys: Collection[str] = ()) -> int:
    """Offer the seats of a slot that are nobody's to those who wait for it; return how many.

    `nobodys` are seats that are known to be nobody's beside those that are withheld and free. What
    nobody waits for can be had by the crowd, at once or as the rule of release says. Idempotent.
    """
    counters = key.office_id, key.category
    acts: list[Any] = [
        partial(slots.load_slots, *counters, key.stamp, f"{key.stamp}~"),
        partial(storage.line_of, *counters),
    ]
    shards, line = parallel.map_concurrently(lambda act: act(), acts)
    fitting = [place for place in line if place.wish.fits(key)]
    beside = shards
    if any(availability.takes(counters, place.wish.service_id) for place in fitting):
        beside = slots.load_slots(*counters, f"{key.day:%Y%m%d}", f"{key.day:%Y%m%d}~")
    there = Shards(beside, now, frozenset(nobodys))
    offered = sum(_pass_on(there, (one.key, one.shard), fitting) for one in shards)
    _let_go(shard for shard in shards if not _line_for(shard, fitting))
    return offered


def watch(now: datetime, part: Part = WHOLE) -> None:
    """Let offers lapse whose time is over, and offer whatever is free where somebody waits."""
    lapsing = storage.list_offers(now + _TICK, part)
    worker.each(_NAME, lapsing, lambda one: lapse(one, now))
    worker.each(
        _NAME,
        sorted(one for one in catalogue.current().groups if part.has(one[0])),
        lambda one: look(*one, now),
        through=parallel.map_concurrently,
    )


def look(office_id: str, category: str, now: datetime) -> None:
    """Offer what is free or nobody's in a hall's slots to those who stand in its line."""
    line = storage.line_of(office_id, category)
    if not line:
        return
    first = max(office_time(now).date(), min(place.wish.first for place in line))
    last = min(max(place.wish.last for place in line), first + timedelta(days=HORIZON_DAYS))
    days = (f"{first:%Y%m%d}", f"{last:%Y%m%d}~") if first <= last else None
    shards = slots.load_slots(office_id, category, *days) if days else []
    there = Shards(shards, now)
    for shard in shards:
        fitting = [place for place in line if place.wish.fits(shard.key)]
        _pass_on(there, (shard.key, shard.shard), fitting)
    today = office_time(now).date()
    for place in (one for one in line if one.wish.last < today):
        if _entry_at(place, now):
            endings.expire(place.entry_id, now)


def lapse(entry_id: str, now: datetime) -> None:
    """End an offer whose time is over, unless it was taken; the seat goes on."""
    seat = endings.lapse(entry_id, now)
    if seat:
        give_up(seat, now)


def give_up(seat: Seat, now: datetime) -> None:
    """Pass a seat on that was offered and not taken; what nobody waits for goes to the crowd."""
    for one in seat.singles:
        if not pass_on(one.slot, now, frozenset({one.seat_id})):
            slots.release_seat(one)


def held_seats(marks: Iterable[str]) -> set[str]:
    """Return the seats that an entry of the list holds, of those that were offered to one."""
    offered = offered_seats(marks)
    entries = ((seat_id, storage.load(entry_id)) for seat_id, entry_id in offered.items())
    return {seat_id for seat_id, entry in entries if entry and entry.holds(seat_id)}


def _pass_on(there: Shards, name: Name, line: Iterable[Place]) -> int:
    """Offer what is nobody's in a shard, each seat to the next of a line who may have it."""
    offered, line = 0, _line_for(there[name], line)
    places = iter(line)
    while line and there.spares(name):
        found = next((f for place in places if (f := _found(place, there, name))), None)
        # Somebody may have changed a slot meanwhile: then the timer looks at it again.
        if found is None or not _offer(*found, there):
            break
        offered += 1
    return offered


def _line_for(slot: Slot, line: Iterable[Place]) -> list[Place]:
    """Return who of a line may have seats of a shard, which may be for one service alone."""
    return [place for place in line if slot.quota in (None, place.wish.service_id)]


def _found(place: Place, there: Shards, name: Name) -> tuple[WaitingEntry, list[Name]] | None:
    """Return the entry of a place and the shards whose seats can be offered to it now."""
    entry = _entry_of(place, there[name], there.now)
    row = there.row_with(name, entry) if entry else None
    return (entry, row) if entry and row else None


def _entry_of(place: Place, slot: Slot, now: datetime) -> WaitingEntry | None:
    """Return the entry of a place if a seat of a shard can be offered to it now.

    What a draw left is out for those who wait before the moment of anybody else.
    """
    entry = _entry_at(place, now)
    if entry is None:
        return None
    opening = None if slot.quota else bookable.opening_of(slot.key)
    is_out = opening is None or opening.moment(entry.person) <= now
    return entry if is_out and not entry.is_over(now) else None


def _entry_at(place: Place, now: datetime) -> WaitingEntry | None:
    """Return the entry that stands at a place; the place of one that ended or never was is left."""
    entry = storage.load(place.entry_id)
    if entry and entry.active:
        return entry
    if entry or place.since < now - _ABANDONED:
        storage.remove_place(place)
    return None


def _offer(entry: WaitingEntry, row: list[Name], there: Shards) -> bool:
    """Hold a seat for an entry and offer it; False when one of its shards has changed."""
    seat_id = entry.citizen_id + derived_id(entry.entry_id, str(entry.version), length=_ID_LENGTH)
    if not all(_hand_over(there, name, seat_id, entry.entry_id) for name in row):
        # What was handed over until then is held by no entry: the sweep passes it on.
        return False
    seat = Seat(*row[0], seat_id, further=tuple(row[1:]))
    offer = Offer(seat, domain.held_until(there.now, seat.slot.start))
    known = [entry]

    def decide(old: WaitingEntry) -> endings.Decided | None:
        if old.version != entry.version:
            return None
        slot_id, until = seat.slot.slot_id, rfc3339(offer.until)
        facts = {"service": old.wish.service_id, "slot": slot_id, "until": until}
        event = DomainEvent("waiting.offered", facts)
        return Decision(domain.offered(old, offer), (event,), effects=False)

    def load() -> WaitingEntry:
        return known.pop() if known else endings.existing(entry.entry_id)

    author = Author(endings.ACTOR, there.now)
    applied = changes.apply(load, decide, storage.store_change, author)
    if not applied.new.holds(seat_id):
        # They have left meanwhile: the seat is free for whoever comes next.
        for one in seat.singles:
            slots.release_seat(one)
    return True


def _hand_over(there: Shards, name: Name, seat_id: str, entry_id: str) -> bool:
    """Put a seat that is held for an entry in place of one that is nobody's."""
    slot, [spare, *_] = there[name], there.spares(name)
    handed = slot.handed_over(spare, seat_id, entry_id)
    if not slots.hand_over(slot, handed, Seat(*name, seat_id), there.now):
        return False
    there[name] = handed
    return True


def _let_go(shards: Iterable[Slot]) -> None:
    """Let the crowd have withheld seats for which nobody waits, unless the rule says later."""
    for shard in shards:
        group = catalogue.current().groups.get((shard.key.office_id, shard.key.category))
        if group and group.release.rerelease:
            continue
        for seat_id in spare_seats(shard):
            if seat_id:
                slots.release_seat(Seat(shard.key, shard.shard, seat_id))
