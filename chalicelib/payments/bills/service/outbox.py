"""Where messages to issuers wait: in the table of bills, beside what they are about."""

from typing import Final

from chalicelib.payments.bills.domain.numbers import BILL_ID_LENGTH
from chalicelib.payments.bills.storage import TABLE
from chalicelib.webhooks.service.sender import Outbox


def is_bill(subject: str) -> bool:
    """Tell whether a message is about a bill; else it is a ping, about its issuer."""
    # An issuer's id is never as long as a bill's.
    return len(subject) == BILL_ID_LENGTH


def _partition_of(subject: str) -> str:
    return f"B#{subject}" if is_bill(subject) else f"P#{subject}"


OUTBOX: Final = Outbox(TABLE, _partition_of)
