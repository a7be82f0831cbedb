"""Slots in their shards, and the seats that are taken, marked and given back."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Final

from pynamodb.attributes import UnicodeSetAttribute
from pynamodb.constants import UPDATED_OLD
from pynamodb.exceptions import PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.appointments.domain.slots import (
    LEFT_LIMIT,
    Seat,
    Slot,
    SlotKey,
    TakenSeat,
    holder_of,
    offered_mark,
    withheld_mark,
)
from chalicelib.appointments.storage._records import (
    MARKS,
    SWEEP,
    SlotRecord,
    first_mark,
    size,
    slot_keys,
)
from chalicelib.core.attributes import seconds
from chalicelib.core.clock import office_time
from chalicelib.core.prepared import Prepared, element, parameter
from chalicelib.core.tables import (
    condition_failed,
    failed_conditions,
    transaction,
)

_TRANSACTION_LIMIT: Final = 100
_TOUCH: Final = {"touched": "N", "list": "S", "at": "N"}
_IS_OPEN: Final = SlotRecord.capacity.exists() & SlotRecord.closed.does_not_exist()
_HAS_ROOM: Final = SlotRecord.seats.does_not_exist() | (
    size(SlotRecord.seats) < SlotRecord.capacity
)


def create_slots(slots: Sequence[Slot]) -> None:
    """Put slots' shards into the table; one that is there stays as it is."""
    for begin in range(0, len(slots), _TRANSACTION_LIMIT):
        chunk = slots[begin : begin + _TRANSACTION_LIMIT]
        try:
            with transaction() as write:
                for slot in chunk:
                    write.save(_new_slot(slot), condition=SlotRecord.pk.does_not_exist())
        except TransactWriteError as error:
            failed_conditions(error)
            for slot in chunk:
                _create_slot(slot)


def resize_slot(key: SlotKey, shard: int, capacity: int) -> None:
    """Give a shard another capacity; none at all closes it. Its seats stay as they are."""
    record = SlotRecord(*slot_keys(key, shard))
    actions: list[Any] = [SlotRecord.capacity.set(capacity), SlotRecord.closed.remove()]
    if not capacity:
        actions = [SlotRecord.closed.set(True)]
    record.update(actions, condition=SlotRecord.pk.exists())


def take_seat(seat: Seat, now: datetime) -> TakenSeat | None:
    """Take a seat; idempotent. None when the shard is full, closed or unknown."""
    given = {"seat": seat.seat_id, "seats": [seat.seat_id], **_touch(seat, now)}
    if seat.reservation:
        given["reservations"] = [seat.reservation]
    update = _taking(reserved=bool(seat.reservation))
    taken = _take([seat], partial(update.send_update, slot_keys(seat.slot, seat.shard), given))
    return taken[0] if taken else None


def take_seats(shard: Slot, seats: Sequence[Seat], now: datetime) -> list[TakenSeat] | None:
    """Take seats in a shard that was read with room for them, all or none; idempotent.

    None when it is closed, or has changed so that they may not fit.
    """
    there = {seat.seat_id for seat in seats} & shard.seats
    room = shard.capacity - (len(seats) - len(there))
    fits = SlotRecord.seats.does_not_exist() | (size(SlotRecord.seats) <= room)
    fits &= SlotRecord.capacity == shard.capacity
    for seat_id in sorted(there):
        fits &= SlotRecord.seats.contains(seat_id)
    marks = {seat.reservation for seat in seats if seat.reservation}
    actions = _adding({seat.seat_id for seat in seats}, marks, _touch(seats[0], now))
    update = partial(
        SlotRecord._get_connection().update_item,  # noqa: SLF001 - update() returns no old values.
        *slot_keys(shard.key, shard.shard),
        actions=actions,
        condition=_IS_OPEN & fits,
        return_values=UPDATED_OLD,
    )
    return _take(seats, update)


def give_back(taken: Sequence[TakenSeat]) -> None:
    """Undo one take of our own, each seat once; another take of the same seat leaves it there.

    What cannot be given back here is the sweep's: who gave a seat back already may have sent that
    again, and of a slot that many have left it is not known who did.
    """
    undone = [one.seat for one in taken if one.fresh]
    if not undone:
        return
    actions = [SlotRecord.seats.delete({seat.seat_id for seat in undone})]
    marks = {seat.reservation for seat in undone if seat.reservation}
    if marks:
        actions.append(SlotRecord.reservations.delete(marks))
    is_first = SlotRecord.capacity.exists()
    for seat in undone:
        is_first &= ~SlotRecord.left.contains(holder_of(seat.seat_id))
    _leave(undone, actions, is_first)


def confirm_seat(seat: Seat) -> None:
    """Take the reservation's mark off a seat whose fee was paid; idempotent."""
    if seat.reservation:
        _record(seat).update(_unmarking(seat), condition=SlotRecord.capacity.exists())


def release_seat(seat: Seat) -> None:
    """Give a seat back for good, with its reservation, and remember who left; idempotent."""
    actions = [SlotRecord.seats.delete({seat.seat_id}), *_unmarking(seat)]
    is_there = SlotRecord.capacity.exists()
    if not _leave([seat], actions, is_there):
        _update_if(seat, actions, is_there)


def release_unless_full(seat: Seat) -> bool:
    """Give a seat back for good in a slot that has room beside it; False when it has none."""
    has_room = size(SlotRecord.seats) < SlotRecord.capacity
    return _leave([seat], [SlotRecord.seats.delete({seat.seat_id}), *_unmarking(seat)], has_room)


