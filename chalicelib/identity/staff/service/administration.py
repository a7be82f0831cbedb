"""What an admin does with the accounts of staff of the own halls."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.i18n import Text
from chalicelib.core.id_documents import Document
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.core.plugins import registered
from chalicelib.identity.service.profiles import person_of
from chalicelib.identity.staff import domain, storage
from chalicelib.identity.staff.domain import OwnAccount, Rights, StaffAccount, StaffDecision
from chalicelib.identity.staff.service import accounts, lockout, passwords, totp
from chalicelib.identity.storage import KEYS

_UNKNOWN_HALL: Final = Text(
    "只能授予本人所辖大厅的权限", "These are not all halls that you administer"
)
_UNKNOWN_DEPARTMENT: Final = Text("没有这个部门", "There is no such department")


@dataclass(frozen=True, slots=True)
class Act:
    """One asking of one admin."""

    admin: Staff
    attempt: Attempt
    now: datetime

    @property
    def author(self) -> Author:
        """Return whom the history names."""
        return Author(self.admin.actor, self.now, self.attempt)


@dataclass(frozen=True, slots=True)
class RightsChange:
    """What is to be different in rights; None leaves a field as it is."""

    roles: frozenset[str] | None = None
    office_ids: frozenset[str] | None = None
    division_prefix: str | None = None
    department_ids: frozenset[str] | None = None

    def of(self, rights: Rights) -> Rights:
        """Return the rights changed; listed halls and a division take each other's place."""
        if self.division_prefix is not None:
            rights = replace(rights, office_ids=frozenset(), division_prefix=self.division_prefix)
        elif self.office_ids is not None:
            rights = replace(rights, office_ids=self.office_ids, division_prefix=None)
        departments = self.department_ids
        return replace(
            rights,
            roles=rights.roles if self.roles is None else self.roles,
            department_ids=rights.department_ids if departments is None else departments,
        )


def list_accounts(admin: Staff, position: str | None, limit: int) -> Page[StaffAccount]:
    """Return the accounts of which all halls are the admin's own, by their names."""
    found: list[StaffAccount] = []
    while True:
        page = storage.load_page(position, limit - len(found))
        found += [account for account in page.items if _covers(admin, _sought(account))]
        position = page.next_position
        if position is None or len(found) == limit:
            return Page(tuple(found), position)


def create(
    act: Act, username: str, password: str, rights: Rights, reason: str
) -> Applied[StaffAccount]:
    """Make an account, whose password is to be changed at the first log-in; an admin by two.

    Raises InvalidRequest for halls beyond the caller's and for departments that nobody knows,
    StaffExists or SecondPersonNeeded.
    """
    key = KEYS.of(act.attempt, act.now)
    with key.unless_reused():
        _check_covered(act.admin, rights)
        _check_departments(rights.department_ids)
    word = act.admin.word("create", act.now, reason)
    known = storage.load(username)
    waiting = known.password_hash if known and known.proposal and not known.active else None
    same = passwords.matches(waiting, password)
    hashed = waiting if waiting and same else passwords.hash_password(password)
    fresh = StaffAccount(username, hashed, rights, password_expired=True)

    def decide(old: StaffAccount) -> StaffDecision:
        return domain.create(old, fresh, word, same=same and old.password_hash == waiting)

    return accounts.commit(username, decide, replace(act.author, key=key))


def change(
    act: Act, username: str, wanted: RightsChange, version: int | None, reason: str
) -> Applied[StaffAccount]:
    """Give an account other rights; to make an admin takes two persons.

    Raises OwnAccount, NotFound, InvalidRequest, StaleVersion, SecondPersonNeeded or LastAdmin.
    """
    _check_other(act.admin, username)
    _check_departments(wanted.department_ids or frozenset())
    word = act.admin.word("change", act.now, reason)

    def decide(old: StaffAccount) -> StaffDecision | None:
        rights = wanted.of(old.rights)
        _check_covered(act.admin, rights)
        domain.check_version(old, version)
        return domain.change(old, rights, word)

    return _commit(act, username, decide)


def remove(act: Act, username: str) -> Applied[StaffAccount]:
    """End an account, or what was asked for; raises LastAdmin, OwnAccount or NotFound."""

    def decide(old: StaffAccount) -> StaffDecision:
        return domain.remove(old)

    if username == act.admin.staff_id:
        # Who is the last admin is told so rather than that another should do it.
        storage.load_admins().after(StaffAccount(username))
        raise OwnAccount
    return _commit(act, username, decide, waiting=True)


def reset_password(act: Act, username: str, password: str) -> Applied[StaffAccount]:
    """Set a password that is to be changed at the next log-in; raises OwnAccount or NotFound."""
    _check_other(act.admin, username)
    hashed = passwords.hash_password(password)
    return _commit(act, username, lambda old: domain.reset_password(old, hashed, act.admin.actor))


def enrol_totp(act: Act, username: str) -> tuple[Applied[StaffAccount], str | None]:
    """Set a fresh secret of one-time codes and return it this once, None for a replay.

    Raises OwnAccount for who has one already, or NotFound.
    """
    secret = totp.new_secret()
    sealed = totp.seal(username, secret)

    def decide(old: StaffAccount) -> StaffDecision:
        if old.totp:
            _check_other(act.admin, username)
        return domain.enrol(old, sealed.totp, sealed.wrapped_key, act.admin.actor)

    applied = _commit(act, username, decide)
    return applied, None if applied.replayed else secret


def set_person(act: Act, username: str, document: Document) -> Applied[StaffAccount]:
    """Say whose account it is, who then witnesses nothing of their own; raises NotFound."""
    person = person_of(document)
    return _commit(act, username, lambda old: domain.set_person(old, person))


def unlock(act: Act, username: str) -> Applied[StaffAccount]:
    """Let a member of staff try again at once, from wherever they failed; raises NotFound."""
    applied = _commit(act, username, domain.unlock)
    # Also again: an earlier attempt may have stopped before.
    lockout.unlock(username)
    return applied


def _commit(
    act: Act,
    username: str,
    decide: Callable[[StaffAccount], StaffDecision | None],
    *,
    waiting: bool = False,
) -> Applied[StaffAccount]:
    def decide_known(old: StaffAccount) -> StaffDecision | None:
        known = old.active or (waiting and old.proposal is not None)
        if not known or not _covers(act.admin, _sought(old)):
            raise NotFound
        return decide(old)

    return accounts.commit(username, decide_known, act.author)


def _sought(account: StaffAccount) -> Rights:
    """Return the rights of an account, or those that are asked for it."""
    if account.active or account.proposal is None:
        return account.rights
    return account.proposal.rights


def _covers(admin: Staff, rights: Rights) -> bool:
    if rights.division_prefix is None:
        return rights.office_ids <= admin.office_ids
    return admin.division_prefix is not None and rights.division_prefix.startswith(
        admin.division_prefix
    )


def _check_covered(admin: Staff, rights: Rights) -> None:
    if not _covers(admin, rights):
        field = "office_ids" if rights.division_prefix is None else "division_prefix"
        raise InvalidRequest(errors=[FieldError(f"/{field}", "unknown_office", _UNKNOWN_HALL)])


def _check_departments(given: frozenset[str]) -> None:
    (known,) = registered("DEPARTMENT_IDS")
    if not given <= set(known()):
        raise InvalidRequest(errors=[FieldError("/department_ids", "unknown", _UNKNOWN_DEPARTMENT)])


def _check_other(admin: Staff, username: str) -> None:
    if username == admin.staff_id:
        raise OwnAccount
