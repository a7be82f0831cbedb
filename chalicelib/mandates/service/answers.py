"""Mandates of both sides: listed, and answered by who may."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import changes, parallel
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.id_documents import document_of
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.core.pagination import Page
from chalicelib.core.tables import Addition
from chalicelib.identity import service as identity
from chalicelib.identity.domain import Member, masked_name
from chalicelib.mandates import storage
from chalicelib.mandates.domain import (
    MANDATE_ID_LENGTH,
    RULES,
    Answer,
    FamilyMandate,
    Mandate,
    MandateStatus,
    Side,
    answered,
)
from chalicelib.mandates.service import display_names, guardians
from chalicelib.mandates.service.proof import proven_person
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert

AnyMandate = FamilyMandate | Mandate
_MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which mandates: on one side or both, in one state or all."""

    side: Side | None = None
    status: MandateStatus | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two, masked; an agent who is not verified has neither name nor number."""

    name: str | None
    id_number: str | None


@dataclass(frozen=True, slots=True)
class MandateShown:
    """A mandate as one of its sides sees it; `for_name` is the principal's, for who acts now."""

    mandate: AnyMandate
    side: Side
    principal: Party
    agent: Party
    for_name: str | None = None


def list_mandates(
    citizen_id: str, chosen: Chosen, position: str | None, limit: int, now: datetime
) -> Page[MandateShown]:
    """Return a page of the mandates of a citizen."""
    mandates: list[tuple[Side, AnyMandate]] = []
    if chosen.side != "principal":
        mandates += [("agent", one) for one in held_by(citizen_id)]
    if chosen.side != "agent":
        given = [*given_by(citizen_id), *managed_by(citizen_id, now)]
        mandates += [("principal", one) for one in given]
    asked = [one for one in mandates if chosen.status in (None, one[1].status(now))]
    after = sorted(asked, key=_order)
    if position:
        after = [one for one in after if _order(one) > position]
    more = _order(after[limit - 1]) if len(after) > limit else None
    page = parallel.map_concurrently(lambda one: show(*one), after[:limit])
    return Page(tuple(page), more)


def find_mandate(citizen_id: str, mandate_id: str, now: datetime) -> MandateShown:
    """Return a mandate of which the citizen is a side; raises NotFound."""
    mandate, side = _of(citizen_id, mandate_id, now)
    return show(side, mandate)


def answer(
    citizen_id: str, mandate_id: str, said: Answer, author: Author
) -> tuple[MandateShown, bool]:
    """Accept, decline, revoke or dispute; the same again changes nothing.

    Returns whether the same attempt had said so before, too. What is disputed raises an alert in
    the same transaction. Raises NotFound, Forbidden, VerificationRequired, WrongStatus or TryAgain.
    """
    mandate, side = _of(citizen_id, mandate_id, author.now)
    if said == "accept":
        proven_person(citizen_id)
    answered_, again = answer_any(mandate, side, said, author)
    return show(side, answered_), again


def answer_any(
    mandate: AnyMandate, side: Side, said: Answer, author: Author
) -> tuple[AnyMandate, bool]:
    """Keep what a side says of any mandate; opens no key, and raises as `answer`."""
    if isinstance(mandate, Mandate):
        return answer_given(mandate, side, said, author)
    rule, now = RULES[said], author.now
    today = office_time(now).date()
    event = DomainEvent(rule.event, {"member": mandate.member.member_id})
    facts = {"agent": mandate.agent, "member": mandate.member.member_id}
    also = [_alerted(mandate, facts, now)] if said == "dispute" else []

    def change(old: Member) -> identity.MemberChange | None:
        new = answered(old, said, side, now, today)
        return None if new == old else identity.MemberChange(new, event, also)

    member, again = identity.change_member(mandate.agent, mandate.member.member_id, change, author)
    return FamilyMandate(mandate.agent, member), again


def answer_given(
    mandate: Mandate, side: Side, said: Answer, author: Author
) -> tuple[Mandate, bool]:
    """Keep what a side says of a mandate that was given; raises as `answer`."""
    rule, facts = RULES[said], {"principal": mandate.principal, "agent": mandate.agent}
    alert: tuple[Addition, ...] = ()
    if said == "dispute":
        alert = (_alerted(mandate, {**facts, **_made(mandate.mandate_id)}, author.now),)

    def decide(old: Mandate) -> Decision[Mandate, tuple[Addition, ...]] | None:
        new = old.answered(said, side, author.now)
        event = DomainEvent(rule.mandate_event, facts)
        return None if new == old else Decision(new, (event,), alert)

    mandate_id = mandate.mandate_id
    applied = changes.apply(lambda: load(mandate_id), decide, storage.store_change, author)
    guardians.tell_family(applied.new, author.now)
    return applied.new, applied.replayed


