"""The platforms' accounts by which citizens log in, and by which they are reached."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes, dependencies, history
from chalicelib.core.auth import Citizen
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.i18n import Lang
from chalicelib.core.ids import derived_id, new_id
from chalicelib.identity import storage
from chalicelib.identity.domain import (
    AccountClosed,
    AccountFrozen,
    InvalidLoginCode,
    InvalidRefreshToken,
    Profile,
    TokenFamily,
)
from chalicelib.identity.domain.links import account_of
from chalicelib.identity.providers import login_provider
from chalicelib.identity.service import contacts, rate_limits, sessions
from chalicelib.identity.service.profiles import (
    DecryptedProfile,
    Effects,
    commit,
    find_to_open,
    greeted,
    is_erased,
    load,
    load_to_open,
    new_key,
    unwrap_key,
)
from chalicelib.identity.service.revocations import revocations, rights_of
from chalicelib.identity.service.sessions import Session

_ACCOUNT: Final = "account"
# Stands for the platform where a clerk made the account, by which nobody logs in.
DESK: Final = "counter"


@dataclass(frozen=True, slots=True)
class Channels:
    """How a citizen is reached: in which language, on which platform as whom, and where besides.

    `platform` and `account` are None for a citizen who has not logged in since accounts are kept;
    `phone` and `email` are there once they were proven; `chooses` says that they said how.
    """

    locale: Lang
    platform: str | None
    account: str | None
    phone: str | None = None
    email: str | None = None
    chooses: bool = False


def log_in(
    platform: str, code: str, source: str, now: datetime
) -> tuple[Session, DecryptedProfile]:
    """Exchange a platform's code for a session; a new account makes a new citizen.

    Raises InvalidLoginCode, ProviderUnavailable, TooManyRequests, AccountClosed, or AccountFrozen
    once another account has taken this one's place.
    """
    rate_limits.count_login(source, platform, now)
    try:
        account = _exchange(platform, code, now)
    except InvalidLoginCode:
        rate_limits.count_failed_login(source, platform, now)
        raise
    subject = _subject(platform, account)
    profile = _citizen_of(platform, subject, f"{platform}:{account}", now)
    if _ACCOUNT not in profile.sealed:
        profile = _reachable(profile, f"{platform}:{account}", now)
    owner, caller = _owner_of(profile, now)
    if profile.record_link:
        raise AccountFrozen
    if owner.deceased:
        raise AccountClosed
    subject, generation = profile.citizen_id, generation_of(profile, owner)
    return sessions.start(caller, "citizen", subject, now, generation), greeted(owner)


def refresh(family: TokenFamily, now: datetime) -> tuple[Session, DecryptedProfile]:
    """Go on with a session; raises InvalidRefreshToken once it or the citizen is over."""
    profile = storage.load_profile(family.subject)
    if profile is None or profile.erased or profile.record_link:
        raise InvalidRefreshToken
    owner, caller = _owner_of(profile, now)
    if owner.deceased or generation_of(profile, owner) != family.generation:
        raise InvalidRefreshToken
    return sessions.issue(caller, family, now), greeted(owner)


def of_record(caller: Citizen, now: datetime) -> Citizen:
    """Return who a citizen is whose account was joined to another since the token was issued.

    Raises Unauthenticated for a token of an earlier generation, which the joining does not revive,
    and once the other has ended all log-ins since.
    """
    if not revocations.joined(caller):
        return caller
    profile = storage.load_profile(caller.citizen_id)
    if profile is None or profile.erased or caller.generation != profile.generation:
        raise Unauthenticated
    if profile.joined is None:
        return caller
    owner, joined = _owner_of(profile, now)
    if owner.generation != profile.joined.base:
        raise Unauthenticated
    return joined


def sign_out(caller: Citizen, now: datetime) -> None:
    """End all log-ins of a citizen, on all devices, the caller's as well. Idempotent.

    Raises NotFound, or Unauthenticated once the citizen was erased.
    """
    following = replace(caller, generation=caller.generation + 1)
    rights = rights_of(following)

    def change(profile: Profile) -> Profile:
        # The log-ins of a later generation are not the caller's to end.
        ended = profile.generation > caller.generation
        return profile if ended else replace(profile, generation=following.generation)

    def effects() -> Effects:
        return Effects(also=[revocations.write(caller.actor, rights, now)])

    event = DomainEvent("citizen.signed_out", {})
    profile = commit(caller.citizen_id, change, event, now, effects)
    revocations.learn(caller.actor, rights_of(caller_of(profile)))


def caller_of(profile: Profile) -> Citizen:
    """Return what a citizen's tokens say; limits count the person once known, else the account."""
    person = profile.person or profile.citizen_id
    return Citizen(profile.citizen_id, person, profile.level, profile.generation)


