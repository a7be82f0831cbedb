"""Booking for several people at once: all or none, in one slot or in slots in a row.

The seats are taken before anything is kept, all of a shard in one write, on the condition that it
has room for them. Then all appointments are kept in one transaction. What fails gives the seats
back; what stops leaves them to the sweep. Each appointment is cancelled and moved alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from chalicelib.appointments import storage
from chalicelib.appointments.domain.availability import availability_of, in_rows, nearest_open
from chalicelib.appointments.domain.rows import share_out
from chalicelib.appointments.domain.slots import (
    Seat,
    Slot,
    SlotClosed,
    SlotFull,
    SlotKey,
    TakenSeat,
    reservation_mark,
    shards_by_slot,
    taken_row,
)
from chalicelib.appointments.service import availability, bookable, drafts, openings, seats
from chalicelib.appointments.service.drafts import Booked, Terms
from chalicelib.catalogue.domain import Service
from chalicelib.core import idempotency, parallel
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import until_stored
from chalicelib.core.errors import unknown
from chalicelib.core.idempotency import Attempt
from chalicelib.mandates.service import Acting

SELF: Final = "self"


class GroupRequest(Protocol):
    """What a citizen asks for several people."""

    @property
    def service_id(self) -> str:
        """The service to visit for."""

    @property
    def office_id(self) -> str:
        """The hall; the slot must be one of it."""

    @property
    def slot_id(self) -> SlotKey:
        """The time at which the first begin."""


def book(
    caller: Citizen,
    request: GroupRequest,
    people: Sequence[str],
    attempt: Attempt,
    now: datetime,
) -> Booked:
    """Book a seat for each of the people, who are members of the family or `self`. Idempotent.

    Raises InvalidRequest, VerificationRequired, ConsentRequired, NotYet, SlotFull, SlotClosed, and
    what `drafts.store` raises.
    """
    service = bookable.service(request.service_id)
    bookable.check_slot(service, request.office_id, request.slot_id)
    opening = bookable.opening_of(request.slot_id)
    if opening:
        opening.check(openings.verified(caller), now)
    ids = [drafts.id_for(caller.citizen_id, attempt, number) for number in range(len(people))]
    replayed = _existing(ids, attempt)
    if replayed:
        return replayed
    members = [None if one == SELF else one for one in people]
    acting = _admitted(caller, members, now, is_scarce=opening is not None)
    for one, member, leave in zip(ids, members, acting, strict=True):
        with drafts.naming(member):
            wanted, terms = Seat(request.slot_id, 0, one), Terms(service, member, leave)
            if drafts.was_refused(caller, terms):
                drafts.look_first(caller, terms, wanted, attempt, now)
    taken = _claim(request.slot_id, ids, service, now)
    made = [
        drafts.draft(caller, Terms(service, member, leave), seat, attempt, now)
        for member, leave, seat in zip(members, acting, taken, strict=True)
    ]
    return drafts.store(made, attempt, now)


def _existing(ids: Sequence[str], attempt: Attempt) -> Booked | None:
    """Return what the attempt has made already; raises IdempotencyKeyReused."""
    first = storage.load(ids[0])
    if first is None or not idempotency.already_applied(first.ledger, attempt):
        return None
    made = {one.appointment_id: one for one in storage.load_many(ids, consistent=True)}
    return Booked(tuple(made[one] for one in ids), replayed=True)


def _admitted(
    caller: Citizen, members: Sequence[str | None], now: datetime, *, is_scarce: bool
) -> list[Acting | None]:
    """Return by whose leave each is booked for."""

    def admit(number: int) -> Acting | None:
        member = members[number]
        with drafts.naming(member):
            acting = openings.acting_as(caller, member, now, f"/for_members/{number}")
            if is_scarce and acting:
                openings.check_agreed(acting)
            return acting

    return parallel.map_concurrently(admit, range(len(members)))


def _claim(first: SlotKey, ids: Sequence[str], service: Service, now: datetime) -> list[TakenSeat]:
    """Take a seat for each, looking again whenever others were faster.

    Raises SlotFull with times when all can come, SlotClosed, or InvalidRequest without such a slot.
    """
    lasts = availability.takes((first.office_id, first.category), service.service_id)

    def claim() -> list[TakenSeat] | None:
        slots = _around(first)
        if first not in slots:
            raise unknown("/slot_id")
        if availability_of(slots[first], now).state == "closed":
            raise SlotClosed
        seats_of_all = share_out(ids, first, slots, lasts)
        if seats_of_all is None:
            raise _full(first, ids, slots, lasts, now)
        return _take(seats_of_all, slots, now, prepaid=service.prepaid)

    return until_stored(claim)


def _around(first: SlotKey) -> dict[SlotKey, list[Slot]]:
    """Return the shards of the slots of a day and the next, as they are now; one Query."""
    stamps = f"{first.day:%Y%m%d}", f"{first.day + timedelta(days=2):%Y%m%d}"
    there = storage.load_slots(first.office_id, first.category, *stamps, consistent=True)
    # Who comes with others takes no seat that one service has for itself.
    shards = [one for one in there if one.quota is None]
    return {some[0].key: some for some in shards_by_slot(shards).values()}


def _take(
    wanted: Sequence[Seat], slots: Mapping[SlotKey, list[Slot]], now: datetime, *, prepaid: bool
) -> list[TakenSeat] | None:
    """Take the seats, all of a shard in one write; None when others were faster somewhere."""
    by_shard: dict[tuple[SlotKey, int], list[Seat]] = {}
    for seat in (single for one in wanted for single in one.singles):
        mark = reservation_mark(seat.seat_id, now) if prepaid else None
        by_shard.setdefault((seat.slot, seat.shard), []).append(replace(seat, reservation=mark))
    taken: list[TakenSeat] = []
    for (slot, number), some in by_shard.items():
        shard = next(one for one in slots[slot] if one.shard == number)
        here = storage.take_seats(shard, some, now)
        if here is None:
            seats.give_back(taken)
            return None
        taken += here
    known = {(one.seat.seat_id, one.seat.slot): one for one in taken}
    return [taken_row([known[one.seat_id, one.slot] for one in s.singles]) for s in wanted]


def _full(
    first: SlotKey,
    ids: Sequence[str],
    slots: Mapping[SlotKey, list[Slot]],
    lasts: timedelta,
    now: datetime,
) -> SlotFull:
    """Return the problem of a time that has not enough seats, with the nearest that have."""
    shown = [availability.of_shards(shards, now) for shards in slots.values()]
    fitting = [one for one in in_rows(shown, lasts) if share_out(ids, one.key, slots, lasts)]
    near = nearest_open(fitting, first.start, availability.ALTERNATIVES)
    return SlotFull(alternatives=[seats.alternative(one) for one in near])
