"""Which courier a signed message is from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.core import dependencies
from chalicelib.core.errors import InvalidSignature, NotFound
from chalicelib.deliveries.couriers.service import directory
from chalicelib.webhooks.service import signing


@dataclass(frozen=True, slots=True)
class VerifiedSender:
    """Who sent a message, and the id that it carries at every attempt."""

    courier_id: str
    message_id: str


def verify(
    courier_id: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> VerifiedSender:
    """Return who signed a message; raises InvalidSignature, also for a courier that is unknown.

    The stamp is compared with the run's clock and with the machine's, which in production are one.
    """
    moments = (now, dependencies.clock().outside())
    try:
        return _verified(courier_id, headers, body, moments)
    except (NotFound, signing.BadSignature) as error:
        # The secret may have been rotated a moment ago, in another process.
        if not directory.forget_stale():
            raise InvalidSignature from error
    try:
        return _verified(courier_id, headers, body, moments)
    except (NotFound, signing.BadSignature) as error:
        raise InvalidSignature from error


def _verified(
    courier_id: str, headers: Mapping[str, str], body: bytes, moments: Sequence[datetime]
) -> VerifiedSender:
    secrets = directory.live_secrets(directory.find(courier_id), moments[0])
    return VerifiedSender(courier_id, signing.verify(secrets, headers, body, moments))
