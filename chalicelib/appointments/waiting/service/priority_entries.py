"""Standing before all who joined a line by themselves, as who was not drawn does."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.waiting import storage
from chalicelib.appointments.waiting.domain import EntryStatus, WaitingEntry, Wish
from chalicelib.core.changes import until_stored
from chalicelib.core.ids import derived_id

_ID_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Leader:
    """Who stands there, for whom of their family, and by what."""

    citizen_id: str
    person: str
    for_member: str | None
    by: str


def lead(leader: Leader, wish: Wish, place: datetime, now: datetime) -> None:
    """Put a person at a place in the lines of their wish, by a moment before all. Idempotent.

    Who waits for the service already keeps their entry, and has this place beside their own. Who
    has left since leads nobody.
    """
    entry = WaitingEntry(
        leader.citizen_id + derived_id("leader", leader.by, length=_ID_LENGTH),
        leader.citizen_id,
        leader.person,
        wish,
        leader.for_member,
        now,
        leads=place,
    )
    replaces: str | None = None

    def write() -> WaitingEntry | None:
        nonlocal entry, replaces
        in_its_way = storage.add(entry, replaces, None)
        if in_its_way is None:
            return entry
        if not in_its_way:
            alias = appointments.load_guard(entry.person).alias
            entry = replace(entry, person=alias or entry.person)
            return None if alias else replace(entry, status=EntryStatus.LEFT)
        other = storage.load(in_its_way)
        if other and (
            other.entry_id == entry.entry_id or (other.active and not other.is_over(now))
        ):
            return other
        replaces = in_its_way
        return None

    waiting = until_stored(write)
    # The entry is there first: a place without one is taken away by whoever meets it.
    if waiting.active:
        storage.stand_before(waiting, wish, place)
