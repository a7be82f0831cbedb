"""Citizens' profiles: shown, changed with an entry of their history, and their keys."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import audit, changes, dependencies
from chalicelib.core.auth import Citizen
from chalicelib.core.cache import TimedCache
from chalicelib.core.changes import Author
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.id_documents import Document
from chalicelib.identity import storage
from chalicelib.identity.domain import Profile, masked_name

# Citizens' own keys, for a minute, so that not every request reads the profile.
keys: Final = TimedCache[str, SubjectKey](60.0, size=512)
DISPLAY_NAME: Final = "display_name"
# What another room writes in the same transaction.
ExtraWrite = storage.ExtraWrite
Effects = storage.Effects
ExtraWrites = Callable[[], Sequence[ExtraWrite | None]]


@dataclass(frozen=True, slots=True)
class DecryptedProfile:
    """A citizen with the personal fields in clear, for the citizen's own eyes."""

    profile: Profile
    clear: Mapping[str, str]


def me(citizen_id: str) -> DecryptedProfile:
    """Return the citizen's own profile."""
    return decrypted(load(citizen_id))


def clear_of(citizen_id: str) -> Mapping[str, str]:
    """Return a citizen's personal fields in clear; nothing of who was erased."""
    profile = storage.load_profile(citizen_id)
    return {} if profile is None or profile.erased else decrypted(profile).clear


def change_profile(
    citizen_id: str, fields: Mapping[str, str | bool | None], now: datetime
) -> DecryptedProfile:
    """Change display name, phone (sealed), locale or large text; None removes a sealed field."""

    def change(profile: Profile) -> Profile:
        key, sealed = unwrap_key(profile), dict(profile.sealed)
        if "phone" in fields and "phone_proof" in sealed:
            before = key.open("phone", sealed["phone"])
            # Another number is not proven by the proof of the one before.
            if fields["phone"] != before:
                del sealed["phone_proof"]
        for name in (DISPLAY_NAME, "phone"):
            if name in fields:
                value = fields[name]
                sealed.pop(name, None)
                if value is not None:
                    sealed[name] = key.seal(name, str(value))
        return replace(
            profile,
            sealed=sealed,
            locale=str(fields.get("locale") or profile.locale),
            large_text=bool(fields.get("large_text", profile.large_text)),
        )

    event = DomainEvent("profile.changed", {"fields": " ".join(sorted(fields))})
    return decrypted(commit(citizen_id, change, event, now))


def key_of(citizen_id: str) -> SubjectKey:
    """Return the key under which every room seals what is personal of a citizen.

    It is remembered for a minute: the first call reads the profile, the next ones nothing. Raises
    NotFound, or Unauthenticated once the citizen was erased.
    """
    return keys.load(citizen_id, lambda: unwrap_key(load(citizen_id)))


def is_of_record(caller: Citizen, owner: Profile) -> bool:
    """Tell whether a caller comes by the account that is of record."""
    return caller.link == owner.record_link


def write_new_subject(subject_id: str, person: str, fields: Mapping[str, str]) -> ExtraWrite:
    """Return what makes a subject that is no citizen, with a key of its own that seals fields."""
    key, wrapped = dependencies.vault().new_key(subject_id)
    sealed = {name: key.seal(name, text) for name, text in fields.items()}
    profile = Profile(subject_id, wrapped.hex(), version=0, person=person, sealed=sealed)
    return storage.write_subject(profile)


def masked_name_of(citizen_id: str) -> str | None:
    """Return a citizen's name, masked; None of who is not verified, or gone."""
    try:
        name = me(citizen_id).clear.get("name")
    except (NotFound, Unauthenticated):
        return None
    return masked_name(name) if name else None


def person_of_account(citizen_id: str) -> str | None:
    """Return the person of an account, as a keyed hash; None of who is not verified, or gone."""
    profile = storage.load_profile(citizen_id)
    return profile.person if profile else None


def is_erased(citizen_id: str) -> bool:
    """Tell whether a citizen was erased."""
    profile = storage.load_profile(citizen_id)
    return profile is None or profile.erased


def history_of(citizen_id: str) -> audit.SubjectHistory | None:
    """Return the history of a citizen's profile, for auditors of the halls where they were."""
    profile = storage.load_profile(citizen_id)
    if profile is None:
        return None
    entries = tuple(storage.load_entries(citizen_id))
    return audit.SubjectHistory(entries, profile.head, citizen_id=citizen_id)


def load(citizen_id: str) -> Profile:
    """Return a citizen; raises NotFound, or Unauthenticated once they were erased."""
    profile = _load(citizen_id)
    if profile.erased:
        raise Unauthenticated
    return profile


def commit(
    citizen_id: str,
    change: Callable[[Profile], Profile],
    event: DomainEvent,
    now: datetime,
    effects: Callable[[], Effects] = Effects,
) -> Profile:
    """Keep what a change makes of a citizen, with its entry; nothing where it makes the same.

    `effects` is asked before each try to store. Raises NotFound, Unauthenticated once the citizen
    was erased, TryAgain, and what the two functions raise.
    """

    def decide(old: Profile) -> Decision[Profile, Effects] | None:
        if old.erased:
            raise Unauthenticated
        new = change(old)
        return None if new == old else Decision(new, (event,), effects())

    author = Author(f"citizen:{citizen_id}", now)
    return changes.apply(lambda: _load(citizen_id), decide, storage.store_profile, author).new


def _load(citizen_id: str) -> Profile:
    profile = storage.load_profile(citizen_id)
    if profile is None:
        raise NotFound
    return profile


def decrypted(profile: Profile) -> DecryptedProfile:
    """Return a citizen with what is sealed of them in clear."""
    return DecryptedProfile(profile, open_fields(unwrap_key(profile), profile.sealed))


def greeted(profile: Profile) -> DecryptedProfile:
    """Return a citizen with the name they chose alone in clear.

    Every log-in and every renewal says it; of who chose none the key is not asked for, as each
    asking is a call of KMS (docs/cost.md).
    """
    chosen = profile.sealed.get(DISPLAY_NAME)
    if chosen is None:
        return DecryptedProfile(profile, {})
    key = keys.load(profile.citizen_id, lambda: unwrap_key(profile))
    return DecryptedProfile(profile, open_fields(key, {DISPLAY_NAME: chosen}))


def person_of(document: Document) -> str:
    """Return the keyed hash by which a person is counted."""
    return dependencies.vault().keyed_hash("person", document.person_key)


def unwrap_key(profile: Profile) -> SubjectKey:
    """Return a citizen's own key."""
    return dependencies.vault().key_of(profile.citizen_id, bytes.fromhex(profile.wrapped_key))


def open_fields(key: SubjectKey, sealed: Mapping[str, str], owner: str = "") -> dict[str, str]:
    """Return sealed fields in clear; `owner` is the member of the family whose fields they are."""
    prefix = f"{owner}/" if owner else ""
    return {name: key.open(f"{prefix}{name}", value) for name, value in sealed.items()}
