"""What the tokens of an account say, also where it was joined to a person's account of record."""

from dataclasses import replace
from datetime import datetime

from chalicelib.core.auth import Citizen
from chalicelib.core.errors import Unauthenticated
from chalicelib.identity import storage
from chalicelib.identity.domain import Profile
from chalicelib.identity.service.profiles import caller_of, load
from chalicelib.identity.service.revocations import revocations


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
    owner, joined = owner_of(profile, now)
    if owner.generation != profile.joined.base:
        raise Unauthenticated
    return joined


def owner_of(profile: Profile, now: datetime) -> tuple[Profile, Citizen]:
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
