"""Handlers of events of cases, couriers and deliveries; events come at least once."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, cast, get_args

from chalicelib.cases import service as cases
from chalicelib.cases.domain import Address, Case, CaseStatus, DeliveryUpdate
from chalicelib.cases.service import originals
from chalicelib.catalogue import service as catalogue
from chalicelib.core import event_handlers
from chalicelib.core.changes import Author
from chalicelib.core.errors import NotFound
from chalicelib.core.event_facts import DeliveryFacts
from chalicelib.core.event_handlers import Checks, Handlers
from chalicelib.core.event_types import DeliveryEvent, EventType
from chalicelib.core.events import Event
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.deliveries.couriers.service import alerts as courier_alerts
from chalicelib.deliveries.domain.delivery import Delivery, Direction, Flag
from chalicelib.deliveries.domain.track import EVENT_OF
from chalicelib.deliveries.service import changes, creation, statistics, steps
from chalicelib.deliveries.service.changes import Step
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert, AlertKind

_ACTOR: Final = "system:follow_up"
_PARCEL: Final = "parcel_"
_DIRECTIONS: Final[tuple[Direction, ...]] = ("to_citizen", "to_office")


def follow_up(event: Event, now: datetime) -> None:
    """Handle one event. Idempotent; unknown types are ignored."""
    event_handlers.handle(_HANDLERS, event, now)


def arrived(event: Event) -> bool:
    """Tell whether an event of a case or a delivery had its effect; raises NotFound.

    Events of couriers are not checked.
    """
    return event_handlers.took_effect(_CHECKS, event)


def _is_dispatched(event: Event) -> bool:
    case = cases.load(event.subject)
    if not creation.may_leave(case):
        return True
    delivery = creation.current(event.subject, "to_citizen")
    if delivery is not None:
        return delivery.released or delivery.ended
    return _where_to(case) is None


def _are_cancelled(event: Event) -> bool:
    deliveries = [creation.current(event.subject, direction) for direction in _DIRECTIONS]
    return not any(one and one.changeable and not _brings_back(one) for one in deliveries)


def _is_noted_by_case(event: Event) -> bool:
    facts = _facts(event)
    return "case" not in facts or cases.was_noted(facts["case"], event.event_id)


def _is_alerted(event: Event) -> bool:
    """Tell whether the alerts of an event's flags are as the parcel says."""
    flags = _flags_of(event)
    if not flags:
        return True
    delivery = changes.load(event.subject)
    return all(_alert_fits(delivery, flag, event.moment) for flag in flags)


def _alert_fits(delivery: Delivery, flag: str, at: datetime) -> bool:
    alert = supervision.find_alert(delivery.delivery_id, f"{_PARCEL}{flag}")
    if flag == delivery.flag:
        return alert is not None and alert.last_raised_at >= at
    return alert is None or alert.cleared_at is not None


def _dispatch_result(event: Event, now: datetime) -> None:
    """Send a case's result, with its originals: the parcel that waited, or the one applied for.

    Idempotent.
    """
    case_id = event.subject
    case = cases.load(case_id)
    if not creation.may_leave(case):
        return
    waiting = creation.current(case_id, "to_citizen")
    if waiting is None:
        address = _where_to(case)
        if address:
            attempt = Attempt(derived_id("wanted", case_id, length=16), "wanted")
            creation.begin(case, address, _ACTOR, attempt, now)
        return

    def decide(old: Delivery) -> Step | None:
        if old.released or old.ended:
            return None
        # Another hall may have the case by now, and the result with it.
        here = replace(old, office_id=case.office_id)
        return steps.release(here, creation.courier_for(here, now), now)

    changes.change(lambda: changes.load(waiting.delivery_id), decide, Author(_ACTOR, now))


def _where_to(case: Case) -> Address | None:
    """Return where a result is brought: as applied for, or where its originals were fetched."""
    address = cases.delivery_address(case.case_id)
    if address is None and originals.sent_back(case):
        return cases.pickup_address(case.case_id)
    return address


def _order_pickup(event: Event, now: datetime) -> None:
    """Let a courier fetch a case's originals, once it is time for them. Idempotent."""
    case = cases.load(event.subject)
    if _is_pickup_due(event, case):
        creation.begin_pickup(case, cases.pickup_address(case.case_id), _ACTOR, now)


def _is_pickup_ordered(event: Event) -> bool:
    is_due = _is_pickup_due(event, cases.load(event.subject))
    return not is_due or creation.current(event.subject, "to_office") is not None


def _is_pickup_due(event: Event, case: Case) -> bool:
    """Tell whether originals are fetched now: before the decision, or when the answer is yes."""
    service = catalogue.current().services.get(case.service_id)
    when = {"before_decision": "case.prechecked", "at_handover": "case.approved"}
    is_time = service is not None and when[service.originals] == event.type
    is_past = case.ended or creation.may_leave(case)
    return case.handover == "courier" and is_time and not is_past


def _cancel_parcels(event: Event, now: datetime) -> None:
    """Cancel the parcels of a case that has ended, but for what brings originals back."""
    for direction in _DIRECTIONS:
        delivery = creation.current(event.subject, direction)
        if delivery and delivery.changeable and not _brings_back(delivery):
            find = partial(changes.load, delivery.delivery_id)
            changes.change(find, _cancelled_if_possible, Author(_ACTOR, now))


