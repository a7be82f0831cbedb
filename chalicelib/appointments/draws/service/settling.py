"""Giving out what a draw gave: an appointment to who won, the head of the line to who did not.

The order follows from what is public, and the ids of what is made follow from the entries, so that
a run that was cut short, or two at a time, come to the same. An entry is told its result after it
has it, and its line is marked last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.booking_limits import TimeConflict, TooManyChanges
from chalicelib.appointments.domain.slots import (
    RESERVED_FOR,
    Seat,
    Slot,
    SlotClosed,
    reservation_mark,
)
from chalicelib.appointments.draws import storage
from chalicelib.appointments.draws.domain import draws, proof
from chalicelib.appointments.draws.domain.draws import Draw, DrawEntry, DrawEntryStatus, DrawStatus
from chalicelib.appointments.draws.service import holding, lookup
from chalicelib.appointments.draws.storage import ListedEntry
from chalicelib.appointments.service import bookable, bookings, openings
from chalicelib.appointments.service.drafts import Terms
from chalicelib.appointments.waiting.domain import Wish
from chalicelib.appointments.waiting.service import offers, priority_entries
from chalicelib.core import changes, parallel, worker
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import Problem, TryAgain
from chalicelib.core.event_types import DrawEvent
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity import service as identity

# What is left of a large draw is given out a minute later.
_AT_ONCE: Final = 500
_ID_LENGTH: Final = 8
# Who was drawn behind the seats stands before all who joined the line, of an earlier draw first.
_BEFORE_ALL: Final = timedelta(days=20 * 365)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Result:
    """What the draw gave to an entry: its rank from 1, and the shard with its seat."""

    rank: int
    slot_id: str | None
    shard: Slot | None


@dataclass(frozen=True, slots=True)
class _Told:
    """An entry with its result, and the event that tells it."""

    type: DrawEvent
    entry: DrawEntry
    facts: Mapping[str, str] = field(default_factory=dict)


def settle(draw: Draw, now: datetime) -> None:
    """Give out what a drawn or void draw gave, as much as one run can. Idempotent."""
    entries = storage.list_entries(draw.draw_id)
    results = _results(draw, entries)
    undone = sorted(
        (one for one in entries if not one.done), key=lambda one: _rank(results.get(_number(one)))
    )
    done = worker.each(
        holding.NAME,
        undone[:_AT_ONCE],
        lambda one: _settle(draw, one, results.get(_number(one)), now),
        name=_number,
        through=parallel.map_concurrently,
    )
    if len(done) == len(undone):
        storage.settle(draw)
        offers.look(draw.office_id, draw.category, now)


def _results(draw: Draw, entries: list[ListedEntry]) -> dict[str, _Result]:
    """Return what everybody got, by number; nothing of a draw that is void."""
    if draw.status is not DrawStatus.DRAWN:
        return {}
    order = lookup.drawn_order(draw, entries)
    outcome = proof.outcome_of(order, [one.listed for one in entries], draw.places)
    shards = holding.shards_of(draw)
    return {
        number: _Result(rank, slot_id, shards.get(slot_id or ""))
        for rank, number in enumerate(order, 1)
        for slot_id in (outcome.get(number),)
    }


def _number(listed: ListedEntry) -> str:
    return listed.listed.number


def _rank(result: _Result | None) -> int:
    return result.rank if result else 0


def _settle(draw: Draw, listed: ListedEntry, result: _Result | None, now: datetime) -> None:
    entry = storage.load_entry(listed.entry_id) if listed.entry_id else None
    if entry and entry.status is DrawEntryStatus.ENTERED:
        if result is None:
            told = _Told("draw.called_off", draws.not_drawn(entry, None))
        elif result.slot_id is None:
            _lead(draw, entry, result.rank, now)
            told = _Told("draw.not_drawn", draws.not_drawn(entry, result.rank))
        else:
            told = _seat(draw, entry, result, now)
        _tell(draw, told, now)
    storage.mark_done(draw.draw_id, _number(listed))


def _seat(draw: Draw, entry: DrawEntry, result: _Result, now: datetime) -> _Told:
    """Book what was won.

    Who cannot come at that time any more, or booked too often today, leads the line for another.
    """
    try:
        booked = _book(entry, draw, result, now)
    except TryAgain:
        raise
    except Problem as problem:
        if isinstance(problem, SlotClosed | TimeConflict | TooManyChanges):
            _lead(draw, entry, result.rank, now)
        return _Told("draw.unseated", draws.won(entry, result.rank, None, None))
    # The fee of a seat that is reserved is due soon.
    is_reserved = booked.status is AppointmentStatus.RESERVED
    claim_by = booked.created_at + RESERVED_FOR if is_reserved else None
    won = draws.won(entry, result.rank, booked.appointment_id, claim_by)
    return _Told("draw.won", won, {"slot": booked.slot.slot_id})


def _book(entry: DrawEntry, draw: Draw, result: _Result, now: datetime) -> Appointment:
    """Book a winner's seat.

    Raises what a booking is refused by, and SlotClosed where there is no such seat any more.
    """
    if result.shard is None:
        raise SlotClosed
    caller = identity.caller_of(identity.profile_of(entry.citizen_id))
    service = bookable.service(draw.service_id)
    acting = openings.acting_as(caller, entry.for_member, now)
    seat_id = entry.citizen_id + derived_id("drawn", entry.entry_id, length=_ID_LENGTH)
    mark = reservation_mark(seat_id, now) if service.prepaid else None
    seat = Seat(result.shard.key, result.shard.shard, seat_id, mark)
    taken = appointments.take_seat(seat, now)
    if taken is None:
        raise SlotClosed
    attempt = Attempt(derived_id("drawn", entry.entry_id, length=16), "draw")
    terms = Terms(service, entry.for_member, acting)
    return bookings.book_taken(caller, terms, taken, attempt, now).new


def _lead(draw: Draw, entry: DrawEntry, rank: int, now: datetime) -> None:
    """Put who was not seated at the head of the line, unless nobody may book for them any more."""
    if entry.for_member and not _may_act(entry, now):
        return
    offices = (draw.office_id,)
    wish = Wish(draw.service_id, draw.category, offices, draw.days[0], draw.days[-1])
    leader = priority_entries.Leader(
        entry.citizen_id, entry.person, entry.for_member, entry.entry_id
    )
    priority_entries.lead(leader, wish, draw.closes_at - _BEFORE_ALL + rank * _MILLISECOND, now)


def _may_act(entry: DrawEntry, now: datetime) -> bool:
    try:
        caller = identity.caller_of(identity.profile_of(entry.citizen_id))
        openings.acting_as(caller, entry.for_member, now)
    except TryAgain:
        raise
    except Problem:
        return False
    return True


def _tell(draw: Draw, told: _Told, now: datetime) -> None:
    """Store an entry's result with the event that tells it, once."""
    entry = told.entry

    def decide(old: DrawEntry) -> Decision[DrawEntry, None] | None:
        if old.status is not DrawEntryStatus.ENTERED:
            return None
        facts = {
            "draw": draw.draw_id,
            "service": draw.service_id,
            "office": draw.office_id,
            "status": entry.status.value,
            "rank": str(entry.rank or ""),
            **told.facts,
        }
        return Decision(entry, (DomainEvent(told.type, facts),), None)

    def load() -> DrawEntry:
        # Who erased their account meanwhile is told nothing.
        return storage.load_entry(entry.entry_id) or entry

    changes.apply(load, decide, storage.store_entry_change, Author(holding.ACTOR, now))
