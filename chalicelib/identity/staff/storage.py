"""Staff's accounts with their histories, in the table of identity, whose keys stand there."""

from collections.abc import Sequence
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError, UpdateError

from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.changes import Change
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Entry, Head
from chalicelib.core.pagination import Page
from chalicelib.core.tables import (
    Addition,
    EntryRecord,
    condition_failed,
    failed_conditions,
    transaction,
)
from chalicelib.identity.staff.domain import Admins, Proposal, Rights, StaffAccount
from chalicelib.identity.storage._records import (
    AdminsRecord,
    IdentityEntryRecord,
    StaffNameRecord,
    StaffRecord,
    TotpStepRecord,
    get,
)

_NAMES: Final = "N#staff"
_ADMINS: Final = "N#admins"


def load(username: str) -> StaffAccount | None:
    """Return a member of staff's account, also one that is not active."""
    return next((_account(record) for record in get(StaffRecord, f"S#{username}", "staff")), None)


def load_admins() -> Admins:
    """Return who the admins are."""
    for record in get(AdminsRecord, _ADMINS, "admins"):
        return Admins(frozenset(record.usernames or ()), int(record.version))
    return Admins()


def store(
    change: Change[StaffAccount, None],
    admins: tuple[Admins, Admins] | None,
    also: Sequence[Addition],
) -> bool:
    """Keep an account's next version with its entries; False when another was faster.

    `admins` are those before and after, when they change.
    """
    old, new = change.old, change.new
    version = StaffRecord.version
    # Accounts from before they had a history have no version.
    unchanged = version == old.version if old.version else version.does_not_exist()
    pk, name = f"S#{new.username}", StaffNameRecord(_NAMES, new.username)
    try:
        with transaction() as write:
            write.save(_record(new), condition=unchanged)
            for entry in change.entries:
                write.save(
                    IdentityEntryRecord(pk, f"E#{entry.seq:06}", **EntryRecord.keys_of(entry))
                )
            if new.active or new.proposal:
                write.save(name)
            else:
                write.delete(name)
            if admins:
                _write_admins(write, *admins)
            for add in (*also, *change.also):
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_page(position: str | None, limit: int) -> Page[StaffAccount]:
    """Return accounts in the order of their names; a position is the last name that was seen."""
    names = StaffNameRecord.query(
        _NAMES,
        StaffNameRecord.sk > position if position else None,
        limit=limit,
        consistent_read=True,
    )
    usernames = [record.sk for record in names]
    keys = [(f"S#{username}", "staff") for username in usernames]
    records = StaffRecord.batch_get(keys, consistent_read=True)
    accounts = {account.username: account for account in map(_account, records)}
    found = tuple(accounts[name] for name in usernames if name in accounts)
    return Page(found, usernames[-1] if names.last_evaluated_key else None)


def load_entries(username: str) -> list[Entry]:
    """Return the history of an account."""
    return IdentityEntryRecord.entries_of(f"S#{username}", "E#")


def use_totp_step(username: str, step: int) -> bool:
    """Note that the one-time code of a time step was used; False when it was used before."""
    used = TotpStepRecord.step
    try:
        TotpStepRecord(f"S#{username}", "totp").update(
            [used.set(step)], condition=used.does_not_exist() | (used < step)
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _write_admins(write: Any, before: Admins, after: Admins) -> None:
    version = AdminsRecord.version
    unchanged = version == before.version if before.version else version.does_not_exist()
    record = AdminsRecord(
        _ADMINS, "admins", usernames=set(after.usernames) or None, version=before.version + 1
    )
    write.save(record, condition=unchanged)


def _record(account: StaffAccount) -> StaffRecord:
    rights, proposal = account.rights, account.proposal
    return StaffRecord(
        f"S#{account.username}",
        "staff",
        password_hash=account.password_hash,
        roles=set(rights.roles) or None,
        office_ids=set(rights.office_ids) or None,
        division_prefix=rights.division_prefix,
        department_ids=set(rights.department_ids) or None,
        totp=account.totp,
        key=account.wrapped_key,
        generation=account.generation,
        password_expired=account.password_expired,
        password_from=account.password_from or None,
        totp_from=account.totp_from or None,
        proposal=_written(proposal) if proposal else None,
        person=account.person,
        signed_out=optional_seconds(account.signed_out_at),
        version=account.version,
        hash=account.head.hash,
        ledger=ledger_of(account.ledger),
    )


def _account(record: StaffRecord) -> StaffAccount:
    version = int(record.version or 0)
    return StaffAccount(
        record.pk[2:],
        record.password_hash,
        Rights(
            frozenset(record.roles or ()),
            frozenset(record.office_ids or ()),
            record.division_prefix,
            frozenset(record.department_ids or ()),
        ),
        record.totp,
        record.key,
        int(record.generation or 0),
        bool(record.password_expired),
        record.password_from or "",
        record.totp_from or "",
        _read(record.proposal) if record.proposal else None,
        record.person,
        optional_moment(record.signed_out),
        version,
        Head(version, record.hash) if record.hash else Head(),
        read_ledger(record.ledger or []),
    )


def _written(proposal: Proposal) -> dict[str, Any]:
    word, rights = proposal.word, proposal.rights
    return {
        "word": [word.act, word.by, seconds(word.at), word.reason],
        "roles": sorted(rights.roles),
        "office_ids": sorted(rights.office_ids),
        "division_prefix": rights.division_prefix,
        "department_ids": sorted(rights.department_ids),
    }


def _read(written: dict[str, Any]) -> Proposal:
    act, by, at, reason = written["word"]
    rights = Rights(
        frozenset(written["roles"]),
        frozenset(written["office_ids"]),
        written["division_prefix"],
        frozenset(written["department_ids"]),
    )
    return Proposal(Word(act, by, moment(at), reason), rights)
