"""Which account is of record of a person, also of who was verified before that was kept."""

from collections import Counter

from chalicelib.core.attributes import seconds
from chalicelib.identity import storage
from chalicelib.identity.domain import PROOFS, Profile


def account_of_person(person: str) -> str | None:
    """Return the citizen of a person's account of record; None where the person has none."""
    return storage.find_of_record(person)


def backfill_persons() -> Counter[str]:
    """Make the best proven account of each person, of these the oldest, the one of record.

    Reads all profiles, so it is the operator's. Idempotent: a run that was cut short is run again.
    Returns how many accounts became of record (`made`), took the place of a newer one (`moved`),
    and are not of record though they are verified (`others`): these join by verifying again.
    """
    return Counter(_settle(profile) for profile in storage.scan_verified())


def _settle(profile: Profile) -> str:
    """Make an account of record if it is free or comes before the one that is; tell which."""
    person = profile.person or ""
    known = storage.find_of_record(person)
    if known is None and storage.claim_of_record(person, profile.citizen_id, None):
        return "made"
    known = storage.find_of_record(person)
    if known == profile.citizen_id:
        return "known"
    other = storage.load_profile(known) if known else None
    if other is None or _comes_before(other, profile):
        return "others"
    moved = storage.claim_of_record(person, profile.citizen_id, other.citizen_id)
    return "moved" if moved else "others"


def _comes_before(known: Profile, other: Profile) -> bool:
    """Tell whether an account of record stays: others joined it, or it is better or older."""
    if known.links or known.record_link:
        return True
    return _rank(known) <= _rank(other)


def _rank(profile: Profile) -> tuple[int, int]:
    created = storage.created_at(profile.citizen_id)
    return -PROOFS.index(profile.proof or PROOFS[0]), seconds(created) if created else 0
