"""Accounts of staff, what they may, and the rules for changing it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from chalicelib.core import four_eyes
from chalicelib.core.decisions import Decision, DomainEvent, Versioned
from chalicelib.core.errors import Problem, StaleVersion
from chalicelib.core.event_types import StaffEvent
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Head
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

ADMIN: Final = "admin"
SECOND_FACTOR_ROLES: Final = frozenset({ADMIN, "supervisor"})


class InvalidCredentials(Problem):
    """The user name, the password or the one-time code is wrong."""

    status = 401
    code = "invalid_credentials"
    title = Text("用户名、密码或动态口令错误", "The user name, password or code is wrong")


class TotpRequired(Problem):
    """The account also needs a one-time code."""

    status = 401
    code = "totp_required"
    title = Text("请输入动态口令", "Enter the one-time code")


class AccountLocked(Problem):
    """Too many log-ins failed in a row."""

    status = 429
    code = "account_locked"
    title = Text(
        "失败次数过多，账号已暂时锁定", "Too many failures; the account is locked for a while"
    )


class PasswordChangeRequired(Problem):
    """Another person set the password: log in with it and a `new_password`."""

    status = 403
    code = "password_change_required"
    title = Text("首次登录须修改密码", "Choose a new password to log in")


class SecondFactorRequired(Problem):
    """The role needs one-time codes, and the account has none: an admin enrols it."""

    status = 403
    code = "second_factor_required"
    title = Text(
        "该角色须启用动态口令，请联系管理员登记",
        "This role needs one-time codes; ask an admin to enrol the account",
    )


class StaffExists(Problem):
    """Another member of staff has this user name."""

    status = 409
    code = "staff_exists"
    title = Text("该用户名已存在", "There is an account with this user name already")


class LastAdmin(Problem):
    """Without this account nobody could administer staff."""

    status = 409
    code = "last_admin"
    title = Text("至少保留一名管理员", "The last admin stays")


class OwnAccount(Problem):
    """Nobody changes the own rights, or resets the own password or codes here."""

    status = 403
    code = "own_account"
    title = Text("不能变更本人的账号权限", "Another admin must change your own account")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a member of staff may, and in which halls: listed, or all of a division.

    `division_prefix` is the beginning of GB/T 2260 codes; then no hall is listed.
    """

    roles: frozenset[str] = frozenset()
    office_ids: frozenset[str] = frozenset()
    division_prefix: str | None = None
    department_ids: frozenset[str] = frozenset()

    @property
    def is_admin(self) -> bool:
        """Tell whether they let their owner administer staff."""
        return ADMIN in self.roles

    @property
    def facts(self) -> dict[str, str]:
        """Return them as a history entry has them; a division is written `3302*`."""
        prefix = self.division_prefix
        halls = " ".join(sorted(self.office_ids)) if prefix is None else f"{prefix}*"
        facts = {"roles": " ".join(sorted(self.roles)), "halls": halls}
        if self.department_ids:
            facts["departments"] = " ".join(sorted(self.department_ids))
        return facts


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rights that a first person asked for and a second must agree to."""

    word: Word
    rights: Rights


@dataclass(frozen=True, slots=True)
class StaffAccount(Versioned):
    """A member of staff's account; `totp` is the sealed secret of one-time codes, if there is one.

    An account without roles is not there: it never was (version 0), waits for a second person, or
    was removed; its history goes on when the name is given again. Log-ins of an earlier
    `generation` are over, since `signed_out_at`. `password_expired` says that another person chose
    the password; `password_from` is who reset it last, `totp_from` who enrolled the second factor,
    if that was another: what the owner chose since may have been chosen by them. `person` is the
    owner as persons are counted, where an admin said so.
    """

    username: str
    password_hash: str = ""
    rights: Rights = field(default_factory=Rights)
    totp: str | None = None
    wrapped_key: str | None = None
    generation: int = 0
    password_expired: bool = False
    password_from: str = ""
    totp_from: str = ""
    proposal: Proposal | None = None
    person: str | None = None
    signed_out_at: datetime | None = None
    version: int = 0
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that the history entries name."""
        return f"staff:{self.username}"

    @property
    def active(self) -> bool:
        """Tell whether there is an account, which can be logged in to."""
        return bool(self.rights.roles)

    def is_open_to(self, actor: str) -> bool:
        """Tell whether another could log in to it: who has set all that it is logged in with."""
        has_password = bool(actor) and self.password_from == actor
        return has_password and (self.totp is None or self.totp_from == actor)


@dataclass(frozen=True, slots=True)
class Admins:
    """The user names of all admins, which change with their accounts."""

    usernames: frozenset[str] = frozenset()
    version: int = 0

    def after(self, account: StaffAccount) -> "Admins":
        """Return them once an account is so; raises LastAdmin when none would be left."""
        others = self.usernames - {account.username}
        if account.rights.is_admin:
            return replace(self, usernames=others | {account.username})
        if not others:
            raise LastAdmin
        return replace(self, usernames=others)


