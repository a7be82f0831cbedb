"""Sending to couriers: what the dispatcher of webhooks asks of this room."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.deliveries.couriers.service import accounts, directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX, is_delivery
from chalicelib.deliveries.domain.delivery import CITIZEN_ID_LENGTH
from chalicelib.identity import service as identity
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.endpoint import Endpoint, Payload
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service.sender import Sender


class _Couriers:
    """The couriers as owners of endpoints; see `Owner`."""

    def list_active(self) -> Sequence[str]:
        directory.forget()
        return [c.courier_id for c in directory.everyone() if c.state is AccountState.ACTIVE]

    def is_active(self, endpoint_id: str) -> bool:
        return directory.find(endpoint_id).state is AccountState.ACTIVE

    def load(self, endpoint_id: str, now: datetime) -> Endpoint:
        courier = directory.load(endpoint_id)
        secrets = tuple(directory.live_secrets(courier, now))
        active = courier.state is AccountState.ACTIVE
        return Endpoint(endpoint_id, courier.endpoint, secrets, active)

    def open(self, message: Message) -> Payload | None:
        try:
            key = (
                identity.key_of(message.subject[:CITIZEN_ID_LENGTH])
                if is_delivery(message.subject)
                else directory.key_of(directory.find(message.endpoint_id))
            )
            data = json.loads(key.open(message.message_id, message.sealed))
        except (NotFound, Unauthenticated, DecryptionError):
            return None
        return Payload(data, _private(data.get("address")))

    def disable(self, endpoint_id: str, reason: str, now: datetime) -> None:
        accounts.disable(endpoint_id, reason, now)

    def note_health(self, endpoint_id: str, *, troubled: bool, now: datetime) -> None:
        accounts.note_health(endpoint_id, troubled=troubled, now=now)


SENDER: Final = Sender("send_courier_messages", OUTBOX, _Couriers())


def _private(address: Mapping[str, object] | None) -> tuple[str, ...]:
    return tuple(map(str, address.values())) if address else ()
