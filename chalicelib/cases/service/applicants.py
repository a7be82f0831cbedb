"""Who applies in a case: the citizen, or the member of the family for whom they act."""

from collections.abc import Mapping

from chalicelib.cases.domain import Case
from chalicelib.identity import service as identity


def applicant_of(case: Case) -> Mapping[str, str] | None:
    """Return the applicant's name and document in clear; None once they are gone."""
    if identity.is_erased(case.citizen_id):
        return None
    if case.for_member is None:
        return identity.me(case.citizen_id).clear
    for member, clear in identity.family(case.citizen_id):
        if member.member_id == case.for_member:
            return clear
    return None


def person_of(case: Case) -> str | None:
    """Return who applies (a keyed hash), as is known by now; None once they are gone.

    Raises NotFound for a member of the family who has gone.
    """
    if case.for_member is None:
        return identity.profile_of(case.citizen_id).person
    return identity.find_member(case.citizen_id, case.for_member).person
