"""An offer or a place on the list that comes to its end."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.slots import Seat
from chalicelib.appointments.waiting import domain, storage
from chalicelib.appointments.waiting.domain import EntryStatus, WaitingEntry
from chalicelib.core import changes
from chalicelib.core.changes import Applied, Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.event_types import WaitingEvent

ACTOR: Final = "system:waiting"
Decided = Decision[WaitingEntry, storage.Effects]
Decide = Callable[[WaitingEntry], WaitingEntry | None]
_EVENTS: Final[dict[EntryStatus, WaitingEvent]] = {
    EntryStatus.WAITING: "waiting.declined",
    EntryStatus.ACCEPTED: "waiting.accepted",
    EntryStatus.LEFT: "waiting.left",
    EntryStatus.EXPIRED: "waiting.expired",
}


def existing(entry_id: str) -> WaitingEntry:
    """Return an entry; raises NotFound."""
    entry = storage.load(entry_id)
    if entry is None:
        raise NotFound
    return entry


def change(
    load: Callable[[], WaitingEntry],
    decide: Decide,
    author: Author,
    event: WaitingEvent | None = None,
) -> Applied[WaitingEntry]:
    """End an entry's offer or the entry as `decide` says, unless its seat was booked meanwhile.

    `event` is what happened, where the new status does not say it. Then its places are given up.
    """

    def decided(old: WaitingEntry) -> Decided | None:
        new = decide(old)
        if new is None:
            return None
        is_booked = old.status is EntryStatus.OFFERED and _is_booked(old)
        new = domain.accepted(old) if is_booked else new
        facts = {"service": old.wish.service_id, "status": new.status.value}
        if old.offer:
            facts["slot"] = old.offer.seat.slot.slot_id
        type_ = event if event and not is_booked and new.active else _EVENTS[new.status]
        asks = old.status is EntryStatus.OFFERED and new.status is not EntryStatus.ACCEPTED
        return Decision(new, (DomainEvent(type_, facts),), asks)

    applied = changes.apply(load, decided, storage.store_change, author)
    if applied.changed and not applied.new.active:
        storage.leave_line(applied.new)
    return applied


def freed_seat(applied: Applied[WaitingEntry]) -> Seat | None:
    """Return the seat that a change gives up, which was offered and is not booked."""
    old, new = applied.old, applied.new
    is_given_up = old.status is EntryStatus.OFFERED and new.status is not EntryStatus.ACCEPTED
    return old.offer.seat if applied.changed and is_given_up and old.offer else None


def lapse(entry_id: str, now: datetime) -> Seat | None:
    """End an offer whose time is over; return the seat that is nobody's now.

    Nobody was to answer an offer that the hall has taken back: it counts for nothing.
    """
    entry = existing(entry_id)
    seat = entry.offer.seat if entry.offer else None
    is_taken_back = seat is not None and _is_taken_back(seat)

    def decide(old: WaitingEntry) -> WaitingEntry | None:
        if old.status is not EntryStatus.OFFERED or old.offer is None or old.offer.until > now:
            return None
        return domain.declined(old) if is_taken_back else domain.lapsed(old)

    event: WaitingEvent | None = None if is_taken_back else "waiting.lapsed"
    return freed_seat(change(lambda: existing(entry_id), decide, Author(ACTOR, now), event))


def expire(entry_id: str, now: datetime) -> None:
    """End an entry whose last day has passed."""

    def decide(old: WaitingEntry) -> WaitingEntry | None:
        is_over = old.status is EntryStatus.WAITING and old.is_over(now)
        return domain.ended(old, EntryStatus.EXPIRED) if is_over else None

    change(lambda: existing(entry_id), decide, Author(ACTOR, now))


def _is_taken_back(seat: Seat) -> bool:
    """Tell whether the hall closed a slot of a seat, or has it no more, or fewer seats in it."""
    for one in seat.singles:
        key = one.slot
        shards = appointments.load_slots(
            key.office_id, key.category, key.stamp, f"{key.stamp}~", consistent=True
        )
        there = next((shard for shard in shards if shard.shard == one.shard), None)
        if there is None or there.taken_back:
            return True
    return False


def _is_booked(entry: WaitingEntry) -> bool:
    return entry.offer is not None and appointments.load(entry.offer.seat.seat_id) is not None
