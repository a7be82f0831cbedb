"""The members of families, and for whom they stand there."""

from datetime import date, datetime
from typing import Final

from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import ledger_of, read_ledger, seconds
from chalicelib.core.idempotency import KEPT_FOR
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.identity.domain import Member
from chalicelib.identity.storage._records import MemberRecord, PrincipalRecord, get

# More accounts than anybody's relatives have.
_MOST_AGENTS: Final = 100


def load_members(citizen_id: str) -> list[Member]:
    """Return the people for whom a citizen may act."""
    return load_all_members(citizen_id)[0]


def load_all_members(citizen_id: str) -> tuple[list[Member], dict[str, str]]:
    """Return the people for whom a citizen may act, and whom an attempt added that have left.

    Those are the fingerprints of the attempts, by the ids that these gave.
    """
    records = list(
        MemberRecord.query(
            f"C#{citizen_id}", MemberRecord.sk.startswith("M#"), consistent_read=True
        )
    )
    left = {record.sk[2:]: record.fingerprint for record in records if record.left}
    return [_read(record) for record in records if not record.left], left


def load_member(citizen_id: str, member_id: str) -> Member | None:
    """Return a member of a citizen's family."""
    records = get(MemberRecord, f"C#{citizen_id}", f"M#{member_id}")
    return _read(records[0]) if records and not records[0].left else None


def list_agents(person: str) -> list[tuple[str, str]]:
    """Return the citizens in whose families a person is, with the member's ids; one Query."""
    records = PrincipalRecord.query(
        f"P#{person}",
        PrincipalRecord.sk.startswith("M#"),
        consistent_read=True,
        limit=_MOST_AGENTS,
    )
    ids = [record.sk.removeprefix("M#") for record in records]
    return [(one[:CITIZEN_ID_LENGTH], one[CITIZEN_ID_LENGTH:]) for one in ids]


def write_members(
    write: TransactWrite, citizen_id: str, kept: Member | None, removed: Member | None, at: datetime
) -> None:
    """Keep a member and remove one, in the transaction that changes the citizen.

    For as long as the attempt that added them may come again, it stays known that they have left.
    """
    pk = f"C#{citizen_id}"
    if kept:
        write.save(_record(pk, kept))
        write.save(_principal(citizen_id, kept))
    if removed:
        write.save(_left(pk, removed, at))
        write.delete(_principal(citizen_id, removed))


def write_unchanged(write: TransactWrite, citizen_id: str, member: Member) -> None:
    """Let another room's transaction fail once a member has gone, or consents no more or now."""
    consent, guarded = MemberRecord.consent, MemberRecord.guarded_until
    until = member.guarded_until
    same = consent == member.consent if member.consent else consent.does_not_exist()
    same &= guarded == until.isoformat() if until else guarded.does_not_exist()
    same &= MemberRecord.left.does_not_exist()
    write.condition_check(
        MemberRecord,
        f"C#{citizen_id}",
        f"M#{member.member_id}",
        condition=MemberRecord.pk.exists() & same,
    )


def _principal(citizen_id: str, member: Member) -> PrincipalRecord:
    return PrincipalRecord(f"P#{member.person}", f"M#{citizen_id}{member.member_id}")


def _record(pk: str, member: Member) -> MemberRecord:
    return MemberRecord(
        pk,
        f"M#{member.member_id}",
        person=member.person,
        relation=member.relation,
        sealed=dict(member.sealed),
        fingerprint=member.fingerprint,
        guarded_until=member.guarded_until.isoformat() if member.guarded_until else None,
        consent=member.consent,
        since=member.since.isoformat() if member.since else None,
        ledger=ledger_of(member.ledger) or None,
    )


def _left(pk: str, removed: Member, at: datetime) -> MemberRecord:
    return MemberRecord(
        pk,
        f"M#{removed.member_id}",
        person="",
        relation="",
        sealed={},
        fingerprint=removed.fingerprint,
        left=True,
        tidy_at=seconds(at + KEPT_FOR),
    )


def _read(record: MemberRecord) -> Member:
    return Member(
        record.sk[2:],
        record.person,
        record.relation,  # type: ignore[arg-type]
        record.sealed,
        record.fingerprint,
        _day(record.guarded_until),
        record.consent,  # type: ignore[arg-type]
        _day(record.since),
        read_ledger(record.ledger or []),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
