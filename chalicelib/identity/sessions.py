"""Log-ins that last: families of refresh tokens, each token good for one use.

A refresh token names its family and its serial number and carries a keyed hash of both, so a made
up token is refused without a read. A family is turned by a conditional update; an answer that got
lost is recognised by the mark that the update left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core import wiring
from chalicelib.core.auth import Caller
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity import storage
from chalicelib.identity.domain import Family, InvalidRefreshToken, RefreshTokenReused

_FAMILY_ID_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Session:
    """What a client keeps: an access token for minutes, a refresh token for weeks."""

    access_token: str
    expires_in: int
    refresh_token: str


def begin(
    caller: Caller, kind: Literal["citizen", "staff"], subject: str, now: datetime
) -> Session:
    """Open a session with a new family."""
    lifetime = timedelta(seconds=SETTINGS.refresh_token_seconds)
    family = Family(new_id(_FAMILY_ID_LENGTH), kind, subject, 1, "", now + lifetime)
    storage.add_family(family)
    return _session(caller, family.family_id, 1, now)


def turn(refresh_token: str, now: datetime) -> tuple[Family, int]:
    """Use a refresh token up and return its family and the next serial number.

    Raises InvalidRefreshToken or, after revoking the family, RefreshTokenReused.
    """
    family_id, serial = _read(refresh_token)
    mark = new_id()
    turned = storage.turn_family(family_id, serial, mark, now)
    family = storage.load_family(family_id)
    if family is None or family.revoked or family.expires_at <= now:
        raise InvalidRefreshToken
    if not turned and not (family.serial == serial + 1 and family.turn == mark):
        storage.revoke_family(family_id)
        raise RefreshTokenReused
    return family, serial + 1


def go_on(caller: Caller, family: Family, serial: int, now: datetime) -> Session:
    """Return the next pair of a family that was turned."""
    return _session(caller, family.family_id, serial, now)


def end(refresh_token: str) -> None:
    """Revoke a token's family; a token that means nothing is fine."""
    try:
        family_id, _ = _read(refresh_token)
    except InvalidRefreshToken:
        return
    storage.revoke_family(family_id)


def _session(caller: Caller, family_id: str, serial: int, now: datetime) -> Session:
    tokens = wiring.tokens()
    return Session(
        tokens.issue(caller, now),
        int(tokens.lifetime.total_seconds()),
        f"{family_id}.{serial}.{_proof(family_id, serial)}",
    )


def _read(refresh_token: str) -> tuple[str, int]:
    family_id, _, rest = refresh_token.partition(".")
    number, _, proof = rest.partition(".")
    if not number.isdecimal() or not number.isascii() or len(number) > 9:  # noqa: PLR2004 - no family is turned as often.
        raise InvalidRefreshToken
    if proof != _proof(family_id, int(number)):
        raise InvalidRefreshToken
    return family_id, int(number)


def _proof(family_id: str, serial: int) -> str:
    return wiring.vault().keyed_hash("refresh", f"{family_id}.{serial}")
