"""Organisations with their members and histories."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import ledger_of, read_ledger
from chalicelib.core.changes import Change
from chalicelib.core.clock import office_time
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import (
    Addition,
    EntryRecord,
    failed_conditions,
    shard_of,
    transaction,
)
from chalicelib.mandates.domain import Affiliation, Membership, Organisation
from chalicelib.mandates.storage._records import (
    LANES,
    ORGANISATION,
    HistoryRecord,
    ListedRecord,
    MembershipRecord,
    OrganisationRecord,
    organisation_pk,
)


@dataclass(frozen=True, slots=True)
class OrganisationEffects:
    """What is stored with an organisation's next version: who joins or changes, who leaves."""

    joins: Membership | None = None
    leaves: Membership | None = None
    also: tuple[Addition, ...] = ()


def load_organisation(organisation_id: str) -> Organisation | None:
    """Return an organisation."""
    try:
        pk = organisation_pk(organisation_id)
        return _read(OrganisationRecord.get(pk, ORGANISATION, consistent_read=True))
    except OrganisationRecord.DoesNotExist:
        return None


def load_affiliation(organisation_id: str, citizen_id: str) -> Affiliation | None:
    """Return an organisation and how a citizen belongs to it; None for who does not."""
    try:
        record = MembershipRecord.get(
            organisation_pk(organisation_id), f"P#{citizen_id}", consistent_read=True
        )
    except MembershipRecord.DoesNotExist:
        return None
    organisation = load_organisation(organisation_id)
    return Affiliation(organisation, _read_member(record)) if organisation else None


def list_members(organisation_id: str) -> list[Membership]:
    """Return the members of an organisation; one Query."""
    records = MembershipRecord.query(
        organisation_pk(organisation_id),
        MembershipRecord.sk.startswith("P#"),
        consistent_read=True,
    )
    return [_read_member(record) for record in records]


def list_organisations_of(citizen_id: str) -> list[str]:
    """Return the ids of the organisations that a citizen belongs to; one Query."""
    return _listed(f"C#{citizen_id}")


def list_organisations() -> Iterable[str]:
    """Return the ids of all organisations; one Query a lane."""
    return (one for lane in range(LANES) for one in _listed(f"L#{lane}"))


def load_organisation_entries(organisation_id: str) -> list[Entry]:
    """Return the history of an organisation."""
    return HistoryRecord.entries_of(organisation_pk(organisation_id), "E#")


def store_organisation(change: Change[Organisation, OrganisationEffects]) -> bool:
    """Keep the next version of an organisation with its entries and members; False as ever."""
    new, effects = change.new, change.effects
    pk = organisation_pk(new.organisation_id)
    is_still = OrganisationRecord.version == change.old.version
    is_new = OrganisationRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            write.save(_record(new), condition=is_still if change.old.version else is_new)
            for entry in change.entries:
                keys = EntryRecord.keys_of(entry)
                write.save(HistoryRecord(pk, f"E#{entry.seq:06}", **keys))
            if not change.old.version:
                lane = shard_of(new.organisation_id, LANES)
                write.save(ListedRecord(f"L#{lane}", f"O#{new.organisation_id}"))
            _write_members(write, new.organisation_id, effects)
            for add in (*effects.also, *change.also):
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def write_belongs(write: TransactWrite, affiliation: Affiliation, now: datetime) -> None:
    """Let another room's transaction fail unless a member still belongs to an active one."""
    member, pk = affiliation.membership, organisation_pk(affiliation.owner)
    write_active(write, affiliation.owner)
    until, today = MembershipRecord.until, office_time(now).date().isoformat()
    lasts = until.does_not_exist() | (until >= today)
    same = (MembershipRecord.role == member.role) & lasts
    write.condition_check(MembershipRecord, pk, f"P#{member.citizen_id}", condition=same)


def write_active(write: TransactWrite, organisation_id: str) -> None:
    """Let a transaction fail once an organisation is frozen."""
    pk, active = organisation_pk(organisation_id), OrganisationRecord.state == "active"
    write.condition_check(OrganisationRecord, pk, ORGANISATION, condition=active)


def _write_members(
    write: TransactWrite, organisation_id: str, effects: OrganisationEffects
) -> None:
    pk, listed = organisation_pk(organisation_id), f"O#{organisation_id}"
    for member in filter(None, (effects.joins,)):
        write.save(_member_record(pk, member))
        write.save(ListedRecord(f"C#{member.citizen_id}", listed))
    for member in filter(None, (effects.leaves,)):
        write.delete(MembershipRecord(pk, f"P#{member.citizen_id}"))
        write.delete(ListedRecord(f"C#{member.citizen_id}", listed))


def _listed(pk: str) -> list[str]:
    records = ListedRecord.query(pk, ListedRecord.sk.startswith("O#"), consistent_read=True)
    return [record.sk[2:] for record in records]


def _record(organisation: Organisation) -> OrganisationRecord:
    return OrganisationRecord(
        organisation_pk(organisation.organisation_id),
        ORGANISATION,
        person=organisation.person,
        representative=organisation.representative,
        state=organisation.state,
        version=organisation.version,
        hash=organisation.head.hash,
        ledger=ledger_of(organisation.ledger),
    )


def _read(record: OrganisationRecord) -> Organisation:
    version = int(record.version)
    return Organisation(
        record.pk[2:],
        record.person,
        record.representative,
        record.state,  # type: ignore[arg-type]
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )


def _member_record(pk: str, member: Membership) -> MembershipRecord:
    return MembershipRecord(
        pk,
        f"P#{member.citizen_id}",
        member=member.member_id,
        person=member.person,
        role=member.role,
        since=member.since.isoformat(),
        until=member.until.isoformat() if member.until else None,
    )


def _read_member(record: MembershipRecord) -> Membership:
    return Membership(
        record.member,
        record.sk[2:],
        record.person,
        record.role,  # type: ignore[arg-type]
        date.fromisoformat(record.since),
        date.fromisoformat(record.until) if record.until else None,
    )
