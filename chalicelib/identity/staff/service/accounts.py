"""Staff's accounts: loaded, and changed with an entry of their history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import audit, changes, dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author, Change
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.tables import Addition
from chalicelib.identity.service.revocations import revocations, rights_of
from chalicelib.identity.staff import domain, storage
from chalicelib.identity.staff.domain import Admins, Rights, StaffAccount, StaffDecision
from chalicelib.identity.staff.service import passwords, totp

_SUBJECT: Final = "staff:"
_OPERATOR: Final = "system:operator"


def find(username: str) -> StaffAccount | None:
    """Return an account that can be logged in to."""
    account = storage.load(username)
    return account if account and account.active else None


def known(username: str) -> Staff | None:
    """Return what an account may, nothing once it was removed; None where there never was one."""
    account = storage.load(username)
    return caller_of(account) if account else None


def person_of(username: str) -> str | None:
    """Return who a member of staff is, as persons are counted; None where no admin said so."""
    account = storage.load(username)
    return account.person if account else None


def are_in_one_hand(one: str, other: str) -> bool:
    """Tell whether one of two members of staff could log in as the other; reads both accounts."""
    names = [actor.removeprefix(_SUBJECT) for actor in (one, other) if actor.startswith(_SUBJECT)]
    accounts = [account for account in map(storage.load, names) if account]
    return any(account.is_open_to(actor) for account in accounts for actor in (one, other))


def caller_of(account: StaffAccount) -> Staff:
    """Return what an account's tokens say."""
    rights = account.rights
    return Staff(
        account.username,
        rights.roles,
        rights.office_ids,
        rights.division_prefix,
        rights.department_ids,
        account.generation,
    )


def commit(
    username: str, decide: Callable[[StaffAccount], StaffDecision | None], author: Author
) -> Applied[StaffAccount]:
    """Keep what is decided about an account, with its history and what it revokes.

    Tokens that say other rights than the account's end within the minute. `decide` gets an account
    of version 0 where there is none. Raises LastAdmin, TryAgain and what `decide` raises.
    """

    def store(change: Change[StaffAccount, None]) -> bool:
        revoked = _revoked(change.old, change.new, author.now)
        return storage.store(change, _admins(change.old, change.new), revoked)

    def load() -> StaffAccount:
        return storage.load(username) or StaffAccount(username)

    def decide_and_note(old: StaffAccount) -> StaffDecision | None:
        decided = decide(old)
        if decided is None or decided.new.generation == old.generation:
            return decided
        return replace(decided, new=replace(decided.new, signed_out_at=author.now))

    applied = changes.apply(load, decide_and_note, store, author)
    if applied.changed:
        revocations.learn(caller_of(applied.new).actor, _token_rights(applied.new))
    return applied


def add_staff(  # noqa: PLR0913 - an account has these facts.
    username: str,
    password: str,
    roles: frozenset[str],
    office_ids: frozenset[str],
    totp_secret: str | None = None,
    *,
    division_prefix: str | None = None,
    department_ids: frozenset[str] = frozenset(),
    temporary: bool = False,
) -> None:
    """Make an account, or make it anew, as the stage's operator; `totp_secret` is base32.

    `temporary` says that the password is to be changed at the first log-in. Raises LastAdmin.
    """
    rights = Rights(roles, office_ids, division_prefix, department_ids)
    known = storage.load(username)
    before = known.password_hash if known else None
    same_password = before is not None and passwords.matches(before, password)
    hashed = before if before and same_password else passwords.hash_password(password)
    sealed = totp.seal(username, totp_secret) if totp_secret else None

    def decide(old: StaffAccount) -> StaffDecision | None:
        new = replace(
            old,
            password_hash=hashed,
            rights=rights,
            totp=sealed.totp if sealed else None,
            wrapped_key=sealed.wrapped_key if sealed else None,
            password_expired=temporary,
            password_from="",
            totp_from="",
            proposal=None,
            generation=old.generation + (old.active and not same_password),
        )
        event = DomainEvent("staff.set", rights.facts)
        return None if new == old else Decision(new, (event,), None)

    commit(username, decide, Author(_OPERATOR, dependencies.clock().now()))


def remove_staff(username: str) -> bool:
    """Remove an account as the stage's operator; its tokens end within the minute.

    Tells whether there was one. Raises LastAdmin.
    """

    def decide(old: StaffAccount) -> StaffDecision | None:
        return domain.remove(old) if old.active or old.proposal else None

    return commit(username, decide, Author(_OPERATOR, dependencies.clock().now())).changed


def history_of(subject_id: str) -> audit.SubjectHistory | None:
    """Return the history of an account, for all auditors; a name that was removed keeps it."""
    if not subject_id.startswith(_SUBJECT):
        return None
    account = storage.load(subject_id.removeprefix(_SUBJECT))
    if account is None:
        return None
    return audit.SubjectHistory(tuple(storage.load_entries(account.username)), account.head)


def _admins(old: StaffAccount, new: StaffAccount) -> tuple[Admins, Admins] | None:
    if not (old.rights.is_admin or new.rights.is_admin):
        return None
    before = storage.load_admins()
    after = before.after(new)
    return None if after == before else (before, after)


def _revoked(old: StaffAccount, new: StaffAccount, now: datetime) -> list[Addition]:
    if _token_rights(new) == _token_rights(old):
        return []
    return [revocations.write(caller_of(new).actor, _token_rights(new), now)]


def _token_rights(account: StaffAccount) -> str:
    return rights_of(caller_of(account)) if account.active else ""
