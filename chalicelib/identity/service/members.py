"""The family: people for whom a citizen may act."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chalicelib.core import changes, parallel
from chalicelib.core.age import NEWBORN_FOR, is_minor, last_day_of_minority
from chalicelib.core.changes import Author
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import IdempotencyKeyReused, NotFound
from chalicelib.core.event_types import CitizenEvent
from chalicelib.core.id_documents import Document, document_of, fields_of
from chalicelib.core.idempotency import Attempt, already_applied, note
from chalicelib.core.plugins import registered
from chalicelib.identity import storage
from chalicelib.identity.domain import (
    FAMILY_LIMIT,
    AlreadyFamily,
    FamilyFull,
    Member,
    MemberDetails,
    Profile,
    ProviderUnavailable,
)
from chalicelib.identity.providers import guardian_register
from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.identity.service.profiles import (
    Effects,
    ExtraWrite,
    ExtraWrites,
    commit,
    key_of,
    load,
    load_to_open,
    open_fields,
    person_of,
    unwrap_key,
)

# Rooms that refuse to let a member of the family go for whom something is open (MemberInUse); they
# may return what they write in the same transaction.
MemberLeaves = Callable[[str, Member, datetime], ExtraWrite | None]


@dataclass(frozen=True, slots=True)
class MemberChange:
    """What becomes of a member, what happened, and what another room writes with it."""

    member: Member
    event: DomainEvent
    also: Sequence[ExtraWrite] = ()


def family(citizen_id: str) -> list[tuple[Member, Mapping[str, str]]]:
    """Return the people for whom the citizen may act, with name and number in clear."""
    reads: list[Callable[[str], Any]] = [load_to_open, storage.load_members]
    profile, members = parallel.map_concurrently(lambda read: read(citizen_id), reads)
    key = unwrap_key(profile)
    return [(m, open_fields(key, m.sealed, m.member_id)) for m in members]


def names_of(citizen_id: str, members: Iterable[str | None]) -> Mapping[str, str]:
    """Return the names of a citizen's family by their ids; one round trip if any is asked for."""
    if not any(members):
        return {}
    return {member.member_id: clear["name"] for member, clear in family(citizen_id)}


def add_member(
    citizen_id: str, details: MemberDetails, attempt: Attempt, now: datetime
) -> tuple[Member, bool]:
    """Add someone to the family; tells whether the same attempt had done so before.

    Nothing tells whether the person has an account. Raises FamilyFull, AlreadyFamily,
    IdempotencyKeyReused, or NotFound for whom this attempt added and who has left since.
    """
    person = person_of(details.document)
    member_id = attempt.id_for("member", 8)
    made = _made(citizen_id, member_id, attempt)
    if made:
        return made, True
    profile = load_to_open(citizen_id)
    key = unwrap_key(profile)
    today = office_time(now).date()
    until = _guarded_until(profile, details, today)
    fields = {"name": details.name, **fields_of(details.document)}
    sealed = {field: key.seal(f"{member_id}/{field}", value) for field, value in fields.items()}
    member = Member(
        member_id, person, details.relation, sealed, attempt.fingerprint, until, since=today
    )

    def change(profile: Profile) -> Profile:
        if person in profile.members:
            if any(one.member_id == member_id for one in storage.load_members(citizen_id)):
                # This very attempt, whose answer was lost.
                return profile
            raise AlreadyFamily
        if len(profile.members) >= FAMILY_LIMIT:
            raise FamilyFull
        return replace(profile, members=profile.members | {person})

    event = DomainEvent("family.added", {"member": member_id})
    commit(citizen_id, change, event, now, lambda: Effects(kept=member))
    return member, False


def _made(citizen_id: str, member_id: str, attempt: Attempt) -> Member | None:
    """Return whom an attempt added before; raises NotFound once they have left."""
    here, left = storage.load_all_members(citizen_id)
    made = {member.member_id: member for member in here}
    known = {name: member.fingerprint for name, member in made.items()} | left
    if known.get(member_id, attempt.fingerprint) != attempt.fingerprint:
        raise IdempotencyKeyReused
    if member_id in left:
        raise NotFound
    return made.get(member_id)


def _guarded_until(profile: Profile, details: MemberDetails, today: date) -> date | None:
    """Return the last day on which a register, or a clerk, says that one is a minor's guardian.

    None for an adult, of a citizen who is not known to be one, and when nobody says so.
    """
    until = last_day_as_minor(details.document, today)
    if profile.person is None or until is None:
        return None
    clear = open_fields(unwrap_key(profile), profile.sealed)
    guardian = IdentityClaim(clear["name"], document_of(clear))
    if guardian.document.born and is_minor(guardian.document.born, today):
        return None
    if _is_registered(guardian, IdentityClaim(details.name, details.document)):
        return until
    (last_day,) = registered("WITNESSED_GUARDIANS")
    witnessed: date | None = last_day(profile.person, person_of(details.document))
    return witnessed


def _is_registered(guardian: IdentityClaim, ward: IdentityClaim) -> bool:
    """Tell whether a register says so; one that cannot be asked does not."""
    register = guardian_register()
    try:
        return register is not None and register.is_guardian(guardian, ward)
    except ProviderUnavailable:
        return False


