"""Log-in of staff: by password and, where set, a one-time code, or by the directory's token."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.auth import Staff
from chalicelib.core.changes import Author
from chalicelib.core.errors import FieldError, InvalidRequest
from chalicelib.core.i18n import Text
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import providers
from chalicelib.identity.domain import InvalidIdToken, InvalidRefreshToken, TokenFamily
from chalicelib.identity.service import sessions
from chalicelib.identity.service.sessions import Session
from chalicelib.identity.staff import domain
from chalicelib.identity.staff.domain import (
    SECOND_FACTOR_ROLES,
    InvalidCredentials,
    PasswordChangeRequired,
    SecondFactorRequired,
    StaffAccount,
    StaffDecision,
    TotpRequired,
)
from chalicelib.identity.staff.service import accounts, lockout, passwords, totp


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a member of staff logs in with; `new_password` takes the password's place."""

    username: str
    password: str
    totp: str | None = None
    new_password: str | None = None


def log_in(given: Credentials, source: str, now: datetime) -> tuple[Session, StaffAccount]:
    """Open a session.

    Raises InvalidCredentials or AccountLocked, and for who has the right password TotpRequired,
    PasswordChangeRequired, SecondFactorRequired or InvalidRequest.
    """
    lockout.claim(given.username, source, now)
    account = accounts.find(given.username)
    known_hash = account.password_hash if account else None
    if not passwords.matches(known_hash, given.password) or account is None:
        raise InvalidCredentials
    try:
        _check_complete(account, given)
    except (InvalidRequest, PasswordChangeRequired, SecondFactorRequired, TotpRequired):
        lockout.settle(given.username, source, now, known_good=False)
        raise
    if account.totp and not totp.use_code(account, given.totp or "", now):
        raise InvalidCredentials
    lockout.settle(given.username, source, now, known_good=True)
    if given.new_password:
        account = _change_password(account, given.new_password, now)
    return _start(account, now), account


def log_in_by_token(id_token: str, now: datetime) -> tuple[Session, StaffAccount]:
    """Open a session for whom the directory's token names; the directory asks for second factors.

    A token from before all log-ins were ended opens none. Raises InvalidIdToken,
    ProviderUnavailable, or NotFound where no directory is set.
    """
    token = providers.staff_directory().read(id_token, now)
    account = accounts.find(token.username)
    if account is None:
        raise InvalidIdToken
    # Both in whole seconds: what is of the very second may be from before.
    if account.signed_out_at and token.issued_at <= account.signed_out_at:
        raise InvalidIdToken
    return _start(account, now), account


def refresh(family: TokenFamily, now: datetime) -> tuple[Session, StaffAccount]:
    """Go on with a session; raises InvalidRefreshToken once it or its account is over."""
    account = accounts.find(family.subject)
    if account is None or account.generation != family.generation:
        raise InvalidRefreshToken
    return sessions.issue(accounts.caller_of(account), family, now), account


def sign_out(caller: Staff, now: datetime) -> None:
    """End all log-ins of a member of staff, on all devices, the caller's as well. Idempotent."""

    def decide(old: StaffAccount) -> StaffDecision | None:
        # The log-ins of a later generation are not the caller's to end.
        current = old.active and old.generation == caller.generation
        return domain.sign_out(old) if current else None

    accounts.commit(caller.staff_id, decide, Author(caller.actor, now))


def second_factor_required(account: StaffAccount) -> bool:
    """Tell whether an account must have one-time codes: its roles do where citizens are real."""
    return not SETTINGS.demonstration and bool(account.rights.roles & SECOND_FACTOR_ROLES)


def _check_complete(account: StaffAccount, given: Credentials) -> None:
    """Raise what is missing; no one-time code is used up before all is there."""
    if not account.totp and second_factor_required(account):
        raise SecondFactorRequired
    if account.password_expired and given.new_password is None:
        raise PasswordChangeRequired
    if given.new_password == given.password:
        detail = Text("新密码不能与原密码相同", "Choose another password than before")
        raise InvalidRequest(errors=[FieldError("/new_password", "same_password", detail)])
    if account.totp and given.totp is None:
        raise TotpRequired


def _change_password(account: StaffAccount, password: str, now: datetime) -> StaffAccount:
    hashed = passwords.hash_password(password)

    def decide(old: StaffAccount) -> StaffDecision:
        # What the old password was right for may have ended meanwhile.
        if old.password_hash != account.password_hash:
            raise InvalidCredentials
        return domain.change_password(old, hashed)

    author = Author(accounts.caller_of(account).actor, now)
    return accounts.commit(account.username, decide, author).new


def _start(account: StaffAccount, now: datetime) -> Session:
    return sessions.start(accounts.caller_of(account), "staff", account.username, now)
