"""The list to sweep: slots that were touched, and entries of changes that free a seat."""

from datetime import datetime
from typing import Any

from pynamodb.exceptions import UpdateError

from chalicelib.appointments.domain.slots import LEFT_LIMIT, Seat, holder_of, parse_slot_id
from chalicelib.appointments.storage._records import (
    AND,
    SWEEP,
    HistoryRecord,
    SlotRecord,
    first_mark,
)
from chalicelib.core.attributes import moment
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.tables import condition_failed


def list_to_sweep(part: Part = WHOLE) -> list[tuple[str, str, datetime]]:
    """Return the keys of what is on the list, and since when."""
    return [
        (record.pk, record.sk, moment(record.sweep_at or 0))
        for record in SWEEP.read(SlotRecord.to_sweep.query, part)
    ]


def sweep_slot(pk: str, sk: str, before: datetime) -> tuple[list[str], frozenset[str]] | None:
    """Return the seats of a slot that nobody touched since `before`; None when it is not quiet.

    With them come the marks of those that are withheld.
    """
    record = SlotRecord.get(pk, sk, consistent_read=True)
    if int(record.touched or 0) >= first_mark(before):
        return None
    return sorted(record.seats or ()), frozenset(record.withheld or ())


def finish_sweep(
    keys: tuple[str, str], orphans: set[str], seen: list[str], kept_marks: set[str]
) -> bool:
    """Delete orphans and take the slot off the list, if its seats are still those seen.

    It stays on the list while seats are withheld: `kept_marks` are those that keep their marks.
    """
    record = SlotRecord.get(*keys, consistent_read=True)
    if sorted(record.seats or ()) != seen:
        return False
    off = [SlotRecord.sweep.remove(), SlotRecord.sweep_at.remove()]
    actions: list[Any] = [] if kept_marks else off
    if orphans:
        actions.append(SlotRecord.seats.delete(orphans))
        if len(record.left or ()) < LEFT_LIMIT:
            # Whoever took one and comes late to give it back finds that they have left.
            actions.append(SlotRecord.left.add({holder_of(seat_id) for seat_id in orphans}))
    unpaid = {mark for mark in record.reservations or () if mark.partition(".")[0] in orphans}
    if unpaid:
        actions.append(SlotRecord.reservations.delete(unpaid))
    inert = {m for m in record.withheld or () if m.partition(".")[0] not in kept_marks}
    if inert:
        actions.append(SlotRecord.withheld.delete(inert))
    if not actions:
        return True
    try:
        record.update(actions, condition=SlotRecord.touched == record.touched)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def released_by(pk: str, sk: str) -> list[Seat]:
    """Return the seats that an entry's change gave back."""
    record = HistoryRecord.get(pk, sk, consistent_read=True)
    slots, seat_ids = ((text or "").split(AND) for text in (record.freed_slot, record.freed_seat))
    seats = []
    for slot, seat_id in zip(slots, seat_ids, strict=True):
        slot_id, _, shard = slot.partition("#")
        key = parse_slot_id(slot_id)
        if key:
            seats.append(Seat(key, int(shard), seat_id))
    return seats


def finish_entry(pk: str, sk: str) -> None:
    """Take an entry off the list."""
    HistoryRecord(pk, sk).update([HistoryRecord.sweep.remove(), HistoryRecord.sweep_at.remove()])
