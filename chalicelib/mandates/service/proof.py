"""Who is proven well enough to bind a person."""

from chalicelib.core.settings import SETTINGS
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Profile, VerificationRequired


def proven(citizen_id: str) -> Profile:
    """Return a citizen who is known to be a person, not by name and number alone.

    A demonstration believes those too. Raises VerificationRequired.
    """
    profile = identity.profile_of(citizen_id)
    if profile.person is None or (profile.proof == "match" and not SETTINGS.demonstration):
        raise VerificationRequired
    return profile


def proven_person(citizen_id: str) -> str:
    """Return the person whom a citizen is proven to be; raises VerificationRequired."""
    return proven(citizen_id).person or ""
