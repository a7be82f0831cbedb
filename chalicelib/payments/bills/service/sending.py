"""Sending to issuers: what the dispatcher of webhooks asks of this room."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import NotFound
from chalicelib.payments.bills.service.issuers import ACCOUNTS, DIRECTORY
from chalicelib.payments.bills.service.outbox import OUTBOX
from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.endpoint import Endpoint, Payload
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service.sender import Sender


class _Issuers:
    """The issuers as owners of endpoints; see `Owner`."""

    def list_active(self) -> Sequence[str]:
        DIRECTORY.forget()
        everyone = DIRECTORY.everyone()
        return [one.account_id for one in everyone if one.state is AccountState.ACTIVE]

    def is_active(self, endpoint_id: str) -> bool:
        return DIRECTORY.find(endpoint_id).state is AccountState.ACTIVE

    def load(self, endpoint_id: str, now: datetime) -> Endpoint:
        issuer = DIRECTORY.load(endpoint_id)
        secrets = tuple(DIRECTORY.live_secrets(issuer, now))
        active = issuer.state is AccountState.ACTIVE
        return Endpoint(endpoint_id, issuer.endpoint, secrets, active)

    def open(self, message: Message) -> Payload | None:
        try:
            key = DIRECTORY.key_of(DIRECTORY.find(message.endpoint_id))
            return Payload(json.loads(key.open(message.message_id, message.sealed)))
        except (NotFound, DecryptionError):
            return None

    def disable(self, endpoint_id: str, reason: str, now: datetime) -> None:
        ACCOUNTS.disable(endpoint_id, reason, now)

    def note_health(self, endpoint_id: str, *, troubled: bool, now: datetime) -> None:
        ACCOUNTS.note_health(endpoint_id, troubled=troubled, now=now)


SENDER: Final = Sender("send_issuer_messages", OUTBOX, _Issuers())
