"""Mandates of both sides: listed, and answered by who may."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core import parallel
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.id_documents import document_of
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Member, MemberStatus, VerificationRequired, masked_name
from chalicelib.mandates.domain import RULES, Answer, Mandate, Side, answered, side_of, split_id
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two, masked; an agent who is not verified has neither name nor number."""

    name: str | None
    id_number: str | None


@dataclass(frozen=True, slots=True)
class MandateShown:
    """A mandate as one of its sides sees it."""

    mandate: Mandate
    side: Side
    principal: Party
    agent: Party


def list_mandates(
    citizen_id: str, side: Side | None, status: MemberStatus | None, now: datetime
) -> list[MandateShown]:
    """Return the mandates of a citizen, on one side or both, in one state or all."""
    mandates: list[tuple[Side, Mandate]] = []
    if side != "principal":
        mandates += [("agent", Mandate(citizen_id, m)) for m, _ in identity.family(citizen_id)]
    if side != "agent":
        mandates += [("principal", one) for one in _given_by(citizen_id)]
    wanted = [one for one in mandates if status in (None, one[1].member.status(now))]
    return parallel.map_concurrently(lambda one: _shown(*one), wanted)


def find_mandate(citizen_id: str, mandate_id: str) -> MandateShown:
    """Return a mandate of which the citizen is a side; raises NotFound."""
    mandate, side = _of(citizen_id, mandate_id)
    return _shown(side, mandate)


def answer(citizen_id: str, mandate_id: str, said: Answer, now: datetime) -> MandateShown:
    """Accept, decline, revoke or dispute; the same again changes nothing.

    What is disputed raises an alert in the same transaction. Raises NotFound, Forbidden,
    VerificationRequired, WrongStatus or TryAgain.
    """
    mandate, side = _of(citizen_id, mandate_id)
    if said == "accept":
        _check_proof(citizen_id)
    rule, today = RULES[said], office_time(now).date()
    event = DomainEvent(rule.event, {"member": mandate.member.member_id})
    also = [_alerted(mandate, now)] if said == "dispute" else []

    def change(old: Member) -> identity.MemberChange | None:
        new = answered(old, said, side, now, today)
        return None if new == old else identity.MemberChange(new, event, also)

    author = Author(f"citizen:{citizen_id}", now)
    member = identity.change_member(mandate.agent, mandate.member.member_id, change, author)
    return _shown(side, Mandate(mandate.agent, member))


def held_about(citizen_id: str) -> list[Mapping[str, object]]:
    """Return who may act for a citizen as plain JSON values, for their export."""
    return [
        {
            "mandate_id": mandate.mandate_id,
            "agent": _agent(mandate.agent).name,
            "consent": mandate.member.consent,
            "guarded_until": str(mandate.member.guarded_until or ""),
        }
        for mandate in _given_by(citizen_id)
    ]


def withdraw_consents(citizen_id: str, now: datetime) -> None:
    """Take back what a citizen who leaves has agreed to; guardians stay. Idempotent."""
    for mandate in _given_by(citizen_id):
        if mandate.member.consent == "accepted":
            answer(citizen_id, mandate.mandate_id, "revoke", now)


def _of(citizen_id: str, mandate_id: str) -> tuple[Mandate, Side]:
    agent, member_id = split_id(mandate_id)
    mandate = Mandate(agent, identity.find_member(agent, member_id))
    # A token may be older than the verification.
    person = None if agent == citizen_id else identity.me(citizen_id).profile.person
    return mandate, side_of(citizen_id, person, mandate)


def _given_by(citizen_id: str) -> list[Mandate]:
    person = identity.me(citizen_id).profile.person
    if person is None:
        return []
    found = parallel.map_concurrently(lambda ids: _load(*ids), identity.agents_of(person))
    return [mandate for mandate in found if mandate]


def _load(agent: str, member_id: str) -> Mandate | None:
    try:
        return Mandate(agent, identity.find_member(agent, member_id))
    except NotFound:
        return None


def _shown(side: Side, mandate: Mandate) -> MandateShown:
    clear = identity.member_in_clear(mandate.agent, mandate.member)
    return MandateShown(mandate, side, _party(clear), _agent(mandate.agent))


def _agent(citizen_id: str) -> Party:
    try:
        return _party(identity.me(citizen_id).clear)
    except Unauthenticated:
        return Party(None, None)


def _party(clear: Mapping[str, str]) -> Party:
    if "id_number" not in clear:
        return Party(None, None)
    return Party(masked_name(clear["name"]), document_of(clear).masked)


def _check_proof(citizen_id: str) -> None:
    """Refuse who has proven too little to bind a person; raises VerificationRequired."""
    proof = identity.me(citizen_id).profile.proof
    if proof == "match" and not SETTINGS.demonstration:
        raise VerificationRequired


def _alerted(mandate: Mandate, now: datetime) -> identity.ExtraWrite:
    facts = {"agent": mandate.agent, "member": mandate.member.member_id}
    alert = Alert(mandate.mandate_id, "mandate_disputed", "integrity", None, now, facts=facts)
    return lambda write: supervision.write_raised(write, alert)
