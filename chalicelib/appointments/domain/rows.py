"""Slots in a row: each begins when the one before ends, at the same counters.

A group comes in one slot and in those after it; a service that is longer than a slot takes a seat
in each of as many as it needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.appointments.domain.slots import Seat, Slot, SlotKey


@dataclass(slots=True)
class _Room:
    """The seats of a slot: in which shard whose is, and the shards of those that are free."""

    taken: Mapping[str, int]
    free: list[int]

    def shard_for(self, seat_id: str) -> int | None:
        """Return the shard in which somebody has, or can have, a seat."""
        return self.taken.get(seat_id, self.free[0] if self.free else None)

    def take(self, seat_id: str) -> int:
        """Take the seat that there is for somebody."""
        return self.taken[seat_id] if seat_id in self.taken else self.free.pop(0)


def in_a_row(first: SlotKey, ends: Mapping[SlotKey, datetime]) -> Iterator[SlotKey]:
    """Yield a slot and those that follow it without a gap, of those whose ends are known."""
    key = first
    while key in ends:
        yield key
        key = SlotKey(key.office_id, key.category, ends[key])


def row(first: SlotKey, ends: Mapping[SlotKey, datetime], lasts: timedelta) -> tuple[SlotKey, ...]:
    """Return a slot and those after it that a visit takes; none where too few follow."""
    slots: list[SlotKey] = []
    for key in in_a_row(first, ends):
        slots.append(key)
        if ends[key] - first.start >= lasts:
            return tuple(slots)
    return ()


def share_out(
    seat_ids: Sequence[str],
    first: SlotKey,
    slots: Mapping[SlotKey, Sequence[Slot]],
    lasts: timedelta = timedelta(),
) -> list[Seat] | None:
    """Return a seat for each, from a slot on and, once it is full, from those in a row after it.

    `slots` are the shards of each slot, `lasts` how long each visit is, where longer than a slot; a
    seat that is there already stays where it is. None where there are too few, or somebody would
    begin after all others have gone: a group stays together.
    """
    ends = {key: shards[0].end for key, shards in slots.items()}
    rooms = {key: _room(shards) for key, shards in slots.items()}
    starts = list(in_a_row(first, ends))
    placed: list[Seat] = []
    at = reach = 0
    for seat_id in seat_ids:
        while True:
            if at > reach or at == len(starts):
                return None
            keys = row(starts[at], ends, lasts)
            if keys and all(rooms[key].shard_for(seat_id) is not None for key in keys):
                break
            at += 1
        (_, shard), *further = [(key, rooms[key].take(seat_id)) for key in keys]
        placed.append(Seat(keys[0], shard, seat_id, further=tuple(further)))
        reach = max(reach, at + len(keys))
    return placed


def _room(shards: Sequence[Slot]) -> _Room:
    open_ = [shard for shard in shards if not shard.closed]
    taken = {seat_id: shard.shard for shard in open_ for seat_id in shard.seats}
    return _Room(taken, [shard.shard for shard in open_ for _ in range(shard.remaining)])
