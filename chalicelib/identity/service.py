"""Citizens: log-in, profile, verified identity, family, and who looked at their data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.core import audit, history, parallel, wiring
from chalicelib.core.auth import Citizen
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.errors import (
    IdempotencyKeyReused,
    NotFound,
    TooManyRequests,
    TryAgain,
    Unauthenticated,
)
from chalicelib.core.i18n import Lang
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id, new_id
from chalicelib.core.pagination import Page
from chalicelib.identity import limits, sessions, storage
from chalicelib.identity.domain import (
    FAMILY_LIMIT,
    AlreadyFamily,
    Family,
    FamilyFull,
    IdentityAlreadySet,
    IdentityNotConfirmed,
    InvalidLoginCode,
    InvalidRefreshToken,
    Look,
    Member,
    Profile,
    ProviderUnavailable,
    Relation,
    check_id_number,
)
from chalicelib.identity.keys import KeysKept
from chalicelib.identity.providers import identity_provider, login_provider
from chalicelib.identity.sessions import Session

_TRIES: Final = 8
_ACCOUNT: Final = "account"
_keys: Final = KeysKept()
PersonKnown = Callable[[str, str, datetime], None]
person_known_listeners: Final[list[PersonKnown]] = []
# Rooms that refuse to let a member of the family go for whom something is open (MemberInUse); they
# may return what they write in the same transaction.
Also = storage.Also
Alsos = Sequence[Also | None]
MemberLeaves = Callable[[str, Member], Also | None]
member_leaves: Final[list[MemberLeaves]] = []


@dataclass(frozen=True, slots=True)
class Known:
    """A citizen with the personal fields in clear, for the citizen's own eyes."""

    profile: Profile
    clear: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Channels:
    """How a citizen is reached: in which language, and on which platform as whom.

    `platform` and `account` are None for a citizen who has not logged in since accounts are kept.
    """

    locale: Lang
    platform: str | None
    account: str | None


def log_in(platform: str, code: str, source: str, now: datetime) -> tuple[Session, Known]:
    """Exchange a platform's code for a session; a new account makes a new citizen.

    Raises InvalidLoginCode, ProviderUnavailable or TooManyRequests.
    """
    limits.count_login(source, platform, now)
    try:
        account = _exchange(platform, code, now)
    except InvalidLoginCode:
        limits.count_failed_login(source, platform, now)
        raise
    subject = wiring.vault().keyed_hash(f"account:{platform}", account)
    profile = _citizen_of(platform, subject, f"{platform}:{account}", now)
    if _ACCOUNT not in profile.sealed:
        profile = _reachable(profile, f"{platform}:{account}", now)
    session = sessions.begin(caller_of(profile), "citizen", profile.citizen_id, now)
    return session, _known(profile)


def refresh(family: Family, now: datetime) -> tuple[Session, Known]:
    """Go on with a session; raises InvalidRefreshToken when the citizen is gone."""
    profile = storage.load_profile(family.subject)
    if profile is None or profile.erased:
        raise InvalidRefreshToken
    return sessions.go_on(caller_of(profile), family, now), _known(profile)


def caller_of(profile: Profile) -> Citizen:
    """Return what a citizen's tokens say; limits count the person once known, else the account."""
    return Citizen(profile.citizen_id, profile.person or profile.citizen_id, profile.level)


def me(citizen_id: str) -> Known:
    """Return the citizen's own profile."""
    return _known(_load(citizen_id))


def change_profile(
    citizen_id: str, changes: Mapping[str, str | bool | None], now: datetime
) -> Known:
    """Change display name, phone (sealed), locale or large text; None removes a sealed field."""

    def change(profile: Profile) -> Profile:
        key, sealed = _key(profile), dict(profile.sealed)
        for name in ("display_name", "phone"):
            if name in changes:
                value = changes[name]
                sealed.pop(name, None)
                if value is not None:
                    sealed[name] = key.seal(name, str(value))
        return replace(
            profile,
            sealed=sealed,
            locale=str(changes.get("locale") or profile.locale),
            large_text=bool(changes.get("large_text", profile.large_text)),
        )

    facts = {"fields": " ".join(sorted(changes))}
    profile = _change(citizen_id, change, "profile.changed", facts, now)
    return _known(profile)


def verify_identity(citizen_id: str, name: str, id_number: str, now: datetime) -> Known:
    """Bind an account to a person; the same pair again changes nothing.

    Raises InvalidRequest, IdentityNotConfirmed, IdentityAlreadySet, ProviderUnavailable or
    TooManyRequests.
    """
    number = check_id_number(id_number, office_time(now).date())
    if not _confirmed(citizen_id, name, number, now):
        raise IdentityNotConfirmed
    person = person_of(number)

    def change(profile: Profile) -> Profile:
        if profile.person not in (None, person):
            raise IdentityAlreadySet
        if profile.person == person and _clear(_key(profile), profile.sealed)["name"] == name:
            return profile
        key = _key(profile)
        sealed = {
            **profile.sealed,
            "name": key.seal("name", name),
            "id_number": key.seal("id_number", number),
        }
        return replace(profile, person=person, sealed=sealed)

    profile = _change(citizen_id, change, "identity.verified", {"level": "real_name"}, now)
    for listener in person_known_listeners:
        listener(citizen_id, person, now)
    return _known(profile)


