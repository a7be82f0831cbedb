"""What payments and parcels tell their cases: each event once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, CaseStatus, DeliveryUpdate, Effects, PaymentStatus, alerts
from chalicelib.cases.domain.originals import carried as originals_on_the_way
from chalicelib.cases.service import changes, originals
from chalicelib.core.changes import Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.event_types import CaseEvent

_SYSTEM: Final = "system:follow_up"
_PAYMENT_EVENTS: Final[Mapping[PaymentStatus, CaseEvent]] = {
    "paid": "case.paid",
    "refunded": "case.refunded",
    "partly_refunded": "case.refunded",
}


def note_payment(
    case_id: str, event_id: str, now: datetime, status: Callable[[], PaymentStatus]
) -> None:
    """Take note of what all payments of a case come to, once for each of their events.

    `status` is read after the case, and each event writes the case: whatever the order in which
    events come, the last to write has read what all of them said. Raises NotFound.
    """

    def decide(old: Case) -> changes.Decided:
        new = replace(old, payment_status=status())
        type_: CaseEvent = "case.payment_updated"
        if new.payment_status != old.payment_status:
            type_ = _PAYMENT_EVENTS.get(new.payment_status, type_)
        facts = {"payment": _subject(event_id), "payment_status": new.payment_status}
        return changes.decided(
            new, now, DomainEvent(type_, facts), effects=Effects(event_id=event_id)
        )

    _note(case_id, event_id, now, decide)


def was_noted(case_id: str, event_id: str) -> bool:
    """Tell whether a payment's or a delivery's event was taken note of."""
    return storage.was_noted(case_id, event_id)


def note_delivery(case_id: str, update: DeliveryUpdate, now: datetime) -> None:
    """Take note of a delivery's event, once for each; what was brought ends an issued case.

    Raises NotFound.
    """

    def decide(old: Case) -> changes.Decided:
        new, events = old, [DomainEvent("case.delivery_updated", facts)]
        if _is_later(update.event_id, old.delivery_seen):
            new = replace(
                old,
                delivery_id=update.delivery_id,
                delivery_status=update.status,
                delivery_seen=update.event_id,
            )
        if update.direction == "to_office":
            new = _with_originals(new, update.status, now)
            if new.lifted_at != old.lifted_at:
                events.append(DomainEvent("case.originals_arrived", {}))
        brought = update.status == "delivered" and update.direction == "to_citizen"
        if brought and old.status is CaseStatus.ISSUED and not originals.missing_at_handover(old):
            new = alerts.answered(replace(new, status=CaseStatus.COMPLETED))
            events.append(DomainEvent("case.completed", {}))
        return changes.decided(new, now, *events, effects=Effects(event_id=update.event_id))

    facts = {"delivery": update.delivery_id, "delivery_status": update.status}
    _note(case_id, update.event_id, now, decide)


def _with_originals(case: Case, status: str, now: datetime) -> Case:
    """Return a case whose originals are on their way, or came and lift it in the work list."""
    moved = originals_on_the_way(case.originals, status)
    came = {one.material_id for one in moved if one.status == "arrived"}
    were = {one.material_id for one in case.originals if one.status == "arrived"}
    lifted_at = now.replace(microsecond=0) if came - were else case.lifted_at
    visit_by = None if came - were else case.visit_by
    return replace(case, originals=moved, lifted_at=lifted_at, visit_by=visit_by)


def _note(
    case_id: str, event_id: str, now: datetime, decide: Callable[[Case], changes.Decided]
) -> None:
    """Take note of an event, once."""
    changes.apply(
        lambda: _load(case_id),
        decide,
        Author(_SYSTEM, now),
        done=lambda: storage.was_noted(case_id, event_id),
    )


def _load(case_id: str) -> Case:
    case = storage.load(case_id)
    if case is None:
        raise NotFound
    return case


def _subject(event_id: str) -> str:
    return event_id.rpartition(".")[0]


def _is_later(event_id: str, seen: str | None) -> bool:
    """Tell whether an event is not older than the last one of the same subject."""
    if seen is None or _subject(seen) != _subject(event_id):
        return True
    return int(event_id.rpartition(".")[2]) > int(seen.rpartition(".")[2])