def _return_originals(event: Event, now: datetime) -> None:
    """Let a courier bring back what one has brought, of a case that ended with no parcel for it.

    Originals that were on their way when it ended go back once they have come. Idempotent.
    """
    case = cases.load(event.subject)
    address = cases.pickup_address(case.case_id) if _owes_parcel(case) else None
    if address:
        creation.begin_return(case, address, _ACTOR, now)


def _are_originals_returned(event: Event) -> bool:
    case = cases.load(event.subject)
    if not _owes_parcel(case) or cases.pickup_address(case.case_id) is None:
        return True
    return creation.returning(case.case_id) is not None


def _owes_parcel(case: Case) -> bool:
    """Tell whether originals go back alone: there is no result, or it was handed over already."""
    if not case.ended or not originals.sent_back(case):
        return False
    return case.owes_originals or creation.current(case.case_id, "to_citizen") is None


def _brings_back(delivery: Delivery) -> bool:
    """Tell whether a parcel holds originals that its citizen has not got back."""
    case = cases.load(delivery.case_id)
    is_with_result = delivery.direction == "to_citizen" and case.status is CaseStatus.COMPLETED
    return is_with_result and bool(originals.sent_back(case))


def _cancelled_if_possible(old: Delivery) -> Step | None:
    return steps.cancel(old) if old.changeable else None


def _update_alerts(event: Event, now: datetime) -> None:
    """Raise the alerts of a parcel's flags, and clear them once staff or the parcel moved on.

    An event may come late or again, so it only says what to look for; the parcel says what is.
    """
    flags = _flags_of(event)
    if not flags:
        return
    delivery = changes.load(event.subject)
    for flag in flags:
        code = f"{_PARCEL}{flag}"
        if flag != delivery.flag:
            supervision.clear_alert(delivery.delivery_id, code, now)
            continue
        kind: AlertKind = "time_limit" if flag == Flag.SILENT.value else "integrity"
        facts = {"case": delivery.case_id, "courier": delivery.courier_id or ""}
        subject, office_id = delivery.delivery_id, delivery.office_id
        supervision.raise_alert(Alert(subject, code, kind, office_id, now, facts=facts))


def _flags_of(event: Event) -> set[str]:
    facts = _facts(event)
    return {flag for flag in (facts.get("flag"), facts.get("answered_flag")) if flag}


def _facts(event: Event) -> DeliveryFacts:
    return cast("DeliveryFacts", event.data)


def _notify_case(event: Event, now: datetime) -> None:
    facts = _facts(event)
    if "case" not in facts:
        return
    case_id, status = facts["case"], facts["status"]
    to_office = facts["direction"] == "to_office"
    direction: Direction = "to_office" if to_office else "to_citizen"
    update = DeliveryUpdate(event.subject, status, event.event_id, direction)
    try:
        cases.note_delivery(case_id, update, now)
    except NotFound:
        # A case that was erased has nothing to take note of.
        return


_DELIVERY_EVENTS: Final[tuple[DeliveryEvent, ...]] = get_args(DeliveryEvent)
_STATUS_EVENTS: Final[tuple[DeliveryEvent, ...]] = tuple(EVENT_OF.values())
# After these, as after `case.completed`, nobody waits for a parcel any more.
_IN_VAIN: Final[tuple[EventType, ...]] = ("case.withdrawn", "case.declined", "case.rejected")
_PICKUPS: Final[tuple[EventType, ...]] = ("case.prechecked", "case.approved")
_HANDLERS: Final[Handlers] = {
    **dict.fromkeys(_PICKUPS, (_order_pickup,)),
    "case.issued": (_dispatch_result,),
    "case.originals_checked": (_dispatch_result,),
    "case.completed": (_cancel_parcels, _return_originals),
    **dict.fromkeys(_IN_VAIN, (_cancel_parcels, _return_originals)),
    "case.originals_arrived": (_return_originals,),
    "courier.disabled": (courier_alerts.tell_halls,),
    "courier.recovered": (courier_alerts.tell_halls,),
    "courier.resumed": (courier_alerts.tell_halls,),
    "courier.troubled": (courier_alerts.tell_halls,),
    **dict.fromkeys(_DELIVERY_EVENTS, (_update_alerts, statistics.count)),
    **dict.fromkeys(_STATUS_EVENTS, (_update_alerts, statistics.count, _notify_case)),
}
_CHECKS: Final[Checks] = {
    **dict.fromkeys(_PICKUPS, (_is_pickup_ordered,)),
    "case.issued": (_is_dispatched,),
    "case.originals_checked": (_is_dispatched,),
    "case.completed": (_are_cancelled, _are_originals_returned),
    **dict.fromkeys(_IN_VAIN, (_are_cancelled, _are_originals_returned)),
    "case.originals_arrived": (_are_originals_returned,),
    **dict.fromkeys(_DELIVERY_EVENTS, (statistics.is_counted, _is_alerted)),
    **dict.fromkeys(_STATUS_EVENTS, (statistics.is_counted, _is_noted_by_case, _is_alerted)),
}
