"""What mandates hold about a citizen: exported, and taken back on leaving."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from chalicelib.core import audit
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.plugins import registered
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Member
from chalicelib.identity.service import personal_data_requests
from chalicelib.mandates import storage
from chalicelib.mandates.domain import (
    MANDATE_ID_LENGTH,
    RULES,
    FamilyMandate,
    Mandate,
    Side,
    answered,
)
from chalicelib.mandates.service import answers, organisations
from chalicelib.mandates.service.organisations import OrganisationShown

_PEOPLE: Final = "system:people"


def held_about(citizen_id: str) -> list[Mapping[str, object]]:
    """Return who may act for a citizen and for whom they act, for their export."""
    given = [_exported("principal", one) for one in answers.given_by(citizen_id)]
    held = storage.load_many(storage.list_held(citizen_id))
    member_of = [_membership(one) for one in organisations.list_of(citizen_id)]
    return [*given, *(_exported("agent", one) for one in held), *member_of]


def withdraw_all(citizen_id: str, now: datetime) -> None:
    """End what a citizen who leaves has agreed to or acts by; guardians stay. Idempotent."""
    author = Author(f"citizen:{citizen_id}", now)
    # Of who was erased before nobody knows the person, in whose name families are kept.
    given = answers.given_by(citizen_id) or storage.load_many(storage.list_given(citizen_id))
    for mandate in given:
        if isinstance(mandate, Mandate):
            _end(mandate, "principal", citizen_id, now)
            _erase_scan(mandate)
        elif mandate.member.consent == "accepted":
            answers.answer_any(mandate, "principal", "revoke", author)
    for mandate in storage.load_many(storage.list_held(citizen_id)):
        _end(mandate, "agent", citizen_id, now)
    _leave_all(citizen_id, now)


def end_all(citizen_id: str, now: datetime) -> None:
    """End all that somebody who died has given or acted by, guardianship too. Idempotent."""
    author = Author(f"citizen:{citizen_id}", now)
    for mandate in (*answers.given_by(citizen_id), *answers.held_by(citizen_id)):
        if mandate.status(now) in ("active", "offered"):
            answers.answer(citizen_id, mandate.mandate_id, "revoke", author)
    _leave_all(citizen_id, now)


def end_named(citizen_id: str, former: str, _person: str, now: datetime) -> None:
    """End what names somebody by a number that was corrected; it is given anew. Idempotent."""
    today = office_time(now).date()

    def ended(old: Member) -> identity.MemberChange | None:
        if old.status(now) not in ("active", "offered"):
            return None
        event = DomainEvent(RULES["revoke"].event, {"member": old.member_id})
        return identity.MemberChange(answered(old, "revoke", "principal", now, today), event)

    for agent, member_id in identity.agents_of(former):
        # Whom the agent has taken off the list meanwhile names nobody any more.
        with suppress(NotFound):
            identity.change_member(agent, member_id, ended, Author(_PEOPLE, now))
    for given in storage.load_many(storage.list_given(citizen_id)):
        _end(given, "principal", citizen_id, now)
    for held in storage.load_many(storage.list_held(citizen_id)):
        _end(held, "agent", citizen_id, now)


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of a mandate that was given, or of an organisation."""
    mandate = storage.load(subject_id) if len(subject_id) == MANDATE_ID_LENGTH else None
    if mandate:
        entries = tuple(storage.load_entries(subject_id))
        return audit.SubjectHistory(entries, mandate.head, citizen_id=mandate.principal)
    organisation = storage.load_organisation(subject_id)
    if organisation is None:
        return None
    entries = tuple(storage.load_organisation_entries(subject_id))
    return audit.SubjectHistory(entries, organisation.head, citizen_id=subject_id)


def _leave_all(citizen_id: str, now: datetime) -> None:
    for shown in organisations.list_of(citizen_id):
        author = Author(f"citizen:{citizen_id}", now)
        organisations.leave(shown.organisation.organisation_id, shown.membership, author)


def _end(mandate: Mandate, side: Side, citizen_id: str, now: datetime) -> None:
    if mandate.status(now) in ("active", "offered"):
        answers.answer_given(mandate, side, "revoke", Author(f"citizen:{citizen_id}", now))


def _membership(shown: OrganisationShown) -> Mapping[str, object]:
    return {
        "organisation_id": shown.organisation.organisation_id,
        "organisation": shown.name,
        "credit_code": shown.credit_code,
        "role": shown.membership.role,
        "until": str(shown.membership.until or ""),
    }


def _erase_scan(mandate: Mandate) -> None:
    """Delete the paper that a principal signed, who leaves."""
    if mandate.witness:
        (erase,) = registered("SCAN_ERASURES")
        erase(mandate.witness.upload_id)


def _exported(side: Side, mandate: FamilyMandate | Mandate) -> Mapping[str, object]:
    shown = answers.show(side, mandate)
    consent = mandate.member.consent if isinstance(mandate, FamilyMandate) else mandate.state
    witness = mandate.witness if isinstance(mandate, Mandate) else None
    return {
        "mandate_id": mandate.mandate_id,
        "side": side,
        "principal": shown.principal.name,
        "agent": shown.agent.name,
        "services": sorted(mandate.services),
        "actions": list(mandate.actions),
        "consent": consent,
        "until": str(mandate.until or ""),
        "office_id": witness.office_id if witness else None,
        "scan": witness.upload_id if witness else None,
    }


PERSONAL_DATA: Final = personal_data_requests.Holder("mandates", held_about, withdraw_all)
