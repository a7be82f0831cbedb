"""A hall's timetable, address, phone and place, changed by its staff.

A change makes a new version of the catalogue, so that every reader sees the old one or the new one
whole; the hall's history tells who changed what.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain import CATEGORIES, Closure, Office, parse_office
from chalicelib.catalogue.service import cache, guide
from chalicelib.core import audit, changes
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import IdempotencyKeyReused, NotFound, StaleVersion
from chalicelib.core.event_types import OfficeEvent
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Attempt, Ledger
from chalicelib.core.ids import derived_id

Hours = list[list[str]]
Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_TAKEN_BACK: Final = 20
_CLOSURE_ID_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class _CatalogueVersion:
    """A version of the catalogue in the JSON it is stored in, to change one hall of.

    `head` is the end of that hall's history; the catalogue as a whole has none.
    """

    office_id: str
    name: str
    services: list[Mapping[str, Any]]
    offices: list[Mapping[str, Any]]
    head: Head
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the hall's id."""
        return self.office_id

    def advanced(self, entries: tuple[Entry, ...], ledger: Ledger) -> Self:
        """Return the version with the hall's next history entry."""
        return replace(self, head=entries[-1].head, ledger=ledger)


def version_of(office_id: str) -> int:
    """Return how often a hall's timetable was changed; raises NotFound."""
    guide.office(office_id)
    return len(storage.load_entries(office_id))