def hand_over(slot: Slot, handed: Slot, seat: Seat, now: datetime) -> bool:
    """Put a shard with a seat that is offered in place of the shard as it was read.

    One write, so that nobody else can have the seat in between; False when the shard is not as it
    was read, is closed or has too few seats.
    """
    gone = {holder_of(seat_id) for seat_id in slot.seats - handed.seats}
    actions = [
        SlotRecord.seats.set(set(handed.seats)),
        SlotRecord.withheld.set(set(handed.withheld)),
        *_touching(_touch(seat, now)),
        *([SlotRecord.left.add(gone)] if gone else []),
    ]
    is_open = SlotRecord.closed.does_not_exist() & (SlotRecord.capacity >= len(handed.seats))
    unchanged = _is_still(SlotRecord.seats, slot.seats)
    unchanged &= _is_still(SlotRecord.withheld, slot.withheld)
    return _update_if(seat, actions, is_open & unchanged)


def forget_offer(seat: Seat, entry_id: str) -> None:
    """Take the mark of an offer off a seat; idempotent."""
    mark = offered_mark(seat.seat_id, entry_id)
    _update_if(seat, [SlotRecord.withheld.delete({mark})], SlotRecord.pk.exists())


def withhold_seat(seat: Seat, until: datetime, now: datetime) -> None:
    """Give a seat up that nobody can have until a moment, and remember who left; idempotent."""
    is_there = SlotRecord.seats.contains(seat.seat_id)
    mark = SlotRecord.withheld.add({withheld_mark(seat.seat_id, until)})
    actions = [mark, *_touching(_touch(seat, now)), *_unmarking(seat)]
    if not _leave([seat], actions, is_there):
        _update_if(seat, actions, is_there)


def _create_slot(slot: Slot) -> None:
    try:
        _new_slot(slot).save(condition=SlotRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)


def _new_slot(slot: Slot) -> SlotRecord:
    pk, sk = slot_keys(slot.key, slot.shard)
    return SlotRecord(
        pk, sk, capacity=slot.capacity, end=f"{office_time(slot.end):%H%M}", quota=slot.quota
    )


def _record(seat: Seat) -> SlotRecord:
    return SlotRecord(*slot_keys(seat.slot, seat.shard))


def _is_still(attribute: UnicodeSetAttribute, read: frozenset[str]) -> Condition:
    same: Condition = attribute == set(read) if read else attribute.does_not_exist()
    return same


@cache
def _taking(*, reserved: bool) -> Prepared:
    """Put together how one seat is taken, whether it waits for its fee or not."""
    is_mine_already = SlotRecord.seats.contains(element("seat"))
    marks = parameter("reservations", "SS") if reserved else None
    touch = {name: parameter(name, type_) for name, type_ in _TOUCH.items()}
    actions = _adding(parameter("seats", "SS"), marks, touch)
    is_free = _IS_OPEN & (is_mine_already | _HAS_ROOM)
    return Prepared(SlotRecord, is_free, actions, UPDATED_OLD)


def _adding(seats: Any, marks: Any, touch: Mapping[str, Any]) -> list[Any]:
    reserved = [SlotRecord.reservations.add(marks)] if marks else []
    return [SlotRecord.seats.add(seats), *_touching(touch), *reserved]


def _take(seats: Sequence[Seat], update: Callable[[], Any]) -> list[TakenSeat] | None:
    """Take seats of one shard in one write; None when it is closed or the condition fails."""
    try:
        answer = update()
    except UpdateError as error:
        condition_failed(error)
        return None
    before = answer.get("Attributes", {}).get("seats", {}).get("SS", [])
    again = [seat for seat in seats if seat.seat_id in before]
    if again and not _keep(again):
        # Whoever took them gave them back in between.
        return _take(seats, update)
    return [TakenSeat(seat, seat.seat_id not in before) for seat in seats]


def _keep(seats: Sequence[Seat]) -> bool:
    """Let whoever took seats before not give them back; False when they did already."""
    are_there = SlotRecord.capacity.exists()
    for seat in seats:
        are_there &= SlotRecord.seats.contains(seat.seat_id)
    return _update_if(seats[0], [_leaving(seats)], are_there)


def _leave(seats: Sequence[Seat], actions: list[Any], condition: Condition) -> bool:
    """Change a slot and remember who left it; False when that fails, as where many have left."""
    few = size(SlotRecord.left) <= LEFT_LIMIT - len(seats)
    has_room = SlotRecord.left.does_not_exist() | few
    return _update_if(seats[0], [*actions, _leaving(seats)], condition & has_room)


def _leaving(seats: Iterable[Seat]) -> Any:
    return SlotRecord.left.add({holder_of(seat.seat_id) for seat in seats})


def _update_if(seat: Seat, actions: list[Any], condition: Condition) -> bool:
    try:
        _record(seat).update(actions, condition=condition)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _touch(seat: Seat, now: datetime) -> dict[str, Any]:
    """Return the values of a touch."""
    touched = first_mark(now) + random.randrange(MARKS)  # noqa: S311 - no secret.
    return {"touched": touched, "list": SWEEP.of(seat.seat_id), "at": seconds(now)}


def _touching(touch: Mapping[str, Any]) -> list[Any]:
    """Return what marks a slot as touched and puts it on the list to sweep, unless it is there."""
    return [
        SlotRecord.touched.set(touch["touched"]),
        SlotRecord.sweep.set(SlotRecord.sweep | touch["list"]),
        SlotRecord.sweep_at.set(SlotRecord.sweep_at | touch["at"]),
    ]


def _unmarking(seat: Seat) -> list[Any]:
    return [SlotRecord.reservations.delete({seat.reservation})] if seat.reservation else []