StaffDecision = Decision[StaffAccount, None]


def create(old: StaffAccount, fresh: StaffAccount, word: Word, *, same: bool) -> StaffDecision:
    """Make an account as `fresh` has it, or ask for it where a second person must agree.

    `same` says that the password is the one that the first person chose. Raises StaffExists or
    SecondPersonNeeded.
    """
    if old.active:
        raise StaffExists
    new = replace(
        old,
        password_hash=fresh.password_hash,
        password_expired=fresh.password_expired,
        totp=fresh.totp,
        wrapped_key=fresh.wrapped_key,
    )
    first = old.proposal if same and old.proposal else None
    return _granted(new, fresh.rights, first, word, "staff.created")


def check_version(account: StaffAccount, version: int | None) -> None:
    """Raise StaleVersion when an account was changed since a caller saw it so."""
    if version not in (None, account.version):
        raise StaleVersion(current=account.version)


def change(old: StaffAccount, rights: Rights, word: Word) -> StaffDecision | None:
    """Give an account other rights, or ask for it where a second person must agree.

    To give the rights that it has takes back what was asked for. Raises SecondPersonNeeded.
    """
    if rights == old.rights:
        if old.proposal is None:
            return None
        return _decided(replace(old, proposal=None), "staff.change_withdrawn", _facts(word))
    return _granted(old, rights, old.proposal, word, "staff.changed")


def remove(old: StaffAccount) -> StaffDecision:
    """End an account and its log-ins; the name and its history stay."""
    nothing = StaffAccount(old.username, version=old.version, head=old.head, ledger=old.ledger)
    new = replace(nothing, generation=old.generation + 1)
    return _decided(new, "staff.removed" if old.active else "staff.creation_withdrawn", {})


def reset_password(old: StaffAccount, password_hash: str, by: str) -> StaffDecision:
    """Set a password that is to be changed, which ends all log-ins."""
    new = replace(old, password_expired=True, password_from=by)
    return _decided(_with_password(new, password_hash), "staff.password_reset", {})


def change_password(old: StaffAccount, password_hash: str) -> StaffDecision:
    """Set the password that its owner chose, which ends all log-ins."""
    new = replace(old, password_expired=False)
    return _decided(_with_password(new, password_hash), "staff.password_changed", {})


def _with_password(account: StaffAccount, password_hash: str) -> StaffAccount:
    return replace(account, password_hash=password_hash, generation=account.generation + 1)


def enrol(old: StaffAccount, totp: str, wrapped_key: str, by: str) -> StaffDecision:
    """Set the secret of one-time codes; another in the place of one ends all log-ins."""
    whose, generation = "" if by == old.subject_id else by, old.generation + bool(old.totp)
    new = replace(old, totp=totp, wrapped_key=wrapped_key, totp_from=whose, generation=generation)
    return _decided(new, "staff.totp_enrolled", {})


def sign_out(old: StaffAccount) -> StaffDecision:
    """End all log-ins."""
    return _decided(replace(old, generation=old.generation + 1), "staff.signed_out", {})


def set_person(old: StaffAccount, person: str) -> StaffDecision | None:
    """Say whose account it is; the same again changes nothing."""
    new = replace(old, person=person)
    return None if new == old else _decided(new, "staff.person_set", {})


def unlock(old: StaffAccount) -> StaffDecision:
    """Note that a lock-out was taken back."""
    return _decided(old, "staff.unlocked", {})


_ASKED: Final[Mapping[StaffEvent, StaffEvent]] = {
    "staff.created": "staff.created_asked",
    "staff.changed": "staff.changed_asked",
}


def _granted(
    old: StaffAccount,
    rights: Rights,
    first: Proposal | None,
    word: Word,
    type_: StaffEvent,
) -> StaffDecision:
    facts = {**rights.facts, **_facts(word)}
    if rights.is_admin and not old.rights.is_admin:
        asked = first if first and first.rights == rights else None
        if not four_eyes.is_agreed(asked.word if asked else None, word):
            return _decided(replace(old, proposal=Proposal(word, rights)), _ASKED[type_], facts)
        facts["asked_by"] = asked.word.by if asked else ""
    return _decided(replace(old, rights=rights, proposal=None), type_, facts)


def _facts(word: Word) -> dict[str, str]:
    return {"reason": word.reason} if word.reason else {}


def _decided(new: StaffAccount, type_: StaffEvent, facts: Mapping[str, str]) -> StaffDecision:
    return Decision(new, (DomainEvent(type_, facts),), None)
