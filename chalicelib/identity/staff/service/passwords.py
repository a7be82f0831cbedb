"""Passwords of staff, kept as argon2id hashes (RFC 9106)."""

from functools import cache
from typing import Any


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return str(_hasher().hash(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; none is, where there is no account.

    An unknown name costs the same time as a wrong password.
    """
    from argon2.exceptions import VerificationError  # noqa: PLC0415 - cold start.

    try:
        _hasher().verify(password_hash or _hash_of_nobody(), password)
    except VerificationError:
        return False
    return bool(password_hash)


@cache
def _hasher() -> Any:
    import argon2  # noqa: PLC0415 - cold start.

    # The OWASP choice of RFC 9106's parameters for small machines.
    return argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _hash_of_nobody() -> str:
    return hash_password("nobody")