def _made(mandate_id: str) -> dict[str, str]:
    """Return what was made under a mandate for staff to look at: the latest ids of each kind."""
    made: dict[str, str] = {}
    newest_first = sorted(storage.list_made(mandate_id), key=lambda one: one[2], reverse=True)
    for kind, thing_id, _ in newest_first[:_MOST_SHOWN]:
        made[kind] = f"{made[kind]} {thing_id}" if kind in made else thing_id
    return made


def load(mandate_id: str) -> Mandate:
    """Return a mandate that was given; raises NotFound."""
    mandate = storage.load(mandate_id)
    if mandate is None or mandate.state == "asked":
        raise NotFound
    return mandate


def show(side: Side, mandate: AnyMandate) -> MandateShown:
    """Return a mandate as a side sees it."""
    if isinstance(mandate, Mandate):
        parties = (_citizen(mandate.principal), _citizen(mandate.agent))
        acts = side == "agent" and mandate.state == "active"
        name = (
            display_names.principals_of([mandate.mandate_id])[mandate.mandate_id] if acts else None
        )
        return MandateShown(mandate, side, *parties, name)
    clear = identity.member_in_clear(mandate.agent, mandate.member)
    return MandateShown(mandate, side, _party(clear), _citizen(mandate.agent))


def _order(one: tuple[Side, AnyMandate]) -> str:
    side, mandate = one
    return f"{side}#{mandate.mandate_id}"


def _of(citizen_id: str, mandate_id: str, now: datetime) -> tuple[AnyMandate, Side]:
    mandate: AnyMandate
    if len(mandate_id) == MANDATE_ID_LENGTH:
        mandate = load(mandate_id)
        if citizen_id == mandate.principal or _manages(citizen_id, mandate.principal, now):
            return mandate, "principal"
    else:
        agent = mandate_id[:CITIZEN_ID_LENGTH]
        member = identity.find_member(agent, mandate_id[CITIZEN_ID_LENGTH:])
        mandate = FamilyMandate(agent, member)
    if mandate.agent == citizen_id:
        return mandate, "agent"
    # A token may be older than the verification.
    if identity.profile_of(citizen_id).person == mandate.principal_person:
        return mandate, "principal"
    raise NotFound


def _manages(citizen_id: str, principal: str, now: datetime) -> bool:
    """Tell whether a citizen manages an organisation; a frozen one's mandates may be ended too."""
    affiliation = storage.load_affiliation(principal, citizen_id)
    return affiliation is not None and affiliation.membership.manages(now)


def held_by(citizen_id: str) -> list[AnyMandate]:
    """Return for whom a citizen may act, whatever the state."""
    members = [FamilyMandate(citizen_id, member) for member, _ in identity.family(citizen_id)]
    return [*members, *storage.load_many(storage.list_held(citizen_id))]


def given_by(citizen_id: str) -> list[AnyMandate]:
    """Return who may act for a citizen, whatever the state."""
    person = identity.person_of_account(citizen_id)
    if person is None:
        return []
    found = parallel.map_concurrently(lambda ids: _member(*ids), identity.agents_of(person))
    return [*filter(None, found), *storage.load_many(storage.list_given(citizen_id))]


def managed_by(citizen_id: str, now: datetime) -> list[Mandate]:
    """Return the mandates that organisations gave whom a citizen manages, whatever the state."""
    belongs = storage.list_organisations_of(citizen_id)
    managed = [one for one in belongs if _manages(citizen_id, one, now)]
    return storage.load_many(one for owner in managed for one in storage.list_given(owner))


def _member(agent: str, member_id: str) -> FamilyMandate | None:
    try:
        return FamilyMandate(agent, identity.find_member(agent, member_id))
    except NotFound:
        return None


def _citizen(citizen_id: str) -> Party:
    try:
        return _party(identity.me(citizen_id).clear)
    except Unauthenticated:
        return Party(None, None)


def _party(clear: Mapping[str, str]) -> Party:
    if "credit_code" in clear:
        return Party(clear["name"], clear["credit_code"])
    if "id_number" not in clear:
        return Party(None, None)
    return Party(masked_name(clear["name"]), document_of(clear).masked)


def _alerted(mandate: AnyMandate, facts: Mapping[str, str], now: datetime) -> Addition:
    alert = Alert(mandate.mandate_id, "mandate_disputed", "integrity", None, now, facts=facts)
    return lambda write: supervision.write_raised(write, alert)
