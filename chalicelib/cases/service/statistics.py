"""Figures about cases: times against promises, and ratings; no scan, and nothing personal."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import CaseStatus, CaseSummary, Span
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.ratings import mean
from chalicelib.core.statistics import Row, Statistic, share

_DECIDED: Final = (
    CaseStatus.ISSUED,
    CaseStatus.COMPLETED,
    CaseStatus.DECLINED,
    CaseStatus.REJECTED,
    CaseStatus.WITHDRAWN,
)
_KEYS: Final = ("date", "office_id", "service_id")
_HOUR: Final = timedelta(hours=1)


def case_times(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how many cases were decided each day, how many in time, and how long they took.

    The time runs from lodging to decision, corrections included; those count as in time by the
    limits that they moved. Five Queries a hall.
    """
    for (day, office_id, service_id), cases in sorted(_decided(offices, first, last).items()):
        took = [(one.decided_at - one.lodged_at) / _HOUR for one in cases if one.decided_at]
        in_promise = sum(1 for c in cases if c.decided_at and c.decided_at <= c.promised_at)
        in_law = sum(1 for c in cases if c.decided_at and c.decided_at <= c.due_at)
        yield {
            "date": day,
            "office_id": office_id,
            "service_id": service_id,
            "decided": len(cases),
            "in_promise": in_promise,
            "in_law": in_law,
            "share_in_promise": share(in_promise, len(cases)),
            "mean_hours": round(sum(took) / len(took), 1) if took else None,
        }


def channels(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how many of the cases decided each day their citizens had lodged themselves.

    For reports that are made at night: each case is read.
    """
    for (day, office_id, service_id), cases in sorted(_decided(offices, first, last).items()):
        online = storage.online_among([one.case_id for one in cases])
        yield {
            "date": day,
            "office_id": office_id,
            "service_id": service_id,
            "online": len(online),
        }


def ratings_by_day(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell how many people rated each day, and their mean score. One Query a hall."""
    for office_id in sorted(offices):
        found = storage.ratings_between(office_id, f"{first:%Y%m%d}", f"{last:%Y%m%d}")
        for day, service_id, tally in found:
            yield {
                "date": str(date.fromisoformat(day)),
                "office_id": office_id,
                "service_id": service_id,
                "ratings": tally.number,
                "mean_score": mean(tally),
            }


_FIGURES: Final = ("decided", "in_promise", "in_law", "share_in_promise", "mean_hours")
CASE_TIMES: Final = Statistic((*_KEYS, *_FIGURES), case_times)
RATINGS: Final = Statistic((*_KEYS, "ratings", "mean_score"), ratings_by_day)


def _decided(
    offices: frozenset[str], first: date, last: date
) -> dict[tuple[str, str, str], list[CaseSummary]]:
    begin = datetime.combine(first, time(), OFFICE_ZONE)
    end = datetime.combine(last + timedelta(days=1), time(), OFFICE_ZONE)
    found: dict[tuple[str, str, str], list[CaseSummary]] = {}
    for office_id in offices:
        for status in _DECIDED:
            for listed in storage.list_work(office_id, status, Span(begin, end)):
                day = str(office_time(listed.decided_at or begin).date())
                found.setdefault((day, office_id, listed.service_id), []).append(listed)
    return found
