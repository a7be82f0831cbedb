"""Organisations: made by who the business register names, shown, and their members changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from chalicelib.core import changes, dependencies, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError, Forbidden, InvalidRequest, NotFound, unknown
from chalicelib.core.event_types import OrganisationEvent
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.identity import service as identity
from chalicelib.mandates import storage
from chalicelib.mandates.domain import (
    MEMBER_LIMIT,
    Affiliation,
    AlreadyMember,
    Membership,
    Organisation,
    Role,
    TooManyMembers,
    check_manager,
    check_removal,
    named,
    without_managers,
)
from chalicelib.mandates.service import agent_codes, register
from chalicelib.mandates.service.proof import proven_person
from chalicelib.mandates.storage import OrganisationEffects

_ID_LENGTH: Final = 8
_MEMBER_ID_LENGTH: Final = 10
_OVER: Final = FieldError("/until", "over", Text("截止日期已过", "The last day is over"))
_Decided = Decision[Organisation, OrganisationEffects]


@dataclass(frozen=True, slots=True)
class NewMember:
    """Who joins, by their code, in which role until when; `source` is the network address."""

    agent_code: str
    role: Role
    until: date | None
    source: str


@dataclass(frozen=True, slots=True)
class OrganisationShown:
    """An organisation as one of its members sees it: in clear, with its members' names."""

    organisation: Organisation
    membership: Membership
    name: str
    credit_code: str
    members: tuple[tuple[Membership, str | None], ...] = ()


def create(
    caller: Citizen, credit_code: str, name: str, attempt: Attempt, now: datetime
) -> tuple[OrganisationShown, bool]:
    """Make the caller a manager of the organisation that they represent by law.

    One that is there already, frozen or not, has them for its representative from now on. Raises
    VerificationRequired, NotRepresentative, ProviderUnavailable or IdempotencyKeyReused.
    """
    person = proven_person(caller.citizen_id)
    organisation_id, counted_as = _identified(credit_code)
    there = storage.load_organisation(organisation_id)
    if there and idempotency.already_applied(there.ledger, attempt):
        return show(caller.citizen_id, organisation_id, now), True
    key = storage.KEYS.of(attempt, now)
    with key.unless_reused():
        known_as = register.check(caller.citizen_id, credit_code, "create")
    fields = {"name": known_as or name, "credit_code": credit_code}
    first = identity.write_new_subject(organisation_id, counted_as, fields)
    manager = _manager(organisation_id, caller.citizen_id, person, now)

    def decide(old: Organisation) -> _Decided | None:
        kept = storage.load_affiliation(organisation_id, caller.citizen_id)
        stands = kept is not None and kept.membership.role == "manager"
        new = named(old, caller.citizen_id)
        if old.version and new == old and stands:
            return None
        type_: OrganisationEvent = "organisation.named" if old.version else "organisation.created"
        leaves = _former_manager(old, caller.citizen_id)
        effects = OrganisationEffects(manager, leaves, () if old.version else (first,))
        event = DomainEvent(type_, {"member": manager.member_id, "agent": caller.citizen_id})
        return Decision(new, (event,), effects)

    nothing = Organisation(organisation_id, counted_as, caller.citizen_id)
    applied = changes.apply(
        lambda: storage.load_organisation(organisation_id) or nothing,
        decide,
        storage.store_organisation,
        Author(caller.actor, now, attempt, key=key),
    )
    return show(caller.citizen_id, organisation_id, now), applied.replayed


def _former_manager(old: Organisation, citizen_id: str) -> Membership | None:
    """Return who represented an organisation before, and is its manager by that no longer."""
    if not old.version or old.representative == citizen_id:
        return None
    former = storage.load_affiliation(old.organisation_id, old.representative)
    return former.membership if former else None


def show(citizen_id: str, organisation_id: str, now: datetime) -> OrganisationShown:
    """Return an organisation to one of its members, with all of them.

    Raises NotFound, also for a member whose last day is over.
    """
    affiliation = affiliation_of(citizen_id, organisation_id)
    if affiliation.membership.is_over(now):
        raise NotFound
    members = sorted(storage.list_members(organisation_id), key=lambda one: one.member_id)
    named_members = tuple((one, identity.masked_name_of(one.citizen_id)) for one in members)
    return replace(_shown(affiliation), members=named_members)


def list_of(citizen_id: str) -> list[OrganisationShown]:
    """Return the organisations that a citizen was made a member of, without their members."""
    ids = sorted(storage.list_organisations_of(citizen_id))
    found = [storage.load_affiliation(one, citizen_id) for one in ids]
    return [_shown(one) for one in found if one]


def list_current(citizen_id: str, now: datetime) -> list[OrganisationShown]:
    """Return the organisations that a citizen belongs to now."""
    return [one for one in list_of(citizen_id) if not one.membership.is_over(now)]


