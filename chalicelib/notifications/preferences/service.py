"""Preferences: read, said anew, and what services say of a number or address.

One conditional write keeps them with the attempt: a retry after a crash or a lost answer finds it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.core import changes, dependencies, idempotency
from chalicelib.core.idempotency import Attempt
from chalicelib.identity.service import contacts
from chalicelib.notifications.domain.notices import Subscription
from chalicelib.notifications.preferences import storage
from chalicelib.notifications.preferences.domain import (
    ChannelName,
    Preferences,
    Quiet,
    QuietHours,
    SuggestionKind,
)

Said = Callable[[Preferences], Preferences]


def preferences_of(citizen_id: str) -> Preferences:
    """Return what a citizen wants of notices."""
    return storage.load(citizen_id)


def said(
    quiet_hours: Quiet,
    channels: Mapping[Subscription, Sequence[ChannelName]],
    suggestion_kinds: Sequence[SuggestionKind],
) -> Said:
    """Return the change that makes these the preferences."""
    return lambda old: old.changed(quiet_hours, channels, suggestion_kinds)


def change(
    citizen_id: str, said: Said, attempt: Attempt, now: datetime
) -> tuple[Preferences, bool]:
    """Keep what a citizen says; tells whether the same attempt had done so before.

    The note that they said anything comes first: after a crash it costs a read, and loses nothing.
    Raises IdempotencyKeyReused or TryAgain.
    """
    contacts.note_preferences(citizen_id, now)

    def write() -> tuple[Preferences, bool] | None:
        old = storage.load(citizen_id)
        if idempotency.already_applied(old.ledger, attempt):
            return old, True
        new = replace(said(old), ledger=idempotency.note(old.ledger, attempt, now))
        return (new, False) if storage.store(citizen_id, old, new) else None

    return changes.until_stored(write)


def end_suggestions(citizen_id: str, kind: SuggestionKind) -> None:
    """Keep that a citizen wants no more suggestions of a kind. Idempotent; raises TryAgain."""

    def write() -> bool | None:
        old = storage.load(citizen_id)
        if kind not in old.suggestion_kinds:
            return True
        return storage.store(citizen_id, old, old.without_suggestions(kind)) or None

    changes.until_stored(write)


def note_dead(citizen_id: str, channel: str, address: str) -> None:
    """Note that a service said that an address is nobody's: nothing more goes there. Idempotent."""
    hashed = hash_of(channel, address)

    def write() -> bool | None:
        old = storage.load(citizen_id)
        if old.dead.get(channel) == hashed:
            return True
        new = replace(old, dead={**old.dead, channel: hashed})
        return storage.store(citizen_id, old, new) or None

    changes.until_stored(write)


def note_alive(citizen_id: str, channel: str) -> None:
    """Note that a code came back from where a channel leads. Idempotent."""

    def write() -> bool | None:
        old = storage.load(citizen_id)
        if channel not in old.dead:
            return True
        left = {name: hashed for name, hashed in old.dead.items() if name != channel}
        return storage.store(citizen_id, old, replace(old, dead=left)) or None

    changes.until_stored(write)


def is_dead(preferences: Preferences, channel: str, address: str) -> bool:
    """Tell whether a service said of this very address that it is nobody's."""
    return preferences.dead.get(channel) == hash_of(channel, address)


def held_about(citizen_id: str) -> Mapping[str, object]:
    """Return a citizen's preferences as plain JSON values, for their export."""
    kept = storage.load(citizen_id)
    return {
        "quiet_hours": quiet_json(kept.quiet_hours),
        "channels": {kind: list(names) for kind, names in kept.by_kind().items()},
        "suggestions": list(kept.suggestion_kinds),
    }


def quiet_json(quiet: Quiet) -> bool | dict[str, str]:
    """Return quiet hours as plain JSON values."""
    if isinstance(quiet, QuietHours):
        return {"from": f"{quiet.begins:%H:%M}", "to": f"{quiet.ends:%H:%M}"}
    return quiet is not False


def hash_of(channel: str, address: str) -> str:
    """Return what stands for an address where it must not be read."""
    return dependencies.vault().keyed_hash(f"dead/{channel}", address)
