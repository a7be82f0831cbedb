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
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import storage
from chalicelib.identity.domain import KEPT_APART, Profile, masked_name
from chalicelib.identity.keys import storage as key_storage

# Citizens' own keys, for a minute, so that not every request asks for them.
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

    def is_seen_as(self, name: str) -> bool:
        """Tell whether somebody of a name can stand before a clerk: it is theirs, and they live."""
        return self.clear.get("name") == name and not self.profile.deceased


@dataclass(frozen=True, slots=True)
class NewKey:
    """A subject's fresh key, what its profile says of it, and what keeps it in that transaction."""

    key: SubjectKey
    in_profile: str
    also: tuple[ExtraWrite, ...]


def new_key(subject_id: str) -> NewKey:
    """Make the key of a new subject."""
    key, wrapped = dependencies.vault().new_key(subject_id)
    if SETTINGS.keys_in_profiles:
        return NewKey(key, wrapped.hex(), ())
    return NewKey(key, KEPT_APART, (key_storage.write_key(subject_id, wrapped),))


def me(citizen_id: str) -> DecryptedProfile:
    """Return the citizen's own profile."""
    return decrypted(load_to_open(citizen_id))


def clear_of(citizen_id: str) -> Mapping[str, str]:
    """Return a citizen's personal fields in clear; nothing of who was erased."""
    try:
        return me(citizen_id).clear
    except (NotFound, Unauthenticated):
        return {}


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

    It is remembered for a minute: the first call reads the key alone, the next ones nothing. Raises
    NotFound, or Unauthenticated once the citizen was erased.
    """
    return keys.load(citizen_id, lambda: _read_key(citizen_id))


def _read_key(citizen_id: str) -> SubjectKey:
    wrapped = key_storage.find_key(citizen_id)
    # The profiles of an earlier release have their keys with them; those of the erased have none.
    return _opened(citizen_id, wrapped) if wrapped else unwrap_key(load(citizen_id))


def is_of_record(caller: Citizen, owner: Profile) -> bool:
    """Tell whether a caller comes by the account that is of record."""
    return caller.link == owner.record_link


def write_new_subject(subject_id: str, person: str, fields: Mapping[str, str]) -> ExtraWrite:
    """Return what makes a subject that is no citizen, with a key of its own that seals fields."""
    fresh = new_key(subject_id)
    sealed = {name: fresh.key.seal(name, text) for name, text in fields.items()}
    profile = Profile(subject_id, fresh.in_profile, version=0, person=person, sealed=sealed)
    return storage.write_subject(profile, fresh.also)


def masked_name_of(citizen_id: str) -> str | None:
    """Return a citizen's name, masked; None of who is not verified, or gone."""
    try:
        name = me(citizen_id).clear.get("name")
    except (NotFound, Unauthenticated):
        return None
    return masked_name(name) if name else None


def caller_of(profile: Profile) -> Citizen:
    """Return what a citizen's tokens say; limits count the person once known, else the account."""
    person = profile.person or profile.citizen_id
    return Citizen(profile.citizen_id, person, profile.level, profile.generation)


def person_of_account(citizen_id: str) -> str | None:
    """Return the person of an account, as a keyed hash; None of who is not verified, or gone."""
    profile = storage.load_profile(citizen_id)
    return profile.person if profile else None


def is_erased(citizen_id: str) -> bool:
    """Tell whether a citizen was erased."""
    profile = storage.load_profile(citizen_id)
    return profile is None or profile.erased


def is_deceased(citizen_id: str) -> bool:
    """Tell whether a citizen has died."""
    profile = storage.load_profile(citizen_id)
    return profile is not None and profile.deceased


def generation_of(citizen_id: str) -> int | None:
    """Return the generation of a citizen's log-ins; None once they were erased."""
    profile = storage.load_profile(citizen_id)
    return None if profile is None or profile.erased else profile.generation


def history_of(citizen_id: str) -> audit.SubjectHistory | None:
    """Return the history of a citizen's profile, for auditors of the halls where they were."""
    profile = storage.load_profile(citizen_id)
    if profile is None:
        return None
    entries = tuple(storage.load_entries(citizen_id))
    return audit.SubjectHistory(entries, profile.head, citizen_id=citizen_id)


def load(citizen_id: str) -> Profile:
    """Return a citizen; raises NotFound, or Unauthenticated once they were erased."""
    return _not_erased(storage.load_profile(citizen_id))


def load_to_open(citizen_id: str) -> Profile:
    """Return a citizen whose key is about to be opened; raises as `load`.

    It is read with the profile, in one round trip, where this process does not know it.
    """
    return _not_erased(find_to_open(citizen_id))


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

    def read() -> Profile:
        return _existing(find_to_open(citizen_id))

    return changes.apply(read, decide, storage.store_profile, author).new


def find_to_open(citizen_id: str) -> Profile | None:
    """Return a citizen as `load_to_open`; also one who was erased, and None for nobody."""
    known = keys.get(citizen_id)
    return storage.load_profile(citizen_id) if known else storage.load_profile_and_key(citizen_id)


def _existing(profile: Profile | None) -> Profile:
    if profile is None:
        raise NotFound
    return profile


def _not_erased(profile: Profile | None) -> Profile:
    existing = _existing(profile)
    if existing.erased:
        raise Unauthenticated
    return existing


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
    return DecryptedProfile(profile, open_fields(unwrap_key(profile), {DISPLAY_NAME: chosen}))


def person_of(document: Document) -> str:
    """Return the keyed hash by which a person is counted."""
    return dependencies.vault().keyed_hash("person", document.person_key)


def unwrap_key(profile: Profile) -> SubjectKey:
    """Return a citizen's own key; raises Unauthenticated where it is gone, as a restore may be."""
    return keys.load(profile.citizen_id, lambda: _opened(profile.citizen_id, _wrapped(profile)))


def _wrapped(profile: Profile) -> bytes:
    if not profile.key_is_apart:
        return bytes.fromhex(profile.wrapped_key)
    wrapped = profile.own_key or key_storage.find_key(profile.citizen_id)
    if wrapped is None:
        raise Unauthenticated
    return wrapped


def _opened(citizen_id: str, wrapped: bytes) -> SubjectKey:
    return dependencies.vault().key_of(citizen_id, wrapped)


def open_fields(key: SubjectKey, sealed: Mapping[str, str], owner: str = "") -> dict[str, str]:
    """Return sealed fields in clear; `owner` is the member of the family whose fields they are."""
    prefix = f"{owner}/" if owner else ""
    return {name: key.open(f"{prefix}{name}", value) for name, value in sealed.items()}
