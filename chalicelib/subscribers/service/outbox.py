"""Where messages to subscribers wait."""

from typing import Final

from chalicelib.subscribers.storage import TABLE
from chalicelib.webhooks.service.sender import Outbox

OUTBOX: Final = Outbox(TABLE, lambda subject: f"P#{subject}")