def with_hours(weekdays: Hours, saturday: Hours, counters: Mapping[str, int]) -> Change:
    """Return the change to other opening hours and counters; categories left out keep theirs."""

    def change(office: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {c: counters.get(c, office["counters"].get(c, 0)) for c in CATEGORIES}
        hours = {"weekdays": weekdays, "saturday": saturday}
        return {**office, "hours": hours, "counters": known}

    return change


def with_facts(facts: Mapping[str, Any]) -> Change:
    """Return the change to another address, phone, way in, place or counters; the rest stays."""
    place = facts.get("place", {})
    told = {name: facts[name] for name in ("address", "phone", "arrival") if name in facts}

    def change(office: Mapping[str, Any]) -> Mapping[str, Any]:
        counters = {**office["counters"], **facts.get("counters", {})}
        known = {**office, **told, **place, "counters": counters}
        # From then on the desk knows where the hall is, whatever a release says.
        return {**known, "is_of_desk": True} if told or place else known

    return change


def with_closure(closure: Closure) -> Change:
    """Return the change to a hall that is closed for a time; none where it is closed then already.

    It raises IdempotencyKeyReused where the attempt has asked for another closure, and NotFound
    where its closure was taken back since: a retry closes nothing anew.
    """
    written = {"id": closure.closure_id, **_facts(closure), "reason": closure.reason}
    written |= {"asked": closure.asked} if closure.asked else {}

    def change(office: Mapping[str, Any]) -> Mapping[str, Any]:
        known, taken_back = office.get("closures", ()), office.get("taken_back", ())
        for other in (one for one in (*known, *taken_back) if one["id"] == closure.closure_id):
            if other.get("asked", closure.asked) != closure.asked:
                raise IdempotencyKeyReused
            if other in taken_back:
                raise NotFound
            return office
        if any(_times(one) == _facts(closure) for one in known):
            # Whoever opened the hall again would take back one of two, and it would stay closed.
            return office
        return {**office, "closures": [*known, written]}

    return change


def planned(office_id: str, change: Change) -> Office:
    """Return a hall as a change would make it, which is not made; raises NotFound."""
    version = storage.current_version()
    offices = storage.load(version)[1] if version else []
    for office in (one for one in offices if one["id"] == office_id):
        changed = change(office)
        return parse_office(changed, changed["hours"])
    raise NotFound


def change_hours(
    office_id: str, change: Change, version: int | None, actor: str, now: datetime
) -> Office:
    """Set opening hours and counters; idempotent.

    Raises NotFound or, when `version` is not the timetable's, StaleVersion.
    """
    event = DomainEvent("office.timetable_changed", {})
    return _change(office_id, change, event, Author(actor, now), version)


def change_facts(
    office_id: str, facts: Mapping[str, Any], version: int | None, actor: str, now: datetime
) -> Office:
    """Set a hall's address, phone, way in, place or counters; idempotent.

    Raises NotFound or, when `version` is not the timetable's, StaleVersion.
    """
    type_: OfficeEvent = "office.timetable_changed" if "counters" in facts else "office.changed"
    event = DomainEvent(type_, {"changed": ",".join(facts)})
    return _change(office_id, with_facts(facts), event, Author(actor, now), version)


def closure_id(attempt: Attempt) -> str:
    """Return the id of the closure that an attempt makes, which a retry finds again."""
    return attempt.id_for("closure", _CLOSURE_ID_LENGTH)


def close(office_id: str, closure: Closure, actor: str, now: datetime) -> Office:
    """Close a hall for a time; raises NotFound or IdempotencyKeyReused."""
    event = DomainEvent("office.closed", _facts(closure))
    return _change(office_id, with_closure(closure), event, Author(actor, now))


def reopen(office_id: str, closure_id: str, actor: str, now: datetime) -> Office:
    """Take a closure back; raises NotFound when there is none of that id."""
    if not any(c.closure_id == closure_id for c in guide.office(office_id).closures):
        raise NotFound

    def change(office: Mapping[str, Any]) -> Mapping[str, Any]:
        known = office.get("closures", ())
        others = [one for one in known if one["id"] != closure_id]
        gone = [
            {k: one[k] for k in ("id", "asked") if k in one} for one in known if one not in others
        ]
        # Attempts that may come again are few: each of these was a person's.
        taken_back = [*office.get("taken_back", ()), *gone][-_TAKEN_BACK:]
        return {**office, "closures": others, "taken_back": taken_back}

    event = DomainEvent("office.reopened", {"closure": closure_id})
    return _change(office_id, change, event, Author(actor, now))


def history_of(office_id: str) -> audit.SubjectHistory | None:
    """Return the history of a hall's timetable, for its auditors.

    Its end is kept nowhere else: an entry cut off at the end shows only in the exports before.
    """
    if office_id not in cache.current().offices:
        return None
    entries = storage.load_entries(office_id)
    return audit.SubjectHistory(tuple(entries), entries[-1].head if entries else Head(), office_id)


def office_ids() -> Collection[str]:
    """Return the ids of all halls of the city."""
    return cache.current().offices


def office_ids_of_division(prefix: str) -> list[str]:
    """Return the ids of the halls whose GB/T 2260 division code begins so."""
    offices = cache.current().offices.items()
    return [office_id for office_id, office in offices if office.division_code.startswith(prefix)]


def _facts(closure: Closure) -> dict[str, str]:
    moments = {"from_time": closure.from_time, "to_time": closure.to_time}
    times = {name: f"{moment:%H:%M}" for name, moment in moments.items() if moment}
    category = {"category": closure.category} if closure.category else {}
    return {"from": str(closure.first), "to": str(closure.last), **times, **category}


def _times(stored: Mapping[str, Any]) -> dict[str, str]:
    names = ("from", "to", "from_time", "to_time", "category")
    return {name: stored[name] for name in names if name in stored}


def _change(
    office_id: str, change: Change, event: DomainEvent, author: Author, version: int | None = None
) -> Office:
    guide.office(office_id)

    def decide(old: _CatalogueVersion) -> Decision[_CatalogueVersion, None] | None:
        offices = [dict(change(o)) if o["id"] == office_id else o for o in old.offices]
        if offices == old.offices:
            return None
        if version not in (None, old.head.seq):
            raise StaleVersion(current=old.head.seq)
        return Decision(replace(old, offices=offices), (event,), None)

    changes.apply(lambda: _load(office_id), decide, _publish, author)
    # Also when nothing changed: an earlier attempt may have, whose answer was lost.
    cache.forget()
    return guide.office(office_id)


def _load(office_id: str) -> _CatalogueVersion:
    name = storage.current_version()
    if name is None:
        raise NotFound
    services, offices = storage.load(name)
    entries = storage.load_entries(office_id)
    head = entries[-1].head if entries else Head()
    return _CatalogueVersion(office_id, name, services, offices, head)


def _publish(change: changes.Change[_CatalogueVersion, None]) -> bool:
    old, new = change.old.name, change.new
    name = derived_id(old, json.dumps(new.offices, sort_keys=True), length=12)
    return storage.publish_change(old, name, new.services, new.offices, change.entries[0])
