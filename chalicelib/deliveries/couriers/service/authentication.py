"""Which courier a signed message is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chalicelib.deliveries.couriers.service.directory import DIRECTORY
from chalicelib.webhooks.service import authentication


@dataclass(frozen=True, slots=True)
class VerifiedSender:
    """Who sent a message, and the id that it carries at every attempt."""

    courier_id: str
    message_id: str


def verify(
    courier_id: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> VerifiedSender:
    """Return who signed a message; raises InvalidSignature, also for a courier that is unknown."""
    message_id = authentication.verify(DIRECTORY, courier_id, headers, body, now)
    return VerifiedSender(courier_id, message_id)
