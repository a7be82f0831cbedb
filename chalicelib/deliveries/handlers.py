"""What other rooms' events mean for deliveries, and deliveries' for others: at least once."""

from datetime import datetime
from functools import partial
from typing import Final

from chalicelib.cases import service as cases
from chalicelib.cases.domain import CaseStatus, DeliveryUpdate
from chalicelib.core.changes import Author
from chalicelib.core.errors import NotFound
from chalicelib.core.events import Event
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.deliveries.couriers.service import alerts as courier_alerts
from chalicelib.deliveries.domain.delivery import Delivery, Direction, Flag
from chalicelib.deliveries.domain.track import DeliveryStatus
from chalicelib.deliveries.service import changes, creation, statistics, steps
from chalicelib.deliveries.service.changes import Step
from chalicelib.supervision import service as supervision
from chalicelib.supervision.domain import Alert, AlertKind

_ACTOR: Final = "system:follow_up"
# After these nobody waits for a parcel any more.
_OVER: Final = frozenset({"case.withdrawn", "case.declined", "case.rejected", "case.completed"})
_PARCEL: Final = "parcel_"
_DIRECTIONS: Final[tuple[Direction, ...]] = ("to_citizen", "to_office")
_STATUS: Final = frozenset(f"delivery.{status.value}" for status in DeliveryStatus)


def follow_up(event: Event, now: datetime) -> None:
    """Do what an event asks of this room; again changes nothing, and others are ignored."""
    if event.type == "case.issued":
        _bring(event.subject, now)
    elif event.type in _OVER:
        _call_off(event.subject, now)
    elif event.type.startswith("courier."):
        courier_alerts.tell_halls(event, now)
    elif event.type.startswith("delivery."):
        _alert(event, now)
        statistics.count(event, now)
        if event.type in _STATUS and "case" in event.data:
            _tell_case(event, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event of a case or a delivery asks of this room was done.

    What couriers' endpoints are like is not looked at. Raises NotFound for what is none.
    """
    if event.type == "case.issued":
        return _is_brought(event.subject)
    if event.type in _OVER:
        deliveries = [creation.current(event.subject, direction) for direction in _DIRECTIONS]
        return not any(delivery and delivery.changeable for delivery in deliveries)
    if not event.type.startswith("delivery."):
        return True
    concerns_case = event.type in _STATUS and "case" in event.data
    return (
        statistics.is_counted(event)
        and (not concerns_case or cases.was_noted(event.data["case"], event.event_id))
        and _is_alerted(event)
    )


def _is_brought(case_id: str) -> bool:
    delivery = creation.current(case_id, "to_citizen")
    if delivery is not None:
        return delivery.released or delivery.ended
    case = cases.load(case_id)
    return case.wanted_delivery is None or case.status is not CaseStatus.ISSUED


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


def _bring(case_id: str, now: datetime) -> None:
    """Send the result off: what waited is released, what the application asked for is made."""
    waiting = creation.current(case_id, "to_citizen")
    if waiting is None:
        case, address = cases.load(case_id), cases.delivery_address(case_id)
        if address is None:
            return
        attempt = Attempt(derived_id("wanted", case_id, length=16), "wanted")
        creation.begin(case, address, _ACTOR, attempt, now)
        return

    def decide(old: Delivery) -> Step | None:
        return None if old.released or old.ended else steps.release(old, now)

    changes.change(lambda: changes.load(waiting.delivery_id), decide, Author(_ACTOR, now))


def _call_off(case_id: str, now: datetime) -> None:
    for direction in _DIRECTIONS:
        delivery = creation.current(case_id, direction)
        if delivery and delivery.changeable:
            find = partial(changes.load, delivery.delivery_id)
            changes.change(find, _cancelled_if_possible, Author(_ACTOR, now))


def _cancelled_if_possible(old: Delivery) -> Step | None:
    return steps.cancel(old) if old.changeable else None


def _alert(event: Event, now: datetime) -> None:
    """Raise what staff should look at, and clear it once they did or the parcel went on.

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
    return {event.data[name] for name in ("flag", "answered_flag") if name in event.data}


def _tell_case(event: Event, now: datetime) -> None:
    case_id, status = event.data["case"], event.data["status"]
    to_office = event.data["direction"] == "to_office"
    direction: Direction = "to_office" if to_office else "to_citizen"
    update = DeliveryUpdate(event.subject, status, event.event_id, direction)
    try:
        cases.note_delivery(case_id, update, now)
    except NotFound:
        # A case that was erased has nothing to take note of.
        return
