"""Asking the business register about the representative of an organisation."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from chalicelib.core import changes
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.id_documents import document_of
from chalicelib.identity import service as identity
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.mandates import providers, storage
from chalicelib.mandates.domain import NotRepresentative, Organisation, without_managers
from chalicelib.mandates.providers.base import Purpose, RegisterAsked
from chalicelib.mandates.storage import OrganisationEffects

_ACTOR = "system:review_organisations"


def check(citizen_id: str, credit_code: str, purpose: Purpose) -> str | None:
    """Return the name under which the register knows what a citizen represents.

    Raises NotRepresentative or ProviderUnavailable.
    """
    clear = identity.me(citizen_id).clear
    claim = IdentityClaim(clear["name"], document_of(clear))
    asked = RegisterAsked(credit_code, claim, f"citizen:{citizen_id}", purpose)
    answer = providers.business_register().ask(asked)
    if answer.outcome != "confirmed":
        raise NotRepresentative
    return answer.name


@dataclass(frozen=True, slots=True)
class Registration:
    """What the register says of a credit code and who applies, when it was asked."""

    credit_code: str
    outcome: Literal["confirmed", "denied", "not_found", "unavailable"]
    name: str | None
    asked_at: datetime


def registration(
    citizen_id: str, credit_code: str, asked_by: str, now: datetime
) -> Registration | None:
    """Ask for staff whether an applicant, or an organisation's representative, represents a code.

    None once the applicant is gone.
    """
    organisation = storage.load_organisation(citizen_id)
    person = organisation.representative if organisation else citizen_id
    try:
        clear = identity.me(person).clear
    except (NotFound, Unauthenticated):
        return None
    if "id_number" not in clear:
        return None
    claim = IdentityClaim(clear["name"], document_of(clear))
    asked = RegisterAsked(credit_code, claim, asked_by, "review")
    try:
        answer = providers.business_register().ask(asked)
    except ProviderUnavailable:
        return Registration(credit_code, "unavailable", None, now)
    return Registration(credit_code, answer.outcome, answer.name, now)


def check_again(organisation: Organisation, purpose: Purpose, now: datetime) -> None:
    """Ask about who represented an organisation last; it is frozen once that is another.

    Raises NotRepresentative or ProviderUnavailable.
    """
    credit_code = identity.me(organisation.organisation_id).clear["credit_code"]
    try:
        check(organisation.representative, credit_code, purpose)
    except (NotRepresentative, NotFound, Unauthenticated) as error:
        freeze(organisation.organisation_id, "not_representative", now)
        raise NotRepresentative from error


def review(organisation_id: str, now: datetime) -> None:
    """Ask whether the register still names an active organisation's representative.

    It is frozen where it does not, or where nobody manages it any more. Raises ProviderUnavailable.
    """
    organisation = storage.load_organisation(organisation_id)
    if organisation is None or organisation.state != "active":
        return
    if without_managers(storage.list_members(organisation_id), now):
        freeze(organisation_id, "no_manager", now)
        return
    try:
        check_again(organisation, "daily", now)
    except NotRepresentative:
        return


def freeze(organisation_id: str, reason: str, now: datetime) -> None:
    """Let nobody act for an organisation until the register names somebody. Idempotent."""

    def load() -> Organisation:
        organisation = storage.load_organisation(organisation_id)
        if organisation is None:
            raise NotFound
        return organisation

    def decide(old: Organisation) -> Decision[Organisation, OrganisationEffects] | None:
        event = DomainEvent("organisation.frozen", {"reason": reason})
        frozen = replace(old, state="frozen")
        return None if frozen == old else Decision(frozen, (event,), OrganisationEffects())

    changes.apply(load, decide, storage.store_organisation, Author(_ACTOR, now))