def _confirmed(citizen_id: str, name: str, number: str, now: datetime) -> bool:
    """Ask the authority; only a pair that it denies stays counted as a try."""
    limits.claim_proof(citizen_id, now)
    try:
        confirmed = identity_provider().confirm(name, number)
    except ProviderUnavailable:
        limits.return_proof(citizen_id)
        raise
    if confirmed:
        limits.return_proof(citizen_id)
    return confirmed


def person_of(id_number: str) -> str:
    """Return the keyed hash by which a person is counted."""
    return wiring.vault().keyed_hash("person", id_number)


def family(citizen_id: str) -> list[tuple[Member, Mapping[str, str]]]:
    """Return the people for whom the citizen may act, with name and number in clear."""
    reads: list[Callable[[str], Any]] = [_load, storage.load_members]
    profile, members = parallel.map_concurrently(lambda read: read(citizen_id), reads)
    key = _key(profile)
    return [(m, _clear(key, m.sealed, m.member_id)) for m in members]


def names_of(citizen_id: str, members: Iterable[str | None]) -> Mapping[str, str]:
    """Return the names of a citizen's family by their ids; one round trip if any is asked for."""
    if not any(members):
        return {}
    return {member.member_id: clear["name"] for member, clear in family(citizen_id)}


def add_member(  # noqa: PLR0913 - a member has these facts.
    citizen_id: str,
    name: str,
    id_number: str,
    relation: Relation,
    attempt: Attempt,
    now: datetime,
) -> tuple[Member, bool]:
    """Add someone to the family; tells whether the same attempt had done so before.

    Raises InvalidRequest, FamilyFull, AlreadyFamily or IdempotencyKeyReused.
    """
    number = check_id_number(id_number, office_time(now).date())
    person = person_of(number)
    member_id = attempt.id_for("member", 8)
    for member in storage.load_members(citizen_id):
        if member.member_id == member_id:
            if member.fingerprint != attempt.fingerprint:
                raise IdempotencyKeyReused
            return member, True
    key = _key(_load(citizen_id))
    fields = {"name": name, "id_number": number}
    sealed = {field: key.seal(f"{member_id}/{field}", value) for field, value in fields.items()}
    member = Member(member_id, person, relation, sealed, attempt.fingerprint)

    def change(profile: Profile) -> Profile:
        if person in profile.members:
            raise AlreadyFamily
        if len(profile.members) >= FAMILY_LIMIT:
            raise FamilyFull
        return replace(profile, members=profile.members | {person})

    _change(citizen_id, change, "family.added", {"member": member_id}, now, added=member)
    return member, False


def remove_member(citizen_id: str, member_id: str, now: datetime) -> None:
    """Take someone off the family for whom nothing is open; raises NotFound or MemberInUse."""
    member = find_member(citizen_id, member_id)
    _remove_member(
        citizen_id, member, now, lambda: [leaves(citizen_id, member) for leaves in member_leaves]
    )


def _remove_member(
    citizen_id: str, member: Member, now: datetime, also: Callable[[], Alsos] = tuple
) -> None:
    def change(profile: Profile) -> Profile:
        return replace(profile, members=profile.members - {member.person})

    facts = {"member": member.member_id}
    removed = member.member_id
    _change(citizen_id, change, "family.removed", facts, now, removed=removed, also=also)


def find_member(citizen_id: str, member_id: str) -> Member:
    """Return a member of this citizen's family; raises NotFound for anybody else's."""
    for member in storage.load_members(citizen_id):
        if member.member_id == member_id:
            return member
    raise NotFound


def record_look(citizen_id: str, staff_id: str, reason: str, what: str, now: datetime) -> None:
    """Record that a member of staff looks at a citizen's data."""
    storage.add_look(citizen_id, Look(rfc3339(now), staff_id, reason, what), new_id(8))


def looks(citizen_id: str, position: str | None, limit: int) -> Page[Look]:
    """Return who looked at the citizen's data, newest first."""
    return storage.list_looks(citizen_id, position, limit)


def key_of(citizen_id: str) -> SubjectKey:
    """Return the key under which every room seals what is personal of a citizen.

    It is remembered for a minute: the first call reads the profile, the next ones nothing. Raises
    NotFound, or Unauthenticated once the citizen was erased.
    """
    key = _keys.get(citizen_id)
    if key is None:
        key = _key(_load(citizen_id))
        _keys.remember(citizen_id, key)
    return key


