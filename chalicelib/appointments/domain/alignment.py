"""Which slots a day should have, given its opening hours and what was made and booked before.

Slots that were made stay where they are as long as the hall is open for all of their time; only the
time beside them is filled anew. So longer hours move nobody, and no counter is sold twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.appointments.domain.slots import (
    QUOTA_SHARDS,
    SHARD_SEATS,
    Slot,
    SlotKey,
    shards_by_slot,
)
from chalicelib.catalogue.domain import Group, Quota

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
    shards = [_resized(whole, _room(whole, beside, group), group.quotas) for whole in staying]
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


def _resized(whole: _Whole, capacity: int, quotas: Sequence[Quota] = ()) -> list[Slot]:
    """Share a capacity out over shards: first to the seats that are taken, then to the quotas.

    What is left goes to the shards that all services share, up to 32 seats each.
    """
    limits = {quota.service_id: quota.seats for quota in quotas}
    left = capacity
    caps: dict[Slot, int] = {}
    shards = _enough(whole, capacity, quotas)
    for shard in shards:
        caps[shard] = min(left, len(shard.seats))
        left -= caps[shard]
    for shard in sorted(shards, key=lambda one: one.quota is None):
        limit = limits.get(shard.quota, 0) if shard.quota else SHARD_SEATS
        more = min(left, max(0, limit - caps[shard]))
        caps[shard] += more
        left -= more
    return [replace(shard, capacity=cap) for shard, cap in caps.items()]


def _enough(whole: _Whole, capacity: int, quotas: Sequence[Quota]) -> list[Slot]:
    """Return a slot's shards and those that it lacks for a capacity with its quotas."""
    shards = list(whole.shards)
    blank = replace(shards[0], seats=frozenset(), capacity=0, quota=None)
    shared = capacity - sum(quota.seats for quota in quotas)
    count = sum(1 for shard in shards if shard.quota is None)
    while count * SHARD_SEATS < shared:
        shards.append(replace(blank, shard=count))
        count += 1
    known = {shard.quota for shard in shards}
    for quota in quotas if capacity else ():
        if quota.service_id not in known:
            number = max(QUOTA_SHARDS, *(shard.shard + 1 for shard in shards))
            shards.append(replace(blank, shard=number, quota=quota.service_id))
    return shards
