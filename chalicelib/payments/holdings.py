"""What this room keeps: histories for auditors, and all about a citizen for the citizen."""

from datetime import datetime
from typing import Final

from chalicelib.core import audit
from chalicelib.core.clock import rfc3339
from chalicelib.identity.service import personal
from chalicelib.payments import storage


def history_of(payment_id: str) -> audit.SubjectHistory | None:
    """Return a payment's history, for auditors of its hall."""
    found = storage.load(payment_id)
    if found is None:
        return None
    entries = tuple(storage.load_entries(payment_id))
    return audit.SubjectHistory(entries, found.head, found.office_id, found.citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's payments as plain JSON values, for their export."""
    return [
        {
            "payment_id": found.payment_id,
            "of": found.subject,
            "service_id": found.service_id,
            "amount": {"cents": found.amount.cents, "currency": found.amount.currency},
            "method": found.method,
            "status": found.status.value,
            "received": {"cents": found.received, "currency": found.currency},
            "refunded": {"cents": found.refunded, "currency": found.currency},
            "receipt_number": found.receipt_number,
            "created_at": rfc3339(found.created_at),
        }
        for found in storage.all_of(citizen_id)
    ]


def open_things(citizen_id: str) -> list[str]:
    """Return the ids of the citizen's payments that are open or being given back."""
    return [
        one.payment_id
        for one in storage.all_of(citizen_id)
        if not one.finished or one.refund_pending
    ]


def _forget(_citizen_id: str, _now: datetime) -> None:
    """Keep the books: they hold no personal data but what the citizen's key seals."""


PERSONAL_DATA: Final = personal.Holder("payments", held_about, open_things, _forget)