def channels(citizen_id: str) -> Channels | None:
    """Return how a citizen is reached; None when there is no such citizen, or none any more."""
    profile = storage.load_profile(citizen_id)
    if profile is None or profile.erased:
        return None
    locale: Lang = "en" if profile.locale == "en" else "zh-CN"
    sealed = profile.sealed.get(_ACCOUNT)
    if sealed is None:
        return Channels(locale, None, None)
    key = _keys.get(citizen_id)
    if key is None:
        key = _key(profile)
        _keys.remember(citizen_id, key)
    platform, _, account = key.open(_ACCOUNT, sealed).partition(":")
    return Channels(locale, platform, account)


def is_erased(citizen_id: str) -> bool:
    """Tell whether a citizen was erased."""
    profile = storage.load_profile(citizen_id)
    return profile is None or profile.erased


def destroy_key(citizen_id: str, now: datetime) -> None:
    """Forget a citizen's key and all that only a person has; the history goes on."""

    def change(profile: Profile) -> Profile:
        return Profile(profile.citizen_id, "", version=profile.version, head=profile.head)

    for member in storage.load_members(citizen_id):
        _remove_member(citizen_id, member, now)
    _change(citizen_id, change, "citizen.erased", {}, now)
    _keys.forget(citizen_id)


def history_of(citizen_id: str) -> audit.Kept | None:
    """Return the history of a citizen's profile, for auditors of the halls where they were."""
    profile = storage.load_profile(citizen_id)
    if profile is None:
        return None
    entries = tuple(storage.load_entries(citizen_id))
    return audit.Kept(entries, profile.head, citizen_id=citizen_id)


audit.sources.append(history_of)
audit.look_listeners.append(record_look)


def _exchange(platform: str, code: str, now: datetime) -> str:
    provider = login_provider(platform)
    if provider.single_use:
        digest = derived_id(platform, code, length=22)
        if not storage.claim_code(platform, digest, int(now.timestamp()) + 3600):
            raise InvalidLoginCode
    return provider.exchange(code).subject


def _citizen_of(platform: str, subject: str, account: str, now: datetime) -> Profile:
    # `account` is the platform's own id; messages are addressed to it, so it is kept sealed.
    for _ in range(_TRIES):
        former = storage.find_account(platform, subject)
        if former and not is_erased(former):
            return _load(former)
        citizen_id = new_id(8)
        key, wrapped = wiring.vault().new_key(citizen_id)
        facts = {"platform": platform}
        actor = f"citizen:{citizen_id}"
        entry = history.append(
            citizen_id, history.Head(), type_="citizen.created", at=now, actor=actor, data=facts
        )
        sealed = {_ACCOUNT: key.seal(_ACCOUNT, account)}
        profile = Profile(citizen_id, wrapped.hex(), head=entry.head, sealed=sealed)
        if storage.create_citizen(profile, platform, subject, entry, former):
            return profile
    raise TryAgain(retry_after=1)


def _reachable(profile: Profile, account: str, now: datetime) -> Profile:
    """Keep the platform's own id of a citizen from before it was kept."""

    def change(found: Profile) -> Profile:
        sealed = {**found.sealed, _ACCOUNT: _key(found).seal(_ACCOUNT, account)}
        return found if _ACCOUNT in found.sealed else replace(found, sealed=sealed)

    facts = {"fields": _ACCOUNT}
    return _change(profile.citizen_id, change, "profile.changed", facts, now)


def _load(citizen_id: str) -> Profile:
    profile = storage.load_profile(citizen_id)
    if profile is None:
        raise NotFound
    if profile.erased:
        raise Unauthenticated
    return profile


def _change(  # noqa: PLR0913 - a change has these facts.
    citizen_id: str,
    change: Callable[[Profile], Profile],
    type_: str,
    facts: Mapping[str, str],
    now: datetime,
    *,
    added: Member | None = None,
    removed: str | None = None,
    also: Callable[[], Alsos] = tuple,
) -> Profile:
    for _ in range(_TRIES):
        old = _load(citizen_id)
        changed = change(old)
        if changed == old:
            return old
        actor = f"citizen:{citizen_id}"
        entry = history.append(citizen_id, old.head, type_=type_, at=now, actor=actor, data=facts)
        new = replace(changed, version=old.version + 1, head=entry.head)
        if storage.store_profile(new, entry, added=added, removed=removed, also=also()):
            return new
        if storage.entry_exists(citizen_id, entry):
            return new
    raise TooManyRequests(retry_after=1)


def _known(profile: Profile) -> Known:
    return Known(profile, _clear(_key(profile), profile.sealed))


def _key(profile: Profile) -> SubjectKey:
    return wiring.vault().key_of(profile.citizen_id, bytes.fromhex(profile.wrapped_key))


def _clear(key: SubjectKey, sealed: Mapping[str, str], owner: str = "") -> dict[str, str]:
    prefix = f"{owner}/" if owner else ""
    return {name: key.open(f"{prefix}{name}", value) for name, value in sealed.items()}