def last_day_as_minor(document: Document, today: date) -> date | None:
    """Return until when somebody may have a guardian: None for adults, and who may be one.

    A newborn has a number within the year, by which the birthday is known.
    """
    if document.document_type == "birth_certificate":
        return today + NEWBORN_FOR
    born = document.born
    return last_day_of_minority(born) if born and is_minor(born, today) else None


def confirm_guardian(citizen_id: str, _person: str, now: datetime) -> None:
    """Ask the register about the minors whom an account added before it was a known person's."""
    profile, today = load(citizen_id), office_time(now).date()
    if not profile.members:
        return
    for member, clear in family(citizen_id):
        details = MemberDetails(clear["name"], document_of(clear), member.relation)
        until = _guarded_until(profile, details, today) if not member.guarded_until else None
        if until is None:
            continue

        def change(old: Member, until: date = until) -> MemberChange | None:
            if old.guarded_until:
                return None
            event = DomainEvent("family.confirmed", {"member": old.member_id})
            return MemberChange(replace(old, guarded_until=until, since=today), event)

        change_member(citizen_id, member.member_id, change, Author(f"citizen:{citizen_id}", now))


def review_guardian(citizen_id: str, minor: str, now: datetime) -> None:
    """Keep whether a citizen is a minor's guardian, as it is said now. Idempotent."""
    profile, today = load(citizen_id), office_time(now).date()
    if minor not in profile.members:
        return
    for member, clear in family(citizen_id):
        if member.person != minor:
            continue
        details = MemberDetails(clear["name"], document_of(clear), member.relation)
        until = _guarded_until(profile, details, today)

        def change(old: Member, until: date | None = until) -> MemberChange | None:
            if old.guarded_until == until:
                return None
            type_: CitizenEvent = "family.confirmed" if until else "family.unconfirmed"
            event = DomainEvent(type_, {"member": old.member_id})
            return MemberChange(replace(old, guarded_until=until, since=today), event)

        change_member(citizen_id, member.member_id, change, Author(f"citizen:{citizen_id}", now))


def remove_member(citizen_id: str, member_id: str, now: datetime) -> None:
    """Take someone off the family for whom nothing is open; raises NotFound or MemberInUse."""
    member = find_member(citizen_id, member_id)
    rooms: tuple[MemberLeaves, ...] = registered("MEMBER_LEAVES")
    drop_member(
        citizen_id, member, now, lambda: [leaves(citizen_id, member, now) for leaves in rooms]
    )


def drop_member(
    citizen_id: str,
    member: Member,
    now: datetime,
    also: ExtraWrites = tuple,
) -> None:
    """Take someone off the family, whatever is open for them."""

    def change(profile: Profile) -> Profile:
        return replace(profile, members=profile.members - {member.person})

    event = DomainEvent("family.removed", {"member": member.member_id})
    commit(citizen_id, change, event, now, lambda: Effects(removed=member, also=also()))


def find_member(citizen_id: str, member_id: str) -> Member:
    """Return a member of this citizen's family; raises NotFound for anybody else's."""
    member = storage.load_member(citizen_id, member_id)
    if member is None:
        raise NotFound
    return member


def principal_of(citizen_id: str, member_id: str, now: datetime) -> str | None:
    """Return the account of record of a member who has agreed, if it is another than the citizen's.

    Who has not agreed is not touched, by a notice neither.
    """
    member = storage.load_member(citizen_id, member_id)
    if member is None or member.status(now) != "active":
        return None
    of_record = storage.find_of_record(member.person)
    return None if of_record == citizen_id else of_record


def agents_of(person: str) -> list[tuple[str, str]]:
    """Return the citizens in whose families a person is, each with the member's id."""
    return storage.list_agents(person)


def member_in_clear(citizen_id: str, member: Member) -> Mapping[str, str]:
    """Return the name and the document of a citizen's member as fields in clear."""
    return open_fields(key_of(citizen_id), member.sealed, member.member_id)


def write_unchanged(citizen_id: str, member: Member) -> ExtraWrite:
    """Return what lets a transaction fail once the member has gone or changed their mind."""
    return lambda write: storage.write_unchanged(write, citizen_id, member)


def change_member(
    citizen_id: str,
    member_id: str,
    change: Callable[[Member], MemberChange | None],
    author: Author,
) -> tuple[Member, bool]:
    """Keep what a change makes of a member, with an entry in the citizen's history.

    Returns the member, and whether the author's attempt had made the change before. A change that
    is there already is None. Raises NotFound, TryAgain and what `change` raises.
    """
    member, again = find_member(citizen_id, member_id), False

    def decide(old: Profile) -> Decision[Profile, Effects] | None:
        nonlocal member, again
        member = find_member(citizen_id, member_id)
        again = author.attempt is not None and already_applied(member.ledger, author.attempt)
        changed = None if again else change(member)
        if changed is None:
            return None
        member = changed.member
        if author.attempt:
            member = replace(member, ledger=note(member.ledger, author.attempt, author.now))
        return Decision(old, (changed.event,), Effects(member, also=changed.also))

    changes.apply(lambda: load(citizen_id), decide, storage.store_profile, author)
    return member, again
