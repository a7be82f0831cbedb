"""Who applies in a case: the citizen, or the member of the family for whom they act."""

from collections.abc import Mapping

from chalicelib.cases.domain import Case
from chalicelib.core.errors import NotFound
from chalicelib.identity import service as identity
from chalicelib.mandates import service as mandates


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


def is_in_doubt(case: Case) -> bool:
    """Tell whether who applies died since, or says that nobody was to act for them."""
    if identity.is_deceased(case.citizen_id):
        return True
    if mandates.is_disputed(case.citizen_id, case.for_member, case.granted_by):
        return True
    try:
        person = person_of(case) if case.for_member else None
    except NotFound:
        return False
    account = identity.account_of_person(person) if person else None
    return account is not None and identity.is_deceased(account)
