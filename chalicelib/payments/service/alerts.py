"""What staff are alarmed of, by the payments' own events: no crash loses an alert.

| event | alert |
|---|---|
| money that is not believed | its reason, until two persons decide |
| a refund that waits | refund_abnormal, or refund_refused_for_now, until it ends |
| a refund that ended without | refund_failed, or refund_returned where it had gone |
| money that went without us | refund_outside, or chargeback |
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from chalicelib.core.events import Event
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.domain.provider_state import is_external
from chalicelib.payments.domain.refunds import Refund, RefundStatus
from chalicelib.payments.domain.unmatched import unmatched_facts
from chalicelib.payments.service import transitions
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert

_REFUSED: Final = "refund_refused_for_now"
_WAITS: Final = {"ABNORMAL": "refund_abnormal"}
_DECIDED: Final = frozenset({"payment.held_accepted", "payment.held_returned"})
# Of what an alert is, and its code.
_Name = tuple[str, str]


def follow(event: Event, now: datetime) -> None:
    """Raise and clear what an event is worth as its payment is now. Idempotent."""
    payment = transitions.load(event.subject)
    due, over = _due(payment, event), _over(payment, event)
    for subject, code in due:
        if not _is_raised(subject, code, event):
            facts = _facts(payment, subject)
            office_id, at = payment.office_id, event.moment
            supervision.raise_alert(Alert(subject, code, "fee", office_id, at, facts=facts))
    for subject, code in over:
        supervision.clear_alert(subject, code, now)


def arrived(event: Event) -> bool:
    """Tell whether the alerts that an event is worth were raised; raises NotFound."""
    due = _due(transitions.load(event.subject), event)
    return all(_is_raised(subject, code, event) for subject, code in due)


def _due(payment: Payment, event: Event) -> list[_Name]:
    money = payment.undecided
    if event.type == "payment.held":
        same = money and money.reason == event.data["reason"]
        return [(payment.payment_id, money.reason)] if money and same else []
    refund = payment.refund(event.data.get("refund", ""))
    return list(_of_refund(refund, event)) if refund else []


def _of_refund(refund: Refund, event: Event) -> Iterator[_Name]:
    ended = event.type.removeprefix("payment.refund_")
    if ended == "waits" and refund.trouble:
        yield refund.refund_id, _WAITS.get(refund.trouble, _REFUSED)
    if ended == "failed" and refund.status is RefundStatus.FAILED:
        yield refund.refund_id, "refund_returned" if refund.returned else "refund_failed"
    if ended == "succeeded" and is_external(refund):
        code = "chargeback" if refund.reason == "chargeback" else "refund_outside"
        yield refund.refund_id, code


def _over(payment: Payment, event: Event) -> list[_Name]:
    if event.type in _DECIDED:
        return [(payment.payment_id, event.data["reason"])]
    refund = payment.refund(event.data.get("refund", ""))
    if refund and not refund.trouble and "vendor_code" in event.data:
        return [(refund.refund_id, _WAITS.get(event.data["vendor_code"], _REFUSED))]
    return []


def _is_raised(subject: str, code: str, event: Event) -> bool:
    alert = supervision.find_alert(subject, code)
    return alert is not None and alert.last_raised_at >= event.moment


def _facts(payment: Payment, subject: str) -> dict[str, str]:
    facts = {"payment": payment.payment_id, "of": payment.subject, "provider": payment.provider}
    refund, money = payment.refund(subject), payment.undecided
    if refund:
        return {**facts, "refund": subject, "vendor_code": refund.trouble or ""}
    return {**facts, **(unmatched_facts(money) if money else {})}
