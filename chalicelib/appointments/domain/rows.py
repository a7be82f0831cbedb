"""Slots in a row: each begins when the one before ends, at the same counters."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from chalicelib.appointments.domain.slots import Seat, Slot, SlotKey


def in_a_row(first: SlotKey, ends: Mapping[SlotKey, datetime]) -> Iterator[SlotKey]:
    """Yield a slot and those that follow it without a gap, of those whose ends are known."""
    key = first
    while key in ends:
        yield key
        key = SlotKey(key.office_id, key.category, ends[key])


def share_out(
    seat_ids: Sequence[str], first: SlotKey, slots: Mapping[SlotKey, Sequence[Slot]]
) -> list[Seat] | None:
    """Return a seat for each, in a slot and, once it is full, in those in a row after it.

    `slots` are the shards of each slot; a seat that is there already stays where it is. None where
    there are too few, or a slot in between has none: a group stays together.
    """
    ends = {key: shards[0].end for key, shards in slots.items()}
    placed: list[Seat] = []
    for key in in_a_row(first, ends):
        here = _places(key, slots[key], seat_ids[len(placed) :])
        if not here:
            return None
        placed += here
        if len(placed) == len(seat_ids):
            return placed
    return None


def _places(key: SlotKey, shards: Sequence[Slot], seat_ids: Sequence[str]) -> list[Seat]:
    """Return seats in one slot for the first of some, as many as it has."""
    open_ = [shard for shard in shards if not shard.closed]
    there = {seat_id: shard.shard for shard in open_ for seat_id in shard.seats}
    free = (shard.shard for shard in open_ for _ in range(shard.remaining))
    placed: list[Seat] = []
    for seat_id in seat_ids:
        shard = there.get(seat_id, next(free, None) if seat_id not in there else None)
        if shard is None:
            break
        placed.append(Seat(key, shard, seat_id))
    return placed
