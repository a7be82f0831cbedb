"""The platforms' access tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import UpdateError

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.storage._records import TokenRecord


@dataclass(frozen=True, slots=True)
class Token:
    """A platform's access token, sealed under a key that is kept wrapped beside it."""

    sealed: str
    wrapped_key: str
    serial: int
    expires_at: datetime


def load_token(platform: str) -> Token | None:
    """Return a platform's access token, which may be over."""
    for record in _token(platform):
        if record.sealed and record.key:
            serial, expires_at = int(record.serial), moment(record.expires)
            return Token(record.sealed, record.key, serial, expires_at)
    return None


def claim_renewal(platform: str, serial: int, now: datetime, until: datetime) -> bool:
    """Become the one who renews the token after `serial`; False when another is or has."""
    is_still_that = TokenRecord.serial.does_not_exist() | (TokenRecord.serial == serial)
    nobody_does = TokenRecord.renewing.does_not_exist() | (TokenRecord.renewing <= seconds(now))
    try:
        TokenRecord(f"T#{platform}", "token").update(
            [TokenRecord.serial.set(serial), TokenRecord.renewing.set(seconds(until))],
            condition=is_still_that & nobody_does,
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def store_token(platform: str, token: Token) -> None:
    """Keep a renewed token."""
    TokenRecord(
        f"T#{platform}",
        "token",
        sealed=token.sealed,
        key=token.wrapped_key,
        serial=token.serial,
        expires=seconds(token.expires_at),
        renewing=0,
    ).save()


def end_renewal(platform: str, serial: int) -> None:
    """Let another try at once to renew the token after `serial`."""
    try:
        TokenRecord(f"T#{platform}", "token").update(
            [TokenRecord.renewing.set(0)], condition=TokenRecord.serial == serial
        )
    except UpdateError as error:
        condition_failed(error)


def _token(platform: str) -> Sequence[TokenRecord]:
    try:
        return [TokenRecord.get(f"T#{platform}", "token", consistent_read=True)]
    except TokenRecord.DoesNotExist:
        return []
