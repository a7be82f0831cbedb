"""Which slots a day should have, given its opening hours and what was made and booked before.

Slots that were made stay where they are as long as the hall is open for all of their time; only the
time beside them is filled anew. So longer hours move nobody, and no counter is sold twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.appointments.domain.slots import SHARD_SEATS, Slot, SlotKey, shards_by_slot
from chalicelib.catalogue.domain import Group

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class _Whole:
    """A slot over its shards."""

    shards: tuple[Slot, ...]

    @property
    def span(self) -> Span:
        return self.shards[0].key.start, self.shards[0].end

    @property
    def taken(self) -> int:
        return sum(len(shard.seats) for shard in self.shards)

    @property
    def open(self) -> bool:
        return any(not shard.closed for shard in self.shards)

    def meets(self, span: Span) -> bool:
        return self.span[0] < span[1] and span[0] < self.span[1]


def aligned(
    counters: tuple[str, str],
    group: Group | None,
    spans: Sequence[Span],
    there: Sequence[Slot],
    now: datetime,
) -> list[Slot]:
    """Return a day's coming shards with the capacity that each should have; 0 closes one.

    `counters` are a hall's id and a category, `there` the shards of the day that exist. Without a
    group the day is closed.
    """
    wholes = [_Whole(tuple(shards)) for shards in shards_by_slot(list(there)).values()]
    begun = [whole for whole in wholes if whole.span[0] <= now]
    coming = [whole for whole in wholes if whole.span[0] > now]
    if group is None:
        return [shard for whole in coming for shard in _resized(whole, 0)]
    staying = _staying(begun, coming, spans)
    given_up = {whole.span[0]: whole for whole in coming if whole not in staying}
    for start in _gaps(spans, [*begun, *staying], timedelta(minutes=group.minutes)):
        if start > now:
            end = start + timedelta(minutes=group.minutes)
            made = _Whole((Slot(SlotKey(*counters, start), 0, end, 0),))
            staying.append(given_up.pop(start, made))
    beside = tuple(given_up.values())
    shards = [_resized(whole, _room(whole, beside, group)) for whole in staying]
    shards += [_resized(whole, 0) for whole in beside]
    return [shard for some in shards for shard in some]


def _staying(begun: list[_Whole], coming: list[_Whole], spans: Sequence[Span]) -> list[_Whole]:
    """Return the coming slots that stay: where two are in each other's way, the booked one."""
    stay: list[_Whole] = []
    for whole in sorted(coming, key=lambda w: (not w.taken, not w.open, w.span)):
        inside = any(begin <= whole.span[0] and whole.span[1] <= end for begin, end in spans)
        alone = not any(other.meets(whole.span) for other in (*begun, *stay))
        if inside and alone and (whole.taken or whole.open):
            stay.append(whole)
    return stay


def _room(whole: _Whole, given_up: Sequence[_Whole], group: Group) -> int:
    """Return how many seats a slot may have beside those booked at times that were given up."""
    beside = sum(other.taken for other in given_up if other.meets(whole.span))
    return max(group.capacity - beside, min(group.capacity, whole.taken))


def _gaps(
    spans: Sequence[Span], staying: Sequence[_Whole], length: timedelta
) -> Iterator[datetime]:
    """Yield when new slots begin: one after another in the time that no slot fills."""
    for begin, end in spans:
        at = begin
        inside = sorted(whole.span for whole in staying if whole.meets((begin, end)))
        for busy_from, busy_until in (*inside, (end, end)):
            while at + length <= busy_from:
                yield at
                at += length
            at = max(at, busy_until)


def _resized(whole: _Whole, capacity: int) -> list[Slot]:
    """Share a capacity out over shards: first to the seats that are taken, then up to 32 each."""
    shards, left = list(whole.shards), capacity
    while len(shards) * SHARD_SEATS < capacity:
        shards.append(replace(shards[0], shard=len(shards), seats=frozenset(), capacity=0))
    caps = []
    for shard in shards:
        caps.append(min(left, len(shard.seats)))
        left -= caps[-1]
    for number, cap in enumerate(caps):
        more = min(left, max(0, SHARD_SEATS - cap))
        caps[number] += more
        left -= more
    return [replace(shard, capacity=cap) for shard, cap in zip(shards, caps, strict=True)]
