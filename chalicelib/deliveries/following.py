"""What other rooms' events mean for deliveries, and deliveries' for others: at least once."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chalicelib.cases import alerts
from chalicelib.cases import service as cases
from chalicelib.cases.domain import Status as CaseStatus
from chalicelib.cases.storage import AlertKind
from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound
from chalicelib.core.events import Event
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.deliveries import couriers, service, storage
from chalicelib.deliveries.accounts import State
from chalicelib.deliveries.domain import ENDED, Delivery, Direction, Figures, Flag, Status
from chalicelib.deliveries.service import Step

_ACTOR: Final = "system:follow_up"
_COUNTED_FOR: Final = timedelta(days=30)
# After these nobody waits for a parcel any more.
_OVER: Final = frozenset({"case.withdrawn", "case.declined", "case.rejected", "case.completed"})
_PARCEL: Final = "parcel_"
_DIRECTIONS: Final[tuple[Direction, ...]] = ("to_citizen", "to_office")
_OF_ENDPOINTS: Final = frozenset(
    {"courier.troubled", "courier.recovered", "courier.disabled", "courier.resumed"}
)
_COUNT_OF: Final = {
    "delivery.requested": "requested",
    "delivery.delivered": "delivered",
    "delivery.attempt_failed": "attempts_failed",
    "delivery.returned": "returned",
    "delivery.lost": "lost",
    "delivery.refused": "refused",
    "delivery.cancelled": "cancelled",
}
_TIMES: Final = ("seconds_to_door", "seconds_on_the_way")
_ENDING: Final = frozenset(f"delivery.{status.value}" for status in ENDED)
_STATUS: Final = frozenset(f"delivery.{status.value}" for status in Status)


def follow_up(event: Event, now: datetime) -> None:
    """Do what an event asks of this room; again changes nothing, and others are ignored."""
    if event.type == "case.issued":
        _bring(event.subject, now)
    elif event.type in _OVER:
        _call_off(event.subject, now)
    elif event.type.startswith("courier."):
        _tell_halls(event, now)
    elif event.type.startswith("delivery."):
        _alert(event, now)
        _count(event, now)
        if event.type in _STATUS and "case" in event.data:
            _tell_case(event, now)


def arrived(event: Event) -> bool:
    """Tell whether what an event of a case or a delivery asks of this room was done.

    What couriers' endpoints are like is not looked at. Raises NotFound for what is none.
    """
    if event.type == "case.issued":
        return _is_brought(event.subject)
    if event.type in _OVER:
        found = [service.current(event.subject, direction) for direction in _DIRECTIONS]
        return not any(one and one.changeable for one in found)
    if not event.type.startswith("delivery."):
        return True
    told = event.type in _STATUS and "case" in event.data
    return (
        (not any(_counts_of(event)) or storage.was_counted(event.subject, event.seq))
        and (not told or cases.was_noted(event.data["case"], event.event_id))
        and _is_alerted(event)
    )


def _is_brought(case_id: str) -> bool:
    made = service.current(case_id, "to_citizen")
    if made is not None:
        return made.released or made.ended
    case = cases.load(case_id)
    return case.wanted_delivery is None or case.status is not CaseStatus.ISSUED


def _is_alerted(event: Event) -> bool:
    """Tell whether the alerts of an event's flags are as the parcel says."""
    told = _flags_of(event)
    if not told:
        return True
    found = service.load(event.subject)
    return all(_alert_fits(found, flag, event.moment) for flag in told)


def _alert_fits(found: Delivery, flag: str, at: datetime) -> bool:
    alert = alerts.find(found.delivery_id, f"{_PARCEL}{flag}")
    if flag == found.flag:
        return alert is not None and datetime.fromisoformat(alert.last_at) >= at
    return alert is None or alert.cleared_at is not None


