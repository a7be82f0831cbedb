"""The halls' lines: who stands in each, and before whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from chalicelib.appointments.waiting.domain import (
    Place,
    WaitingEntry,
    Wish,
)
from chalicelib.appointments.waiting.storage._records import PlaceRecord, read_wish
from chalicelib.core import parallel, worker
from chalicelib.core.attributes import (
    milliseconds,
    moment_of_milliseconds,
)


def stand_in_line(entry: WaitingEntry) -> int:
    """Take a place in each hall's line; return how many stand before it in the shortest."""
    acts: list[Callable[[], int]] = [partial(_before, entry, one) for one in entry.wish.office_ids]
    acts += [partial(_stand, entry, one) for one in entry.wish.office_ids]
    return min(parallel.map_concurrently(lambda act: act(), acts)[: len(entry.wish.office_ids)])


def ahead(entry: WaitingEntry) -> int:
    """Return how many stand before an entry in the shortest of its lines."""
    return min(parallel.map_concurrently(lambda one: _before(entry, one), entry.wish.office_ids))


def stand_before(entry: WaitingEntry, wish: Wish, since: datetime) -> None:
    """Take a place in the lines of a wish by a moment that is not the entry's own; idempotent."""
    own = replace(entry, wish=wish, leads=since)
    parallel.map_concurrently(lambda one: _stand(own, one), wish.office_ids)


def leave_line(entry: WaitingEntry) -> None:
    """Give up the places of an entry; idempotent."""
    parallel.map_concurrently(lambda one: _place(entry, one).delete(), entry.wish.office_ids)


def is_waited_for(office_id: str, category: str) -> bool:
    """Tell whether anybody stands in a hall's line; one Query of one item."""
    line = PlaceRecord.query(f"W#{office_id}#{category}", consistent_read=True, limit=1)
    return next(iter(line), None) is not None


def line_of(office_id: str, category: str) -> list[Place]:
    """Return the places in a hall's line, in their order; one Query a MB."""
    line = PlaceRecord.query(f"W#{office_id}#{category}")
    return worker.readable(
        "release_expired",
        line,
        lambda record: _read_place(record, office_id, category),
        name=lambda one: f"{one.pk}/{one.sk}",
    )


def remove_place(place: Place) -> None:
    """Take a place out of a hall's line; idempotent."""
    [office_id] = place.wish.office_ids
    pk = f"W#{office_id}#{place.wish.category}"
    PlaceRecord(pk, _place_key(place.since, place.entry_id)).delete()


def _stand(entry: WaitingEntry, office_id: str) -> int:
    _place(entry, office_id).save()
    return 0


def _before(entry: WaitingEntry, office_id: str) -> int:
    own = _place(entry, office_id)
    line = PlaceRecord.query(own.pk, PlaceRecord.sk < own.sk)
    return sum(1 for _ in line)


def _place(entry: WaitingEntry, office_id: str) -> PlaceRecord:
    wish = entry.wish
    key = f"W#{office_id}#{wish.category}", _place_key(entry.stands_since, entry.entry_id)
    times = ",".join(wish.times) or None
    days = str(wish.first), str(wish.last)
    return PlaceRecord(*key, service=wish.service_id, first=days[0], last=days[1], times=times)


def _read_place(record: PlaceRecord, office_id: str, category: str) -> Place:
    since, _, entry_id = record.sk.partition("#")
    began = moment_of_milliseconds(int(since))
    return Place(entry_id, read_wish(record, category, (office_id,)), began)


def _place_key(since: datetime, entry_id: str) -> str:
    return f"{milliseconds(since):013}#{entry_id}"
