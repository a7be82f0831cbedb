"""One-time codes by a secret that a member of staff's phone has (TOTP, RFC 6238)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import dependencies
from chalicelib.identity.staff import storage
from chalicelib.identity.staff.domain import StaffAccount

_STEP_SECONDS: Final = 30
_ISSUER: Final = "OneTrip"


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """A secret as the account keeps it, with the wrapped key under which it is sealed."""

    totp: str
    wrapped_key: str


def new_secret() -> str:
    """Return a fresh secret of 160 bits in base32, as long as RFC 4226 recommends."""
    import pyotp  # noqa: PLC0415 - cold start.

    return pyotp.random_base32()


def uri(username: str, secret: str) -> str:
    """Return the `otpauth` address that authenticator apps read from a QR code."""
    import pyotp  # noqa: PLC0415 - cold start.

    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def seal(username: str, secret: str) -> SealedSecret:
    """Seal a secret under a key of the account's own."""
    key, wrapped = dependencies.vault().new_key(f"staff:{username}")
    return SealedSecret(key.seal("totp", secret), wrapped.hex())


def use_code(account: StaffAccount, code: str, now: datetime) -> bool:
    """Tell whether a code is right, of this half minute or one beside it; each works once."""
    import pyotp  # noqa: PLC0415 - cold start.

    wrapped = bytes.fromhex(account.wrapped_key or "")
    key = dependencies.vault().key_of(f"staff:{account.username}", wrapped)
    generator = pyotp.TOTP(key.open("totp", account.totp or ""))
    step = int(now.timestamp()) // _STEP_SECONDS
    for candidate in (step, step - 1, step + 1):
        if pyotp.utils.strings_equal(generator.generate_otp(candidate), code):
            return storage.use_totp_step(account.username, candidate)
    return False