def _bring(case_id: str, now: datetime) -> None:
    """Send the result off: what waited is released, what the application asked for is made."""
    waiting = service.current(case_id, "to_citizen")
    if waiting is None:
        case, address = cases.load(case_id), cases.delivery_address(case_id)
        if address is None:
            return
        attempt = Attempt(derived_id("wanted", case_id, length=16), "wanted")
        service.begin(case, address, _ACTOR, attempt, now)
        return

    def decide(old: Delivery) -> Step | None:
        return None if old.released or old.ended else service.release(old, now)

    service.change(lambda: service.load(waiting.delivery_id), decide, _ACTOR, now)


def _call_off(case_id: str, now: datetime) -> None:
    for direction in _DIRECTIONS:
        found = service.current(case_id, direction)
        if found and found.changeable:
            find = partial(service.load, found.delivery_id)
            service.change(find, _cancelled_if_possible, _ACTOR, now)


def _cancelled_if_possible(old: Delivery) -> Step | None:
    return service.cancelled(old) if old.changeable else None


def _alert(event: Event, now: datetime) -> None:
    """Raise what staff should look at, and clear it once they did or the parcel went on.

    An event may come late or again, so it only says what to look for; the parcel says what is.
    """
    told = _flags_of(event)
    if not told:
        return
    found = service.load(event.subject)
    for flag in told:
        code = f"{_PARCEL}{flag}"
        if flag != found.flag:
            alerts.clear_alert(found.delivery_id, code, now)
            continue
        kind: AlertKind = "time_limit" if flag == Flag.SILENT.value else "integrity"
        facts = {"case": found.case_id, "courier": found.courier_id or ""}
        alerts.raise_alert(kind, code, found.office_id, found.delivery_id, now, facts=facts)


def _flags_of(event: Event) -> set[str]:
    return {event.data[name] for name in ("flag", "answered_flag") if name in event.data}


def _tell_halls(event: Event, now: datetime) -> None:
    """Tell a courier's halls whether its endpoint answers; the courier itself says what is."""
    if event.type not in _OF_ENDPOINTS:
        return
    courier = couriers.find(event.subject)
    wrong = {
        "courier_not_answering": storage.load_health(courier.courier_id).troubled,
        "courier_disabled": courier.state is State.DISABLED,
    }
    facts = {"courier": courier.courier_id}
    for office_id in [courier.office_id] if courier.office_id else catalogue.current().offices:
        subject = f"{courier.courier_id}@{office_id}"
        for code, holds in wrong.items():
            if holds:
                alerts.raise_alert("integrity", code, office_id, subject, now, facts=facts)
            else:
                alerts.clear_alert(subject, code, now)


def _tell_case(event: Event, now: datetime) -> None:
    case_id, status = event.data["case"], event.data["status"]
    try:
        cases.note_delivery(
            case_id,
            event.subject,
            status,
            event.event_id,
            now,
            direction="to_office" if event.data["direction"] == "to_office" else "to_citizen",
        )
    except NotFound:
        # A case that was erased has nothing to take note of.
        return


def _count(event: Event, now: datetime) -> None:
    """Add to the day's figures and to the courier's load."""
    counts, load = _counts_of(event)
    if not counts and not load:
        return
    figures = Figures(
        office_time(event.moment).date(),
        event.data["office"],
        event.data.get("courier") or "-",
        event.data["area"],
        counts,
    )
    tidy_at = int((now + _COUNTED_FOR).timestamp())
    storage.count_once(event.subject, event.seq, figures, load, tidy_at)


def _counts_of(event: Event) -> tuple[dict[str, int], dict[str, int]]:
    """Return what an event adds to the day's figures, and to the loads of couriers."""
    courier_id = event.data.get("courier")
    counts = {_COUNT_OF[event.type]: 1} if event.type in _COUNT_OF else {}
    counts |= {name: int(event.data[name]) for name in _TIMES if name in event.data}
    load: dict[str, int] = {}
    if courier_id and event.type in ("delivery.requested", "delivery.assigned"):
        load[courier_id] = 1
    if courier_id and event.type in _ENDING:
        load[courier_id] = -1
    if "former_courier" in event.data:
        load[event.data["former_courier"]] = -1
    return counts, load
