"""Taking a seat in a slot, and what is free beside one that is full."""

from datetime import datetime
from typing import Final

from chalicelib.appointments import storage
from chalicelib.appointments.domain.slots import (
    KnownFull,
    SlotClosed,
    SlotFull,
    SlotKey,
    shard_capacities,
)
from chalicelib.appointments.service import availability
from chalicelib.appointments.service.availability import Free, Sold
from chalicelib.appointments.storage import Taken
from chalicelib.catalogue import service as catalogue
from chalicelib.core.cache import TimedCache
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text

_WHOLE_ID_LENGTH: Final = 16


# Which slots are full, for a second, so that a crowd costs almost nothing.
sold_out: Final = TimedCache[str, Sold](1.0)


def unknown(pointer: str) -> InvalidRequest:
    """Return the problem of a field that names nothing."""
    return InvalidRequest(errors=[FieldError(pointer, "unknown", Text("没有找到", "Not found"))])


def claim(
    key: SlotKey, seat: str, appointment_id: str, now: datetime, hold: str | None = None
) -> Taken | SlotFull | SlotClosed | InvalidRequest:
    """Take a seat in a slot; answers the problem where there is none."""
    if key.start <= now:
        return SlotClosed()
    sold = sold_out.get(key.slot_id)
    # Who has or had a seat there asks the slot itself.
    if sold and appointment_id not in sold.ids:
        return _full(KnownFull, sold.alternatives, sold.retry_at)
    taken = _take_expected(key, seat, appointment_id, now, hold)
    if taken:
        return taken
    free, there, alternatives = availability.look_at(key, now)
    if free is None or free.state == "closed":
        return SlotClosed() if free else unknown("/slot_id")
    # A group that lost counters may have its last free seats in a shard of before.
    for shard in there:
        if shard.remaining and not shard.closed:
            taken = taken or storage.take_seat(key, shard.shard, seat, now, hold)
    if taken:
        return taken
    ids = frozenset(i[:_WHOLE_ID_LENGTH] for shard in there for i in shard.seats | shard.left)
    sold_out.put(key.slot_id, Sold(ids, alternatives, free.retry_at))
    return _full(SlotFull, alternatives, free.retry_at)


def _take_expected(
    key: SlotKey, seat: str, appointment_id: str, now: datetime, hold: str | None
) -> Taken | None:
    group = catalogue.current().groups.get((key.office_id, key.category))
    shards = len(shard_capacities(group.capacity)) if group else 0
    first = sum(appointment_id.encode())
    for step in range(shards):
        taken = storage.take_seat(key, (first + step) % shards, seat, now, hold)
        if taken:
            return taken
    return None


def _full(
    kind: type[SlotFull], alternatives: tuple[Free, ...], retry_at: datetime | None
) -> SlotFull:
    beside = [_alternative(free) for free in alternatives]
    if retry_at:
        return kind(alternatives=beside, retry_at=rfc3339(retry_at))
    return kind(alternatives=beside)


def _alternative(free: Free) -> dict[str, object]:
    return {
        "slot_id": free.key.slot_id,
        "start": rfc3339(free.key.start),
        "end": rfc3339(free.end),
        "remaining": free.remaining,
    }
