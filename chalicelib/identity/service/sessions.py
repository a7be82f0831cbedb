"""Log-ins that last: families of refresh tokens, each token good for one use.

A refresh token names its family and its serial number and carries a keyed hash of both, so a made
up token is refused without a read. A family is rotated by a conditional update that leaves the mark
of its attempt: who asks again with the same Idempotency-Key within a minute gets the same pair,
anyone else who brings a used token ends the family (RFC 9700, 4.14.2).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core import dependencies
from chalicelib.core.attributes import seconds
from chalicelib.core.auth import Caller
from chalicelib.core.errors import IdempotencyKeyReused
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import storage
from chalicelib.identity.domain import InvalidRefreshToken, RefreshTokenReused, TokenFamily

_FAMILY_ID_LENGTH: Final = 16
_REPLAYED_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Session:
    """What a client keeps: an access token for minutes, a refresh token for weeks."""

    access_token: str
    expires_in: int
    refresh_token: str


def start(
    caller: Caller,
    kind: Literal["citizen", "staff"],
    subject: str,
    now: datetime,
    generation: int | None = None,
) -> Session:
    """Open a session with a new family; `generation` is the caller's unless it says another."""
    lifetime = timedelta(seconds=SETTINGS.refresh_token_seconds)
    family = TokenFamily(
        new_id(_FAMILY_ID_LENGTH),
        kind,
        subject,
        1,
        "",
        now,
        now + lifetime,
        generation=caller.generation if generation is None else generation,
    )
    storage.add_family(family)
    return issue(caller, family, now)


def rotate(refresh_token: str, attempt: str, now: datetime) -> tuple[TokenFamily, bool]:
    """Use a refresh token up; return its family with the next serial, and whether it had it before.

    Raises InvalidRefreshToken, IdempotencyKeyReused when the attempt made this very token, or,
    after revoking the family, RefreshTokenReused.
    """
    family_id, serial = _read(refresh_token)
    rotated = storage.rotate_family(family_id, serial, attempt, now)
    family = storage.load_family(family_id)
    if family is None or family.revoked or family.expires_at <= now:
        raise InvalidRefreshToken
    if not rotated and family.rotated_by == attempt and family.serial == serial:
        raise IdempotencyKeyReused
    if not rotated and not _replays(family, serial, attempt, now):
        storage.revoke_family(family_id)
        raise RefreshTokenReused
    return replace(family, serial=serial + 1), not rotated


def issue(caller: Caller, family: TokenFamily, now: datetime) -> Session:
    """Return the pair of a family's present serial, always the same for the same caller."""
    tokens = dependencies.tokens()
    serial, expires_at = family.serial, family.rotated_at + tokens.lifetime
    token_id = dependencies.vault().keyed_hash("access", f"{family.family_id}.{serial}")
    return Session(
        tokens.issue(caller, family.rotated_at, token_id),
        seconds(expires_at) - seconds(now),
        f"{family.family_id}.{serial}.{_proof(family.family_id, serial)}",
    )


def revoke(refresh_token: str) -> None:
    """Revoke a token's family; a token that means nothing is fine."""
    try:
        family_id, _ = _read(refresh_token)
    except InvalidRefreshToken:
        return
    storage.revoke_family(family_id)


def _replays(family: TokenFamily, serial: int, attempt: str, now: datetime) -> bool:
    same = family.serial == serial + 1 and family.rotated_by == attempt
    return same and seconds(now) - seconds(family.rotated_at) <= _REPLAYED_SECONDS


def _read(refresh_token: str) -> tuple[str, int]:
    family_id, _, rest = refresh_token.partition(".")
    number, _, proof = rest.partition(".")
    if not number.isdecimal() or not number.isascii() or len(number) > 9:  # noqa: PLR2004 - no family is turned as often.
        raise InvalidRefreshToken
    if proof != _proof(family_id, int(number)):
        raise InvalidRefreshToken
    return family_id, int(number)


def _proof(family_id: str, serial: int) -> str:
    return dependencies.vault().keyed_hash("refresh", f"{family_id}.{serial}")
