"""What is counted of enquiries: how many, how fast they are answered, and what people ask about."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.core.clock import office_time
from chalicelib.core.events import Event
from chalicelib.core.statistics import Row, Statistic, share
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import DailyCounts
from chalicelib.enquiries.domain.enquiry import OWNER_LENGTH
from chalicelib.enquiries.domain.statistics import COUNTS

_COUNTED_FOR: Final = timedelta(days=30)
_COUNT_OF: Final = {
    "enquiry.received": "received",
    "enquiry.answered": "answered",
    "enquiry.reopened": "reopened",
    "enquiry.overdue": "overdue",
    "enquiry.not_ours": "not_ours",
}
_NO_SERVICE: Final = "-"
_COLUMNS: Final = ("date", "office_id", "kind", "service_id", *COUNTS, "in_time_share")
_TOPICS: Final = ("week", "kind", "service_id", "received")


def rows(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell by day, hall, kind and service how many enquiries there were and what they became."""
    for row in _rows_of(offices, first, last):
        yield {
            "date": str(row.day),
            "office_id": row.office_id,
            "kind": row.kind,
            "service_id": row.service_id,
            **row.counts,
            "in_time_share": share(row.counts["in_time"], row.counts["answered"]),
        }


def topics(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell by week (ISO 8601) what people ask about, the most asked first."""
    asked: Counter[tuple[str, str, str]] = Counter()
    for row in _rows_of(offices, first, last):
        year, week, _ = row.day.isocalendar()
        asked[f"{year}-W{week:02}", row.kind, row.service_id] += row.counts["received"]
    ranked = sorted(asked.items(), key=lambda one: (one[0][0], -one[1], one[0]))
    for (week_name, kind, service_id), number in ranked:
        if number:
            values = (week_name, kind, service_id, number)
            yield dict(zip(_TOPICS, values, strict=True))


ENQUIRIES: Final = Statistic(_COLUMNS, rows)
TOPICS: Final = Statistic(_TOPICS, topics)


def count(event: Event, now: datetime) -> None:
    """Add an event, once, to the day's counts."""
    counts = _counts_of(event)
    if not counts:
        return
    row = DailyCounts(
        office_time(event.moment).date(),
        event.data["office"],
        event.data["kind"],
        event.data.get("service") or _NO_SERVICE,
        counts,
    )
    tidy_at = int((now + _COUNTED_FOR).timestamp())
    storage.count_once(event.subject[OWNER_LENGTH:], event.seq, row, tidy_at)


def is_counted(event: Event) -> bool:
    """Tell whether an event was counted, or need not be."""
    if not _counts_of(event):
        return True
    return storage.was_counted(event.subject[OWNER_LENGTH:], event.seq)


def _counts_of(event: Event) -> dict[str, int]:
    if event.type not in _COUNT_OF or "further" in event.data:
        return {}
    in_time = {"in_time": 1} if event.data.get("in_time") == "1" else {}
    return {_COUNT_OF[event.type]: 1, **in_time}


def _rows_of(offices: frozenset[str], first: date, last: date) -> Iterator[DailyCounts]:
    return (row for row in storage.load_daily_counts(first, last) if row.office_id in offices)
