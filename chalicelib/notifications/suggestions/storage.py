"""Suggestions in the table `notifications`: one item in a citizen's partition, `P#suggestions`.

It is in the index `due` only while its citizen wants suggestions, and stays when they do not: who
changes their mind is not told the same again, nor sooner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.attributes import moment, optional_moment, seconds
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.storage._records import SUGGEST, SuggestionsRecord
from chalicelib.notifications.suggestions.domain import Suggestion, Told

_SK: Final = "P#suggestions"


@dataclass(frozen=True, slots=True)
class Watched:
    """Whose things are looked at, when next; `telling` was chosen `at`, and may not be told yet."""

    citizen_id: str
    due_at: datetime | None
    told: Told
    telling: Suggestion | None = None
    at: datetime | None = None


def plan(citizen_id: str, due_at: datetime) -> None:
    """Look at a citizen's things from a time on, whatever was planned before."""
    _record(citizen_id).update(
        [
            SuggestionsRecord.bucket.set(SUGGEST.of(citizen_id)),
            SuggestionsRecord.due_at.set(seconds(due_at)),
        ]
    )


def list_due(now: datetime, limit: int, part: Part = WHOLE) -> list[str]:
    """Return citizens whose things are due: the first of each bucket, up to a limit for each."""
    is_due, query = SuggestionsRecord.due_at <= seconds(now), SuggestionsRecord.to_look.query
    found = SUGGEST.read(lambda bucket: query(bucket, is_due, limit=limit), part)
    return [one.pk[2:] for one in found]


def load(citizen_id: str) -> Watched:
    """Return what a citizen was told, and when their things are looked at next."""
    try:
        record = SuggestionsRecord.get(f"C#{citizen_id}", _SK, consistent_read=True)
    except SuggestionsRecord.DoesNotExist:
        return Watched(citizen_id, None, Told())
    days = {key: date.fromisoformat(day) for key, day in (record.told or {}).items()}
    last_on = date.fromisoformat(record.last_on) if record.last_on else None
    telling = record.telling or {}
    return Watched(
        citizen_id,
        optional_moment(record.due_at),
        Told(days, last_on),
        _read(telling) if telling else None,
        moment(telling["at"]) if telling else None,
    )


def begin(watched: Watched, suggestion: Suggestion, told: Told, now: datetime) -> bool:
    """Keep what is told now, before it is; False when another run was faster."""
    telling = {
        "kind": suggestion.kind,
        "service": suggestion.service_id,
        "because": suggestion.because,
        "on": suggestion.on.isoformat(),
        "member": suggestion.member_id,
        "at": seconds(now),
    }
    actions: list[Action] = [
        SuggestionsRecord.telling.set(telling),
        SuggestionsRecord.told.set({key: day.isoformat() for key, day in told.days.items()}),
        SuggestionsRecord.last_on.set(str(told.last_on)),
    ]
    return _update(watched, actions)


def end(watched: Watched, due_at: datetime | None) -> bool:
    """Note that all was done, and when to look again; None: not until the citizen wants it.

    False when it was planned anew meanwhile.
    """
    actions: list[Action] = [SuggestionsRecord.telling.remove()]
    if due_at:
        actions.append(SuggestionsRecord.due_at.set(seconds(due_at)))
    else:
        actions += [SuggestionsRecord.due_at.remove(), SuggestionsRecord.bucket.remove()]
    return _update(watched, actions)


def _update(watched: Watched, actions: list[Action]) -> bool:
    as_seen = SuggestionsRecord.due_at == (seconds(watched.due_at) if watched.due_at else None)
    try:
        _record(watched.citizen_id).update(actions, condition=as_seen)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _record(citizen_id: str) -> SuggestionsRecord:
    return SuggestionsRecord(f"C#{citizen_id}", _SK)


def _read(kept: Mapping[str, Any]) -> Suggestion:
    on = date.fromisoformat(kept["on"])
    return Suggestion(kept["kind"], kept["service"], kept["because"], on, kept["member"])
