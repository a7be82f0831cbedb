"""Which of a room's accounts a signed message is from."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.core import dependencies
from chalicelib.core.errors import InvalidSignature, NotFound
from chalicelib.webhooks.service import signing
from chalicelib.webhooks.service.directory import A, Directory


def verify(
    directory: Directory[A],
    account_id: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> str:
    """Return the id of a message that an account signed; raises InvalidSignature, of nobody too.

    The stamp is compared with the run's clock and with the machine's, which in production are one.
    """
    moments = (now, dependencies.clock().outside())
    try:
        return _verified(directory, account_id, headers, body, moments)
    except (NotFound, signing.BadSignature) as error:
        # The secret may have been rotated a moment ago, in another process.
        if not directory.forget_stale():
            raise InvalidSignature from error
    try:
        return _verified(directory, account_id, headers, body, moments)
    except (NotFound, signing.BadSignature) as error:
        raise InvalidSignature from error


def _verified(
    directory: Directory[A],
    account_id: str,
    headers: Mapping[str, str],
    body: bytes,
    moments: Sequence[datetime],
) -> str:
    secrets = directory.live_secrets(directory.find(account_id), moments[0])
    return signing.verify(secrets, headers, body, moments)
