"""What is nobody's in the slots of some counters, and the rows that it makes for who waits."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from chalicelib.appointments.domain.rows import row
from chalicelib.appointments.domain.slots import Slot, SlotKey, marked_seats, offered_seats
from chalicelib.appointments.draws.service import gate
from chalicelib.appointments.service import availability
from chalicelib.appointments.waiting.domain import WaitingEntry

# A slot and the number of one of its shards.
Name = tuple[SlotKey, int]


class Shards:
    """The shards of slots as they were read, and as they are once a seat of them was handed over.

    `nobodys` are seats that are known to be nobody's beside those that are withheld and free.
    """

    def __init__(
        self, shards: Iterable[Slot], now: datetime, nobodys: frozenset[str] = frozenset()
    ) -> None:
        """`shards` are all that a row may take."""
        self.now = now
        self._nobodys = nobodys
        self._shards = {(one.key, one.shard): one for one in shards}

    def __getitem__(self, name: Name) -> Slot:
        """Return a shard as it is by now."""
        return self._shards[name]

    def __setitem__(self, name: Name, shard: Slot) -> None:
        """Note a shard as it was written."""
        self._shards[name] = shard

    def spares(self, name: Name) -> list[str | None]:
        """Return the seats of a shard that can be offered: nobody's, and a None for each free."""
        shard = self._shards[name]
        if shard.closed or shard.key.start <= self.now or not gate.is_out(shard, self.now):
            return []
        return spare_seats(shard, self._nobodys)

    def row_with(self, name: Name, entry: WaitingEntry) -> list[Name] | None:
        """Return shards with a spare seat in each slot of a visit that an entry waits for.

        One of them is the shard named; None where there are no such.
        """
        key, service_id = name[0], entry.wish.service_id
        lasts = availability.takes((key.office_id, key.category), service_id)
        if not lasts:
            return [name] if entry.wants(key) else None
        ends = {one.key: one.end for one in self._shards.values()}
        for first in sorted(ends, key=lambda one: one.start):
            keys = row(first, ends, lasts) if first.start <= key.start else ()
            if key in keys and entry.wants(first):
                names = [name if one == key else self._spare_in(one, service_id) for one in keys]
                if None not in names:
                    return [one for one in names if one]
        return None

    def _spare_in(self, key: SlotKey, service_id: str) -> Name | None:
        return next((name for name in self._usable(key, service_id) if self.spares(name)), None)

    def _usable(self, key: SlotKey, service_id: str) -> Iterator[Name]:
        for name, shard in self._shards.items():
            if name[0] == key and shard.quota in (None, service_id):
                yield name


def spare_seats(slot: Slot, nobodys: frozenset[str] = frozenset()) -> list[str | None]:
    """Return the seats of a shard that are nobody's, and a None for each that is free."""
    offered = offered_seats(slot.withheld)
    withheld = marked_seats(slot.withheld) - offered.keys()
    return [*sorted((withheld | nobodys) & slot.seats), *[None] * slot.remaining]
