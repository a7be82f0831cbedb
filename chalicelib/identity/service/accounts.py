"""The platforms' accounts by which citizens log in, and by which they are reached."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes, dependencies, history
from chalicelib.core.auth import Citizen
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.ids import CITIZEN_ID_LENGTH, derived_id, new_id
from chalicelib.identity import storage
from chalicelib.identity.domain import (
    AccountClosed,
    AccountFrozen,
    InvalidLoginCode,
    InvalidRefreshToken,
    Profile,
    TokenFamily,
)
from chalicelib.identity.providers import login_provider
from chalicelib.identity.service import rate_limits, reach, sessions
from chalicelib.identity.service.joined_accounts import generation_of, owner_of
from chalicelib.identity.service.profiles import (
    DecryptedProfile,
    Effects,
    caller_of,
    commit,
    greeted,
    is_erased,
    load,
    new_key,
    unwrap_key,
)
from chalicelib.identity.service.reach import ACCOUNT
from chalicelib.identity.service.revocations import revocations, rights_of
from chalicelib.identity.service.sessions import Session

# Stands for the platform where a clerk made the account, by which nobody logs in.
DESK: Final = "counter"


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
    if ACCOUNT not in profile.sealed:
        profile = _reachable(profile, f"{platform}:{account}", now)
    owner, caller = owner_of(profile, now)
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
    owner, caller = owner_of(profile, now)
    if owner.deceased or generation_of(profile, owner) != family.generation:
        raise InvalidRefreshToken
    return sessions.issue(caller, family, now), greeted(owner)


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


def account_key(citizen_id: str) -> str | None:
    """Return the key under which a citizen's platform account is kept."""
    known = reach.channels(citizen_id)
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
        citizen_id = new_id(CITIZEN_ID_LENGTH)
        fresh = new_key(citizen_id)
        entry = history.append(
            citizen_id,
            history.Head(),
            type_="citizen.created",
            at=now,
            actor=f"citizen:{citizen_id}",
            data={"platform": platform},
        )
        sealed = {ACCOUNT: fresh.key.seal(ACCOUNT, account)}
        profile = Profile(citizen_id, fresh.in_profile, head=entry.head, sealed=sealed)
        by = storage.NewAccount(platform, subject, former)
        created = storage.create_citizen(profile, by, entry, fresh.also)
        return profile if created else None

    return changes.until_stored(write)


def _reachable(profile: Profile, account: str, now: datetime) -> Profile:
    """Keep the platform's own id of a citizen from before it was kept."""

    def change(current: Profile) -> Profile:
        sealed = {**current.sealed, ACCOUNT: unwrap_key(current).seal(ACCOUNT, account)}
        return current if ACCOUNT in current.sealed else replace(current, sealed=sealed)

    event = DomainEvent("profile.changed", {"fields": ACCOUNT})
    return commit(profile.citizen_id, change, event, now)
