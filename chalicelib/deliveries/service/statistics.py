"""What is counted of parcels: how long they took by courier and area, how many went wrong."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final, cast

from chalicelib.core.clock import office_time
from chalicelib.core.event_facts import DeliveryFacts
from chalicelib.core.events import Event
from chalicelib.core.statistics import Row, Statistic, share
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.statistics import DailyCounts
from chalicelib.deliveries.domain.track import ENDED, EVENT_OF

_COUNTED_FOR: Final = timedelta(days=30)
_COUNT_OF: Final[Mapping[str, str]] = {
    "delivery.requested": "requested",
    "delivery.delivered": "delivered",
    "delivery.attempt_failed": "attempts_failed",
    "delivery.returned": "returned",
    "delivery.lost": "lost",
    "delivery.refused": "refused",
    "delivery.cancelled": "cancelled",
}
_TIMES: Final = ("seconds_to_door", "seconds_on_the_way")
_ENDING: Final = frozenset(EVENT_OF[status] for status in ENDED)
_COLUMNS: Final = (
    "date",
    "office_id",
    "courier_id",
    "area",
    "requested",
    "delivered",
    "attempts_failed",
    "returned",
    "lost",
    "refused",
    "cancelled",
    "hours_to_door",
    "hours_on_the_way",
    "failed_share",
)


def rows(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell by day, hall, courier and area how many parcels there were and how long they took."""
    for row in storage.load_daily_counts(first, last):
        if row.office_id not in offices:
            continue
        counts = row.counts
        ended = sum(counts[name] for name in ("delivered", "returned", "lost", "refused"))
        yield {
            "date": str(row.day),
            "office_id": row.office_id,
            "courier_id": row.courier_id,
            "area": row.area,
            **{name: counts[name] for name in _COLUMNS[4:11]},
            "hours_to_door": _hours(counts["seconds_to_door"], counts["delivered"]),
            "hours_on_the_way": _hours(counts["seconds_on_the_way"], counts["delivered"]),
            "failed_share": share(ended - counts["delivered"], ended),
        }


DELIVERIES: Final = Statistic(_COLUMNS, rows)


def count(event: Event, now: datetime) -> None:
    """Add an event, once, to the day's counts and to the courier's load."""
    counts, load = _counts_of(event)
    if not counts and not load:
        return
    facts = cast("DeliveryFacts", event.data)
    row = DailyCounts(
        office_time(event.moment).date(),
        facts["office"],
        facts.get("courier") or "-",
        facts["area"],
        counts,
    )
    tidy_at = int((now + _COUNTED_FOR).timestamp())
    also = [OUTBOX.add_load(courier_id, by) for courier_id, by in load.items()]
    storage.count_once(event.subject, event.seq, row, also, tidy_at)


def is_counted(event: Event) -> bool:
    """Tell whether an event was counted, or need not be."""
    return not any(_counts_of(event)) or storage.was_counted(event.subject, event.seq)


def _counts_of(event: Event) -> tuple[dict[str, int], dict[str, int]]:
    """Return what an event adds to the day's counts, and to the loads of couriers."""
    facts = cast("DeliveryFacts", event.data)
    courier_id = facts.get("courier")
    counts = {_COUNT_OF[event.type]: 1} if event.type in _COUNT_OF else {}
    if event.type == "delivery.delivered":
        # Entries of reports that came after the end may say them again.
        counts |= {name: int(event.data[name]) for name in _TIMES if name in event.data}
    load: dict[str, int] = {}
    if courier_id and event.type in ("delivery.requested", "delivery.assigned"):
        load[courier_id] = 1
    if courier_id and event.type in _ENDING:
        load[courier_id] = -1
    if "former_courier" in facts:
        load[facts["former_courier"]] = -1
    return counts, load


def _hours(seconds: int, count: int) -> float | None:
    return round(seconds / count / 3600, 1) if count else None
