"""A seat that is nobody's goes to whoever has waited longest for it, in one chain of conditions.

1. In the slot the seat is put in place of the freed one, for the entry: one write, on the condition
   that the slot is as it was read. Nobody else can take it before or after.
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
from chalicelib.appointments.draws.service import gate
from chalicelib.appointments.service import bookable
from chalicelib.appointments.waiting import domain, storage
from chalicelib.appointments.waiting.domain import Offer, Place, WaitingEntry
from chalicelib.appointments.waiting.service import endings
from chalicelib.catalogue import service as catalogue
from chalicelib.core import changes, parallel, worker
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
    stamps = key.stamp, f"{key.stamp}~"
    acts: list[Any] = [
        partial(slots.load_slots, key.office_id, key.category, *stamps),
        partial(storage.line_of, key.office_id, key.category),
    ]
    shards, line = parallel.map_concurrently(lambda act: act(), acts)
    fitting = [place for place in line if place.wish.fits(key)]
    offered = sum(_pass_on(shard, fitting, nobodys, now) for shard in shards)
    _let_go(shard for shard in shards if not _line_for(shard, fitting))
    return offered


def watch(now: datetime) -> None:
    """Let offers lapse whose time is over, and offer whatever is free where somebody waits."""
    worker.each(_NAME, storage.list_offers(now + _TICK), lambda one: lapse(one, now))
    worker.each(
        _NAME,
        sorted(catalogue.current().groups),
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
    for shard in slots.load_slots(office_id, category, *days) if days else ():
        fitting = [place for place in line if place.wish.fits(shard.key)]
        _pass_on(shard, fitting, (), now)
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
    if not pass_on(seat.slot, now, frozenset({seat.seat_id})):
        slots.release_seat(seat)


def held_seats(marks: Iterable[str]) -> set[str]:
    """Return the seats that an entry of the list holds, of those that were offered to one."""
    offered = offered_seats(marks)
    entries = ((seat_id, storage.load(entry_id)) for seat_id, entry_id in offered.items())
    return {seat_id for seat_id, entry in entries if entry and entry.holds(seat_id)}


def _spare(slot: Slot, nobodys: Collection[str]) -> list[str | None]:
    """Return the seats of a shard that are nobody's, and a None for each that is free."""
    offered = offered_seats(slot.withheld)
    withheld = {mark.partition(".")[0] for mark in slot.withheld} - offered.keys()
    return [*sorted((withheld | set(nobodys)) & slot.seats), *[None] * slot.remaining]


def _pass_on(slot: Slot, line: list[Place], nobodys: Collection[str], now: datetime) -> int:
    """Offer what is nobody's in a shard, each seat to the next of a line who may have it."""
    line = _line_for(slot, line)
    is_over = slot.closed or slot.key.start <= now
    spares = [] if is_over or not line or not gate.is_out(slot, now) else _spare(slot, nobodys)
    offered, places = 0, iter(line)
    for spare in spares:
        entry = next((e for p in places if (e := _entry_of(p, slot, now))), None)
        handed = _offer(entry, slot, spare, now) if entry else None
        # Somebody may have changed the slot meanwhile: then the timer looks at it again.
        if handed is None:
            break
        slot, offered = handed, offered + 1
    return offered


def _line_for(slot: Slot, line: Iterable[Place]) -> list[Place]:
    """Return who of a line may have seats of a shard, which may be for one service alone."""
    return [place for place in line if slot.quota in (None, place.wish.service_id)]


def _entry_of(place: Place, slot: Slot, now: datetime) -> WaitingEntry | None:
    """Return the entry of a place if a seat in a slot can be offered to it now.

    What a draw left is out for those who wait before the moment of anybody else.
    """
    entry = _entry_at(place, now)
    if entry is None:
        return None
    opening = None if slot.quota else bookable.opening_of(slot.key)
    is_out = opening is None or opening.moment(entry.person) <= now
    return entry if is_out and entry.wants(slot.key) and not entry.is_over(now) else None


def _entry_at(place: Place, now: datetime) -> WaitingEntry | None:
    """Return the entry that stands at a place; the place of one that ended or never was is left."""
    entry = storage.load(place.entry_id)
    if entry and entry.active:
        return entry
    if entry or place.since < now - _ABANDONED:
        storage.remove_place(place)
    return None


def _offer(entry: WaitingEntry, slot: Slot, spare: str | None, now: datetime) -> Slot | None:
    """Hold a seat for an entry and offer it; return the shard with it, None if it has changed."""
    seat_id = entry.citizen_id + derived_id(entry.entry_id, str(entry.version), length=_ID_LENGTH)
    handed = slot.handed_over(spare, seat_id, entry.entry_id)
    seat = Seat(slot.key, slot.shard, seat_id)
    if not slots.hand_over(slot, handed, seat, now):
        return None
    offer = Offer(seat, domain.held_until(now, slot.key.start))
    known = [entry]

    def decide(old: WaitingEntry) -> endings.Decided | None:
        if old.version != entry.version:
            return None
        slot_id, until = slot.key.slot_id, rfc3339(offer.until)
        facts = {"service": old.wish.service_id, "slot": slot_id, "until": until}
        event = DomainEvent("waiting.offered", facts)
        return Decision(domain.offered(old, offer), (event,), effects=False)

    def load() -> WaitingEntry:
        return known.pop() if known else endings.existing(entry.entry_id)

    author = Author(endings.ACTOR, now)
    applied = changes.apply(load, decide, storage.store_change, author)
    if not applied.new.holds(seat_id):
        # They have left meanwhile: the seat is free for whoever comes next.
        slots.release_seat(seat)
    return handed


def _let_go(shards: Iterable[Slot]) -> None:
    """Let the crowd have withheld seats for which nobody waits, unless the rule says later."""
    for shard in shards:
        group = catalogue.current().groups.get((shard.key.office_id, shard.key.category))
        if group and group.release.rerelease:
            continue
        for seat_id in _spare(shard, ()):
            if seat_id:
                slots.release_seat(Seat(shard.key, shard.shard, seat_id))
