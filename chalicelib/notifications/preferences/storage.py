"""Preferences in the table `notifications`: one item in a citizen's partition, `P#preferences`."""

from datetime import time
from typing import Any, Final

from pynamodb.exceptions import PutError

from chalicelib.core.attributes import ledger_of, read_ledger
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.preferences.domain import (
    SUGGESTION_KINDS,
    Preferences,
    Quiet,
    QuietHours,
    SuggestionKind,
)
from chalicelib.notifications.storage._records import PreferencesRecord

_SK: Final = "P#preferences"


def load(citizen_id: str) -> Preferences:
    """Return what a citizen said."""
    try:
        record = PreferencesRecord.get(f"C#{citizen_id}", _SK, consistent_read=True)
    except PreferencesRecord.DoesNotExist:
        return Preferences()
    return Preferences(
        _quiet(record.quiet),
        {kind: tuple(names) for kind, names in (record.channels or {}).items()},
        _kinds(record),
        record.dead or {},
        int(record.revision),
        read_ledger(record.ledger or []),
    )


def store(citizen_id: str, old: Preferences, new: Preferences) -> bool:
    """Keep preferences; False when another was faster."""
    as_seen: Any = PreferencesRecord.pk.does_not_exist()
    if old.revision:
        as_seen = PreferencesRecord.revision == old.revision
    record = PreferencesRecord(
        f"C#{citizen_id}",
        _SK,
        quiet=_quiet_json(new.quiet_hours),
        channels={kind: list(names) for kind, names in new.channels.items()},
        suggestions=new.suggestions,
        suggestion_kinds=list(new.suggestion_kinds),
        dead=dict(new.dead) or None,
        revision=old.revision + 1,
        ledger=ledger_of(new.ledger),
    )
    try:
        record.save(condition=as_seen)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def _kinds(record: PreferencesRecord) -> tuple[SuggestionKind, ...]:
    """Return what may be suggested; who agreed before there were kinds agreed to all."""
    if record.suggestion_kinds is None:
        return SUGGESTION_KINDS if record.suggestions else ()
    return tuple(kind for kind in SUGGESTION_KINDS if kind in record.suggestion_kinds)


def _quiet(stored: Any) -> Quiet:
    if isinstance(stored, list):
        return QuietHours(*(time.fromisoformat(one) for one in stored))
    return None if stored is None else bool(stored)


def _quiet_json(quiet: Quiet) -> bool | list[str] | None:
    if isinstance(quiet, QuietHours):
        return [f"{quiet.begins:%H:%M}", f"{quiet.ends:%H:%M}"]
    return quiet
