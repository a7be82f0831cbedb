"""Staff: log-in by password (argon2id, RFC 9106) and, where set, a one-time code (RFC 6238).

A token of the city's own directory is accepted in their place.
"""

from datetime import datetime
from functools import cache
from typing import Any, Final

from chalicelib.core import wiring
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from chalicelib.identity import providers, storage
from chalicelib.identity.domain import (
    InvalidCredentials,
    InvalidIdToken,
    InvalidRefreshToken,
    StaffAccount,
    TokenFamily,
    TotpRequired,
)
from chalicelib.identity.service import rate_limits, sessions
from chalicelib.identity.service.revocations import revocations, rights_of
from chalicelib.identity.service.sessions import Session

_STEP_SECONDS: Final = 30
_ACCOUNT_ID_LENGTH: Final = 8
_OF_ACCOUNT: Final = "\n"


def add_staff(
    username: str,
    password: str,
    roles: frozenset[str],
    office_ids: frozenset[str],
    totp_secret: str | None = None,
) -> None:
    """Make an account, or make it anew; `totp_secret` is base32.

    Tokens with other rights than the account's end within the minute.
    """
    former = storage.load_staff(username)
    account_id = former.account_id if former else new_id(_ACCOUNT_ID_LENGTH)
    totp = wrapped = None
    if totp_secret:
        key, wrapped_bytes = wiring.vault().new_key(f"staff:{username}")
        totp, wrapped = key.seal("totp", totp_secret), wrapped_bytes.hex()
    hashed = _hasher().hash(password)
    account = StaffAccount(username, hashed, roles, office_ids, totp, wrapped, account_id)
    storage.save_staff(account)
    caller = _caller(account)
    revocations.revoke(caller.actor, rights_of(caller), wiring.clock().now())


def remove_staff(username: str) -> bool:
    """Remove an account; its tokens end within the minute. Tells whether there was one."""
    was_there = storage.load_staff(username) is not None
    storage.delete_staff(username)
    actor = Staff(username, frozenset(), frozenset()).actor
    revocations.revoke(actor, "", wiring.clock().now())
    return was_there


def log_in(
    username: str, password: str, totp: str | None, source: str, now: datetime
) -> tuple[Session, StaffAccount]:
    """Open a session; raises InvalidCredentials, TotpRequired or AccountLocked."""
    rate_limits.claim_staff_login(username, source, now)
    account = storage.load_staff(username)
    if not _right_password(account, password) or account is None:
        raise InvalidCredentials
    if account.totp:
        if totp is None:
            rate_limits.settle_staff_login(username, source, now, known_good=False)
            raise TotpRequired
        if not _right_code(account, totp, now):
            raise InvalidCredentials
    rate_limits.settle_staff_login(username, source, now, known_good=True)
    return _begin(account, now), account


def log_in_by_token(id_token: str, now: datetime) -> tuple[Session, StaffAccount]:
    """Open a session for whom the directory's token names.

    Raises InvalidIdToken, ProviderUnavailable, or NotFound where no directory is set.
    """
    username = providers.staff_directory().username(id_token, now)
    account = storage.load_staff(username)
    if account is None:
        raise InvalidIdToken
    return _begin(account, now), account


def refresh(family: TokenFamily, now: datetime) -> tuple[Session, StaffAccount]:
    """Go on with a session; raises InvalidRefreshToken when its account is gone.

    Another account under the name of one that was removed does not go on with its sessions.
    """
    username, _, account_id = family.subject.partition(_OF_ACCOUNT)
    account = storage.load_staff(username)
    if account is None or account.account_id != account_id:
        raise InvalidRefreshToken
    return sessions.issue(_caller(account), family, now), account


def _begin(account: StaffAccount, now: datetime) -> Session:
    subject = account.username
    if account.account_id:
        subject += _OF_ACCOUNT + account.account_id
    return sessions.start(_caller(account), "staff", subject, now)


def _caller(account: StaffAccount) -> Staff:
    return Staff(account.username, account.roles, account.office_ids)


def _right_password(account: StaffAccount | None, password: str) -> bool:
    from argon2.exceptions import VerificationError  # noqa: PLC0415 - cold start.

    # An unknown name costs the same time as a wrong password.
    known = account.password_hash if account else _nobodys_hash()
    try:
        _hasher().verify(known, password)
    except VerificationError:
        return False
    return account is not None


def _right_code(account: StaffAccount, code: str, now: datetime) -> bool:
    import pyotp  # noqa: PLC0415 - cold start.

    key = wiring.vault().key_of(
        f"staff:{account.username}", bytes.fromhex(account.wrapped_key or "")
    )
    generator = pyotp.TOTP(key.open("totp", account.totp or ""))
    step = int(now.timestamp()) // _STEP_SECONDS
    for candidate in (step, step - 1, step + 1):
        if pyotp.utils.strings_equal(generator.generate_otp(candidate), code):
            return storage.use_totp_step(account.username, candidate)
    return False


@cache
def _hasher() -> Any:
    import argon2  # noqa: PLC0415 - cold start.

    # The OWASP choice of RFC 9106's parameters for small machines.
    return argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return str(_hasher().hash("nobody"))
