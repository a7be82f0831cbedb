"""A hall's timetable: opening hours, counters and closures, changed by its staff.

A change makes a new version of the catalogue, so that every reader sees the old one or the new one
whole; the hall's history tells who changed what.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.catalogue import service, storage
from chalicelib.catalogue.domain import CATEGORIES, Closure, Office, office_of
from chalicelib.core import audit, history
from chalicelib.core.errors import NotFound, StaleVersion, TryAgain
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id

Hours = list[list[str]]
Change = Callable[[Mapping[str, Any]], Mapping[str, Any]]
_TRIES: Final = 6
_CLOSURE_ID_LENGTH: Final = 12


def version_of(office_id: str) -> int:
    """Return how often a hall's timetable was changed; raises NotFound."""
    service.office(office_id)
    return len(storage.load_entries(office_id))


def with_hours(weekdays: Hours, saturday: Hours, counters: Mapping[str, int]) -> Change:
    """Return the change to other opening hours and counters; categories left out keep theirs."""

    def change(office: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {c: counters.get(c, office["counters"].get(c, 0)) for c in CATEGORIES}
        hours = {"weekdays": weekdays, "saturday": saturday}
        return {**office, "hours": hours, "counters": known}

    return change


def with_closure(closure: Closure) -> Change:
    """Return the change to a hall that is closed for a time."""
    kept = {"id": closure.closure_id, **_facts(closure), "reason": closure.reason}

    def change(office: Mapping[str, Any]) -> Mapping[str, Any]:
        others = [c for c in office.get("closures", ()) if c["id"] != closure.closure_id]
        return {**office, "closures": [*others, kept]}

    return change


def planned(office_id: str, change: Change) -> Office:
    """Return a hall as a change would make it, which is not made; raises NotFound."""
    version = storage.current_version()
    offices = storage.load(version)[1] if version else []
    for office in (one for one in offices if one["id"] == office_id):
        changed = change(office)
        return office_of(changed, changed["hours"])
    raise NotFound


def change_hours(
    office_id: str, change: Change, version: int | None, actor: str, now: datetime
) -> Office:
    """Set opening hours and counters; the same again changes nothing.

    Raises NotFound or, when `version` is not the timetable's, StaleVersion.
    """
    return _change(office_id, change, "office.timetable_changed", {}, version, actor, now)


def closure_id(attempt: Attempt) -> str:
    """Return the id of the closure that an attempt makes, which a retry finds again."""
    return attempt.id_for("closure", _CLOSURE_ID_LENGTH)


def close(office_id: str, closure: Closure, actor: str, now: datetime) -> Office:
    """Close a hall for a time; raises NotFound."""
    change, facts = with_closure(closure), _facts(closure)
    return _change(office_id, change, "office.closed", facts, None, actor, now)


def reopen(office_id: str, closure_id: str, actor: str, now: datetime) -> Office:
    """Take a closure back; raises NotFound when there is none of that id."""
    if not any(c.closure_id == closure_id for c in service.office(office_id).closures):
        raise NotFound

    def change(office: Mapping[str, Any]) -> Mapping[str, Any]:
        kept = [c for c in office.get("closures", ()) if c["id"] != closure_id]
        return {**office, "closures": kept}

    facts = {"closure": closure_id}
    return _change(office_id, change, "office.reopened", facts, None, actor, now)


def history_of(office_id: str) -> audit.Kept | None:
    """Return the history of a hall's timetable, for its auditors.

    Its end is kept nowhere else: an entry cut off at the end shows only in the exports before.
    """
    if office_id not in service.current().offices:
        return None
    entries = storage.load_entries(office_id)
    return audit.Kept(tuple(entries), entries[-1].head if entries else Head(), office_id)


audit.sources.append(history_of)
audit.city.append(lambda: service.current().offices)


def _facts(closure: Closure) -> dict[str, str]:
    moments = {"from_time": closure.from_time, "to_time": closure.to_time}
    times = {name: f"{moment:%H:%M}" for name, moment in moments.items() if moment}
    category = {"category": closure.category} if closure.category else {}
    return {"from": str(closure.first), "to": str(closure.last), **times, **category}


def _change(  # noqa: PLR0913 - a change has these facts.
    office_id: str,
    change: Change,
    type_: str,
    facts: Mapping[str, str],
    version: int | None,
    actor: str,
    now: datetime,
) -> Office:
    service.office(office_id)
    for _ in range(_TRIES):
        old = storage.current_version()
        if old is None:
            raise NotFound
        services, offices = storage.load(old)
        changed = [dict(change(o)) if o["id"] == office_id else o for o in offices]
        if changed == offices:
            return service.office(office_id)
        entries = storage.load_entries(office_id)
        if version not in (None, len(entries)):
            raise StaleVersion(current=len(entries))
        head = entries[-1].head if entries else Head()
        entry = history.append(office_id, head, type_=type_, at=now, actor=actor, data=facts)
        new = derived_id(old, json.dumps(changed, sort_keys=True), length=12)
        if storage.publish_change(old, new, services, changed, entry):
            service.forget()
            return service.office(office_id)
    raise TryAgain(retry_after=1)
