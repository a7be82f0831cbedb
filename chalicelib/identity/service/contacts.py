"""By which number and mail address a person agreed to be reached, and how that was proven.

The fields are sealed as every other of a profile, so that an export shows and an erasure ends them.
A number that somebody typed and nobody proved is kept for the clerk, and is sent nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from chalicelib.core.decisions import DomainEvent
from chalicelib.identity.domain import Profile
from chalicelib.identity.service import profiles

Contact = Literal["phone", "email"]
# A code that was sent there, or the person themselves before a clerk.
ContactProof = Literal["code", "counter"]
PREFERENCES: Final = "notice_preferences"
_PROOFS: Final[Mapping[Contact, str]] = {"phone": "phone_proof", "email": "email_proof"}


@dataclass(frozen=True, slots=True)
class Contacts:
    """A citizen's number and mail address in clear; each is proven, or sent nothing."""

    phone: str | None = None
    email: str | None = None
    phone_proof: str | None = None
    email_proof: str | None = None


def contacts_of(citizen_id: str) -> Contacts:
    """Return a citizen's number and mail address; raises NotFound or Unauthenticated."""
    return _contacts(profiles.me(citizen_id).clear)


def reached_by(profile: Profile) -> Contacts:
    """Return what a citizen may be sent something to; no key is opened where there is nothing."""
    proofs = {name for name in _PROOFS.values() if name in profile.sealed}
    if not proofs:
        return Contacts()
    key = profiles.unwrap_key(profile)
    wanted = {name for kind, proof in _PROOFS.items() if proof in proofs for name in (kind, proof)}
    sealed = {name: text for name, text in profile.sealed.items() if name in wanted}
    return _contacts(profiles.open_fields(key, sealed))


def prove_contact(
    citizen_id: str, contact: Contact, address: str, proof: ContactProof, now: datetime
) -> Contacts:
    """Keep an address as proven. Idempotent."""

    def change(profile: Profile) -> Profile:
        key, proof_field = profiles.unwrap_key(profile), _PROOFS[contact]
        known = {
            name: profile.sealed[name] for name in (contact, proof_field) if name in profile.sealed
        }
        if profiles.open_fields(key, known) == {contact: address, proof_field: proof}:
            return profile
        fresh = {
            name: key.seal(name, text) for name, text in ((contact, address), (proof_field, proof))
        }
        return replace(profile, sealed={**profile.sealed, **fresh})

    event = DomainEvent("profile.changed", {"fields": contact})
    return _contacts(profiles.decrypted(profiles.commit(citizen_id, change, event, now)).clear)


def note_preferences(citizen_id: str, now: datetime) -> None:
    """Note that a citizen said how to be told, so that it is read of no other. Idempotent."""

    def change(profile: Profile) -> Profile:
        if PREFERENCES in profile.sealed:
            return profile
        sealed = profiles.unwrap_key(profile).seal(PREFERENCES, "own")
        return replace(profile, sealed={**profile.sealed, PREFERENCES: sealed})

    event = DomainEvent("profile.changed", {"fields": PREFERENCES})
    profiles.commit(citizen_id, change, event, now)


def remove_contact(citizen_id: str, contact: Contact, now: datetime) -> None:
    """Forget an address. Idempotent."""

    def change(profile: Profile) -> Profile:
        gone = (contact, _PROOFS[contact])
        left = {name: text for name, text in profile.sealed.items() if name not in gone}
        return replace(profile, sealed=left)

    event = DomainEvent("profile.changed", {"fields": contact})
    profiles.commit(citizen_id, change, event, now)


def of_person_alone(profile: Profile) -> dict[str, str]:
    """Return sealed fields without proofs by code: who had the account may not be the person."""
    proofs = [name for name in _PROOFS.values() if name in profile.sealed]
    if not proofs:
        return dict(profile.sealed)
    key = profiles.unwrap_key(profile)
    by_code = {name for name in proofs if key.open(name, profile.sealed[name]) == "code"}
    return {name: text for name, text in profile.sealed.items() if name not in by_code}


def _contacts(clear: Mapping[str, str]) -> Contacts:
    return Contacts(
        clear.get("phone"), clear.get("email"), clear.get("phone_proof"), clear.get("email_proof")
    )
