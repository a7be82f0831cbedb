"""Where messages to couriers wait: in the table of deliveries, beside what they are about."""

from typing import Final

from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.deliveries.domain.delivery import DELIVERY_ID_LENGTH
from chalicelib.deliveries.storage import TABLE
from chalicelib.webhooks.service.sender import Outbox


def is_delivery(subject: str) -> bool:
    """Tell whether a message is about a delivery; else it is a ping, about its courier."""
    # A courier's id is never as long as a delivery's.
    return len(subject) == DELIVERY_ID_LENGTH


def _partition_of(subject: str) -> str:
    return f"C#{subject[:CITIZEN_ID_LENGTH]}" if is_delivery(subject) else f"P#{subject}"


OUTBOX: Final = Outbox(TABLE, _partition_of)
