"""Sending to couriers: what the dispatcher of webhooks asks of this room."""

import json
from collections.abc import Mapping
from typing import Final

from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service.accounts import ACCOUNTS
from chalicelib.deliveries.couriers.service.directory import DIRECTORY
from chalicelib.deliveries.couriers.service.outbox import OUTBOX, is_delivery
from chalicelib.identity import service as identity
from chalicelib.webhooks.domain.endpoint import Payload
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service.owner import AccountOwner
from chalicelib.webhooks.service.sender import Sender


class _Couriers(AccountOwner[Courier]):
    """The couriers as owners of endpoints; see `Owner`."""

    def open(self, message: Message) -> Payload | None:
        try:
            key = (
                identity.key_of(message.subject[:CITIZEN_ID_LENGTH])
                if is_delivery(message.subject)
                else DIRECTORY.key_of(DIRECTORY.find(message.endpoint_id))
            )
            data = json.loads(key.open(message.message_id, message.sealed))
        except (NotFound, Unauthenticated, DecryptionError):
            return None
        return Payload(data, _private(data.get("address")))


SENDER: Final = Sender("send_courier_messages", OUTBOX, _Couriers(DIRECTORY, ACCOUNTS))


def _private(address: Mapping[str, object] | None) -> tuple[str, ...]:
    return tuple(map(str, address.values())) if address else ()
