"""What is left of a slot: its shards added up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.appointments.domain.rows import row
from chalicelib.appointments.domain.slots import LEFT_LIMIT, Slot, SlotKey, holder_of

SlotState = Literal["open", "reserved", "full", "closed", "not_yet"]
# Of slots in a row the one that stands most in the way decides.
_WORST_FIRST: Final[tuple[SlotState, ...]] = ("closed", "full", "reserved", "not_yet", "open")


@dataclass(frozen=True, slots=True)
class SlotAvailability:
    """A slot over all of its shards.

    `reserved` says that only seats are left that wait for their fee, the first of which may be
    given up at `retry_at`, or that were given back and cannot be had yet. One that is `not_yet` out
    comes out at `opens_at`.
    """

    key: SlotKey
    end: datetime
    capacity: int
    remaining: int
    state: SlotState
    retry_at: datetime | None = None
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CountersDay:
    """The slots of counters on a day and their shards, by slot ids, as they were a moment ago."""

    slots: Mapping[str, SlotAvailability]
    shards: Mapping[str, Sequence[Slot]]

    def is_full(self, slot_id: str) -> bool:
        """Tell whether a slot is there that has no seat left."""
        slot = self.slots.get(slot_id)
        return slot is not None and slot.state != "closed" and not slot.remaining

    def may_have_held(self, slot_id: str, appointment_id: str) -> bool:
        """Tell whether an appointment may have, or have had, a seat of a slot.

        Of many who left a shard only the first are known.
        """
        return any(
            len(shard.left) >= LEFT_LIMIT
            or appointment_id in {holder_of(seat) for seat in shard.seats | shard.left}
            for shard in self.shards.get(slot_id, ())
        )


def availability_of(
    shards: list[Slot], now: datetime, opens_at: datetime | None = None
) -> SlotAvailability:
    """Add the shards of a slot up; `opens_at` is when its day's seats come out, if not at once."""
    key = shards[0].key
    # Of a slot that lost counters some shards are closed: their seats are not for sale.
    open_ = [shard for shard in shards if not shard.closed]
    remaining = sum(shard.remaining for shard in open_ or shards)
    capacity = sum(shard.capacity for shard in open_ or shards)
    if key.start <= now or not open_:
        return SlotAvailability(key, shards[0].end, capacity, remaining, "closed")
    if opens_at and now < opens_at:
        return SlotAvailability(
            key, shards[0].end, capacity, remaining, "not_yet", opens_at=opens_at
        )
    if remaining:
        return SlotAvailability(key, shards[0].end, capacity, remaining, "open")
    ends = [end for shard in shards if (end := shard.retry_at(now))]
    held_back = any(shard.withholds() for shard in open_)
    state: SlotState = "reserved" if ends or held_back else "full"
    return SlotAvailability(key, shards[0].end, capacity, 0, state, min(ends, default=None))


def in_rows(slots: Sequence[SlotAvailability], lasts: timedelta) -> list[SlotAvailability]:
    """Return the times at which a visit of several slots can begin, with what is left of each row.

    A slot after which too few follow is none.
    """
    known = {slot.key: slot for slot in slots}
    ends = {slot.key: slot.end for slot in slots}
    rows = ([known[key] for key in row(slot.key, ends, lasts)] for slot in slots)
    return [_row(some) for some in rows if some]


def _row(slots: Sequence[SlotAvailability]) -> SlotAvailability:
    state = min((slot.state for slot in slots), key=_WORST_FIRST.index)
    retries = [slot.retry_at for slot in slots if slot.retry_at and state == "reserved"]
    return SlotAvailability(
        slots[0].key,
        slots[-1].end,
        min(slot.capacity for slot in slots),
        min(slot.remaining for slot in slots),
        state,
        max(retries, default=None),
        slots[0].opens_at,
    )


def nearest_open(
    slots: Iterable[SlotAvailability], start: datetime, count: int
) -> tuple[SlotAvailability, ...]:
    """Return the open slots nearest to a time, in the order of theirs."""
    near = sorted(
        (slot for slot in slots if slot.state == "open"),
        key=lambda slot: abs(slot.key.start - start),
    )
    return tuple(sorted(near[:count], key=lambda slot: slot.key.start))
