"""What payments and parcels tell their cases: each event once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import (
    Case,
    CaseStatus,
    DeliveryUpdate,
    Effects,
    PaymentStatus,
    alerts,
    deadlines,
)
from chalicelib.cases.domain.originals import carried as originals_on_the_way
from chalicelib.cases.domain.originals import expected_again, to_come
from chalicelib.cases.service import changes, originals
from chalicelib.catalogue import service as catalogue
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.event_types import CaseEvent

_SYSTEM: Final = "system:follow_up"
_LOST: Final = "lost"
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
        is_later = _is_later(update.event_id, old.delivery_seen)
        if is_later:
            new = replace(
                old,
                delivery_id=update.delivery_id,
                delivery_status=update.status,
                delivery_seen=update.event_id,
            )
        # After the word that it was lost, what came before that says nothing of the originals.
        if update.direction == "to_office" and (is_later or old.delivery_status != _LOST):
            new, came = _with_originals(old, new, update, now)
            events += came
        brought = update.status == "delivered" and update.direction == "to_citizen"
        if brought and (old.ended or old.status is CaseStatus.ISSUED):
            new, back = originals.brought_back(new)
            events += back
        if brought and old.status is CaseStatus.ISSUED and not originals.missing_at_handover(old):
            new = alerts.answered(replace(new, status=CaseStatus.COMPLETED))
            events.append(DomainEvent("case.completed", {}))
        return changes.decided(new, now, *events, effects=Effects(event_id=update.event_id))

    facts = {
        "delivery": update.delivery_id,
        "delivery_status": update.status,
        "direction": update.direction,
    }
    _note(case_id, update.event_id, now, decide)


def _with_originals(
    old: Case, case: Case, update: DeliveryUpdate, now: datetime
) -> tuple[Case, list[DomainEvent]]:
    """Return a case whose originals are on their way, came, or were lost, and what that means.

    What came lifts it in the work list; for what was lost it waits for its citizen's visit.
    """
    was_lost = (old.delivery_id, old.delivery_status) == (update.delivery_id, _LOST)
    is_lost = update.status == _LOST and not was_lost and case.running
    if is_lost and to_come(case.originals):
        visit_by = deadlines.another_visit_by(catalogue.office(case.office_id), now)
        event = DomainEvent("case.originals_lost", {"until": rfc3339(visit_by)})
        return replace(case, originals=expected_again(case.originals), visit_by=visit_by), [event]
    moved = originals_on_the_way(case.originals, update.status)
    came = {one.material_id for one in moved if one.status == "arrived"}
    were = {one.material_id for one in case.originals if one.status == "arrived"}
    if not came - were:
        return replace(case, originals=moved), []
    lifted_at = now.replace(microsecond=0)
    new = replace(case, originals=moved, lifted_at=lifted_at, visit_by=None)
    return new, [DomainEvent("case.originals_arrived", {})]


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