def add_member(
    caller: Citizen, organisation_id: str, asked: NewMember, attempt: Attempt, now: datetime
) -> tuple[Membership, bool]:
    """Let whom a code names act for an organisation; for a manager the register is asked again.

    Raises NotFound, Forbidden, NotRepresentative, ProviderUnavailable, InvalidRequest,
    AlreadyMember, TooManyMembers, TooManyRequests or IdempotencyKeyReused.
    """
    affiliation = affiliation_of(caller.citizen_id, organisation_id)
    if idempotency.already_applied(affiliation.organisation.ledger, attempt):
        return _made_by(organisation_id, attempt), True
    check_manager(affiliation, now)
    if asked.until and asked.until < office_time(now).date():
        raise InvalidRequest(errors=[_OVER])
    if asked.role == "manager":
        register.check_again(affiliation.organisation, "new_manager", now)
    today, member_id = office_time(now).date(), attempt.id_for("membership", _MEMBER_ID_LENGTH)
    person = affiliation.membership.person
    code = agent_codes.named_by(person, asked.agent_code, asked.source, now, member_id)
    member = Membership(member_id, code.citizen_id, code.person, asked.role, today, asked.until)

    def decide(old: Organisation) -> _Decided:
        own = affiliation_of(caller.citizen_id, organisation_id)
        check_manager(own, now)
        members = storage.list_members(organisation_id)
        # One whose last day is over takes a new place for the old.
        if any(one.citizen_id == member.citizen_id and not one.is_over(now) for one in members):
            raise AlreadyMember
        if len(members) >= MEMBER_LIMIT:
            raise TooManyMembers
        event = DomainEvent(
            "organisation.member_added", {"member": member_id, "agent": member.citizen_id}
        )
        used = storage.using_up(asked.agent_code, member_id)
        return Decision(old, (event,), OrganisationEffects(member, also=(used,)))

    applied = _change(organisation_id, decide, Author(caller.actor, now, attempt))
    return member, applied.replayed


def remove_member(caller: Citizen, organisation_id: str, member_id: str, now: datetime) -> None:
    """End a membership: a manager anybody's, everybody their own.

    An organisation whose last manager goes is frozen. Raises NotFound or Forbidden.
    """
    own = affiliation_of(caller.citizen_id, organisation_id)
    member = next(
        (one for one in storage.list_members(organisation_id) if one.member_id == member_id), None
    )
    if member is None:
        raise NotFound
    check_removal(own, member, now)
    leave(organisation_id, member, Author(caller.actor, now))


def leave(organisation_id: str, member: Membership, author: Author) -> None:
    """End a membership, whoever says so. Idempotent."""

    def decide(old: Organisation) -> _Decided | None:
        members = storage.list_members(organisation_id)
        if all(one.member_id != member.member_id for one in members):
            return None
        rest = [one for one in members if one.member_id != member.member_id]
        facts = {"member": member.member_id, "agent": member.citizen_id}
        events = [DomainEvent("organisation.member_removed", facts)]
        new = old
        if without_managers(rest, author.now) and old.state == "active":
            new = replace(old, state="frozen")
            events.append(DomainEvent("organisation.frozen", {"reason": "no_manager"}))
        return Decision(new, tuple(events), OrganisationEffects(leaves=member))

    _change(organisation_id, decide, author)


def affiliation_of(citizen_id: str, organisation_id: str) -> Affiliation:
    """Return how a citizen belongs to an organisation; raises NotFound."""
    affiliation = storage.load_affiliation(organisation_id, citizen_id)
    if affiliation is None:
        raise NotFound
    return affiliation


def managed(caller: Citizen, organisation_id: str, now: datetime) -> Organisation:
    """Return an organisation that a caller manages.

    Raises Forbidden, NotRepresentative, or InvalidRequest for one that they do not belong to.
    """
    affiliation = storage.load_affiliation(organisation_id, caller.citizen_id)
    if affiliation is None:
        raise unknown("/organisation_id")
    check_manager(affiliation, now)
    return affiliation.organisation


def known_by(counted_as: str) -> str | None:
    """Return the id of the organisation that a keyed hash of its code stands for, if it is here."""
    organisation_id = _id_of(counted_as)
    return organisation_id if storage.load_organisation(organisation_id) else None


def _id_of(counted_as: str) -> str:
    return derived_id("organisation", counted_as, length=_ID_LENGTH)


def _identified(credit_code: str) -> tuple[str, str]:
    counted_as = dependencies.vault().keyed_hash("organisation", credit_code)
    return _id_of(counted_as), counted_as


def _manager(organisation_id: str, citizen_id: str, person: str, now: datetime) -> Membership:
    member_id = derived_id(organisation_id, citizen_id, length=_MEMBER_ID_LENGTH)
    return Membership(member_id, citizen_id, person, "manager", office_time(now).date())


def _made_by(organisation_id: str, attempt: Attempt) -> Membership:
    """Return whom an attempt added; raises Forbidden once they have left."""
    member_id = attempt.id_for("membership", _MEMBER_ID_LENGTH)
    for member in storage.list_members(organisation_id):
        if member.member_id == member_id:
            return member
    raise Forbidden


def _shown(affiliation: Affiliation) -> OrganisationShown:
    organisation = affiliation.organisation
    clear = identity.me(organisation.organisation_id).clear
    return OrganisationShown(
        organisation, affiliation.membership, clear["name"], clear["credit_code"]
    )


def _change(
    organisation_id: str, decide: Callable[[Organisation], _Decided | None], author: Author
) -> Applied[Organisation]:
    def load() -> Organisation:
        organisation = storage.load_organisation(organisation_id)
        if organisation is None:
            raise NotFound
        return organisation

    return changes.apply(load, decide, storage.store_organisation, author)
