"""The person behind an account, as the authority confirms it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chalicelib.core import wiring
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.plugins import registered
from chalicelib.identity.domain import (
    IdentityAlreadySet,
    IdentityNotConfirmed,
    Profile,
    ProviderUnavailable,
    check_id_number,
)
from chalicelib.identity.providers import identity_provider
from chalicelib.identity.service import rate_limits
from chalicelib.identity.service.profiles import (
    DecryptedProfile,
    commit,
    decrypted,
    open_fields,
    unwrap_key,
)

PersonKnown = Callable[[str, str, datetime], None]


def verify_identity(citizen_id: str, name: str, id_number: str, now: datetime) -> DecryptedProfile:
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
        key = unwrap_key(profile)
        if profile.person == person and open_fields(key, profile.sealed)["name"] == name:
            return profile
        sealed = {
            **profile.sealed,
            "name": key.seal("name", name),
            "id_number": key.seal("id_number", number),
        }
        return replace(profile, person=person, sealed=sealed)

    profile = commit(
        citizen_id, change, DomainEvent("identity.verified", {"level": "real_name"}), now
    )
    listeners: tuple[PersonKnown, ...] = registered("PERSON_KNOWN")
    for listener in listeners:
        listener(citizen_id, person, now)
    return decrypted(profile)


def _confirmed(citizen_id: str, name: str, number: str, now: datetime) -> bool:
    """Ask the authority; only a pair that it denies stays counted as a try."""
    rate_limits.claim_verification(citizen_id, now)
    try:
        confirmed = identity_provider().confirm(name, number)
    except ProviderUnavailable:
        rate_limits.return_verification(citizen_id)
        raise
    if confirmed:
        rate_limits.return_verification(citizen_id)
    return confirmed


def person_of(id_number: str) -> str:
    """Return the keyed hash by which a person is counted."""
    return wiring.vault().keyed_hash("person", id_number)
