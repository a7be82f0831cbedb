"""Sending to issuers: what the dispatcher of webhooks asks of this room."""

import json
from typing import Final

from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import NotFound
from chalicelib.payments.bills.domain.issuer import Issuer
from chalicelib.payments.bills.service.issuers import ACCOUNTS, DIRECTORY
from chalicelib.payments.bills.service.outbox import OUTBOX
from chalicelib.webhooks.domain.endpoint import Payload
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service.owner import AccountOwner
from chalicelib.webhooks.service.sender import Sender


class _Issuers(AccountOwner[Issuer]):
    """The issuers as owners of endpoints; see `Owner`."""

    def open(self, message: Message) -> Payload | None:
        try:
            key = DIRECTORY.key_of(DIRECTORY.find(message.endpoint_id))
            return Payload(json.loads(key.open(message.message_id, message.sealed)))
        except (NotFound, DecryptionError):
            return None


SENDER: Final = Sender("send_issuer_messages", OUTBOX, _Issuers(DIRECTORY, ACCOUNTS))