def login_of(profile: Profile, now: datetime) -> tuple[Citizen, int]:
    """Return what an account's tokens say, and the generation of its log-ins."""
    owner, caller = _owner_of(profile, now)
    return caller, generation_of(profile, owner)


def _owner_of(profile: Profile, now: datetime) -> tuple[Profile, Citizen]:
    """Return whose log-in an account is, and what its tokens say."""
    joined = profile.joined
    if joined is None:
        return profile, caller_of(profile)
    owner = load(joined.of_record)
    is_trusted = not joined.on_probation(now)
    return owner, replace(caller_of(owner), link=joined.link_id, trusted=is_trusted)


def generation_of(profile: Profile, owner: Profile) -> int:
    """Return the generation of an account's log-ins: the owner's sign-outs end them too."""
    base = profile.joined.base if profile.joined else owner.generation
    return profile.generation + owner.generation - base


def channels(citizen_id: str) -> Channels | None:
    """Return how a citizen is reached; None when there is no such citizen, or none any more."""
    profile = find_to_open(citizen_id)
    if profile is None or profile.erased or profile.deceased:
        return None
    locale: Lang = "en" if profile.locale == "en" else "zh-CN"
    login = load_to_open(account_of(profile.record_link)) if profile.record_link else profile
    sealed, proven = login.sealed.get(_ACCOUNT), contacts.reached_by(profile)
    chooses = contacts.PREFERENCES in profile.sealed
    if sealed is None:
        return Channels(locale, None, None, proven.phone, proven.email, chooses)
    platform, _, account = unwrap_key(login).open(_ACCOUNT, sealed).partition(":")
    return Channels(locale, platform, account, proven.phone, proven.email, chooses)


def without_login(citizen_ids: Collection[str]) -> frozenset[str]:
    """Return who of the owners of counters' accounts has no log-in yet, and lives; no key opened.

    An account that a platform made was never without one: it is not asked for here.
    """
    known = storage.load_profiles(citizen_ids) if citizen_ids else ()
    return frozenset(
        one.citizen_id for one in known if not (one.record_link or one.erased or one.deceased)
    )


def account_key(citizen_id: str) -> str | None:
    """Return the key under which a citizen's platform account is kept."""
    known = channels(citizen_id)
    if known is None or known.platform is None:
        return None
    return storage.account_key(known.platform, _subject(known.platform, known.account or ""))


def _subject(platform: str, account: str) -> str:
    return dependencies.vault().keyed_hash(f"account:{platform}", account)


def _exchange(platform: str, code: str, now: datetime) -> str:
    provider = login_provider(platform)
    if provider.single_use:
        digest = derived_id(platform, code, length=22)
        if not storage.claim_code(platform, digest, int(now.timestamp()) + 3600):
            raise InvalidLoginCode
    return provider.exchange(code).subject


def _citizen_of(platform: str, subject: str, account: str, now: datetime) -> Profile:
    # `account` is the platform's own id; messages are addressed to it, so it is kept sealed.
    def write() -> Profile | None:
        former = storage.find_account(platform, subject, now)
        if former and not is_erased(former):
            return load(former)
        citizen_id = new_id(8)
        fresh = new_key(citizen_id)
        entry = history.append(
            citizen_id,
            history.Head(),
            type_="citizen.created",
            at=now,
            actor=f"citizen:{citizen_id}",
            data={"platform": platform},
        )
        sealed = {_ACCOUNT: fresh.key.seal(_ACCOUNT, account)}
        profile = Profile(citizen_id, fresh.in_profile, head=entry.head, sealed=sealed)
        by = storage.NewAccount(platform, subject, former)
        created = storage.create_citizen(profile, by, entry, fresh.also)
        return profile if created else None

    return changes.until_stored(write)


def _reachable(profile: Profile, account: str, now: datetime) -> Profile:
    """Keep the platform's own id of a citizen from before it was kept."""

    def change(current: Profile) -> Profile:
        sealed = {**current.sealed, _ACCOUNT: unwrap_key(current).seal(_ACCOUNT, account)}
        return current if _ACCOUNT in current.sealed else replace(current, sealed=sealed)

    event = DomainEvent("profile.changed", {"fields": _ACCOUNT})
    return commit(profile.citizen_id, change, event, now)
