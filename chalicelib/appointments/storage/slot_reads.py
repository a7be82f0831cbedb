"""Slots as they are read: a group's, by the hundred."""

from datetime import datetime
from typing import Final

from chalicelib.appointments.domain.slots import Slot, SlotKey, parse_slot_id
from chalicelib.appointments.storage._records import SlotRecord, first_mark
from chalicelib.core import worker
from chalicelib.core.items import RawItem, items_in, text, texts

_NOT: Final = {"BOOL": False}


def load_slots(
    office_id: str, category: str, first: str, last: str, *, consistent: bool = False
) -> list[Slot]:
    """Return the shards whose stamps begin from `first` up to before `last`; one Query a MB."""
    span = SlotRecord.sk.between(first, last)
    items = items_in(SlotRecord, f"S#{office_id}#{category}", span, consistent=consistent)
    return worker.readable("generate_slots", items, _slot, name=_name)


def list_touched(
    office_id: str, category: str, first: str, since: datetime, whole_until: str
) -> set[str]:
    """Return the seats of a group's slots from a stamp on that were touched since a moment.

    Slots before `whole_until` count as touched. With the seats come the appointments that left any
    of the slots. One Query a MB.
    """
    seat_ids: set[str] = set()
    for record in SlotRecord.query(f"S#{office_id}#{category}", SlotRecord.sk >= first):
        seat_ids |= record.left or set()
        if int(record.touched or 0) >= first_mark(since) or record.sk < whole_until:
            seat_ids |= record.seats or set()
    return seat_ids


def last_shard(office_id: str, category: str, until: str) -> tuple[str, int]:
    """Return the stamp and number of the last shard up to a stamp; one Query of one item.

    If there is none: what comes before all.
    """
    records = SlotRecord.query(
        f"S#{office_id}#{category}", SlotRecord.sk <= f"{until}~", scan_index_forward=False, limit=1
    )
    keys = (record.sk.partition("#") for record in records)
    return next(((stamp, int(shard)) for stamp, _, shard in keys), ("", 0))


def first_stamp(office_id: str, category: str) -> str | None:
    """Return the stamp of a group's first shard of all; one Query of one item."""
    records = SlotRecord.query(f"S#{office_id}#{category}", limit=1)
    return next((record.sk.partition("#")[0] for record in records), None)


def slot_of_keys(pk: str, sk: str) -> tuple[SlotKey, int]:
    """Return the slot and shard that a slot's keys name."""
    _, office_id, category = pk.split("#")
    stamp, _, shard = sk.partition("#")
    key = parse_slot_id(f"{office_id}.{category}.{stamp}")
    if key is None:
        message = f"not the keys of a slot: {pk} {sk}"
        raise ValueError(message)
    return key, int(shard)


def _slot(item: RawItem) -> Slot:
    key, shard = slot_of_keys(item["pk"]["S"], item["sk"]["S"])
    ends = item["end"]["S"]
    return Slot(
        key,
        shard,
        key.start.replace(hour=int(ends[:2]), minute=int(ends[2:])),
        int(item["capacity"]["N"]),
        seats=texts(item, "seats"),
        left=texts(item, "left"),
        closed=item.get("closed", _NOT)["BOOL"],
        reservations=texts(item, "holds"),
        withheld=texts(item, "withheld"),
        quota=text(item, "quota"),
    )


def _name(item: RawItem) -> str:
    return f"{item['pk']['S']}/{item['sk']['S']}"
