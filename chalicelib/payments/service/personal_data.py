"""What this room keeps: histories for auditors, and all about a citizen for the citizen."""

from datetime import datetime
from typing import Final

from chalicelib.core import audit
from chalicelib.core.clock import rfc3339
from chalicelib.identity.service import personal_data_requests
from chalicelib.payments import storage


def history_of(payment_id: str) -> audit.SubjectHistory | None:
    """Return a payment's history, for auditors of its hall."""
    payment = storage.load(payment_id)
    if payment is None:
        return None
    entries = tuple(storage.load_entries(payment_id))
    return audit.SubjectHistory(entries, payment.head, payment.office_id, payment.citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's payments as plain JSON values, for their export."""
    return [
        {
            "payment_id": payment.payment_id,
            "of": payment.subject,
            "service_id": payment.service_id,
            "amount": {"cents": payment.amount.cents, "currency": payment.amount.currency},
            "method": payment.method,
            "status": payment.status.value,
            "received": {"cents": payment.received, "currency": payment.currency},
            "refunded": {"cents": payment.refunded, "currency": payment.currency},
            "receipt_number": payment.receipt_number,
            "created_at": rfc3339(payment.created_at),
        }
        for payment in storage.all_of(citizen_id)
    ]


def open_things(citizen_id: str) -> list[str]:
    """Return the ids of the citizen's payments that are open or being given back."""
    return [
        payment.payment_id
        for payment in storage.all_of(citizen_id)
        if not payment.finished or payment.refund_pending
    ]


def _forget(_citizen_id: str, _now: datetime) -> None:
    """Keep the books: they hold no personal data but what the citizen's key seals."""


PERSONAL_DATA: Final = personal_data_requests.Holder(
    "payments", held_about, _forget, open_things, thing="payment"
)
