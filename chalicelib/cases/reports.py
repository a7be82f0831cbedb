"""Figures about cases: times against promises, and ratings; no scan, and nothing personal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Status
from chalicelib.cases.storage import Listed, Tally
from chalicelib.core.clock import OFFICE_ZONE

_DECIDED: Final = (
    Status.ISSUED,
    Status.COMPLETED,
    Status.DECLINED,
    Status.REJECTED,
    Status.WITHDRAWN,
)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Row:
    """The cases of one hall and service that were decided in a span of days.

    `hours` is the mean time from lodging to decision, corrections included; `in_promise` and
    `in_law` count those decided in time; `ratings` and `score` are the number of ratings given in
    the span and their mean, None where there are none.
    """

    office_id: str
    service_id: str
    decided: int
    in_promise: int
    in_law: int
    hours: float | None
    ratings: int
    score: float | None


def rows(office_ids: Iterable[str], first: date, last: date) -> list[Row]:
    """Return the rows of halls for the days from `first` to `last`, six Queries a hall."""
    found: list[Row] = []
    for office_id in office_ids:
        cases = _decided(office_id, first, last)
        tallies = _tallies(office_id, first, last)
        for service_id in sorted(cases.keys() | tallies.keys()):
            decided = cases.get(service_id, [])
            found.append(_row(office_id, service_id, decided, tallies.get(service_id)))
    return found


def ratings(service_id: str, office_id: str | None = None) -> tuple[int, float | None]:
    """Return how many rated a service, in one hall or in all, and the mean score."""
    by_office = storage.ratings_of(service_id)
    tallies = [t for office, t in by_office.items() if office_id in (None, office)]
    return _mean(Tally(sum(t.number for t in tallies), sum(t.total for t in tallies)))


def _decided(office_id: str, first: date, last: date) -> dict[str, list[Listed]]:
    begin = datetime.combine(first, time(), OFFICE_ZONE)
    end = datetime.combine(last + timedelta(days=1), time(), OFFICE_ZONE)
    found: dict[str, list[Listed]] = {}
    for status in _DECIDED:
        for listed in storage.list_work(office_id, status, begin, end, None, None):
            found.setdefault(listed.service_id, []).append(listed)
    return found


def _tallies(office_id: str, first: date, last: date) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for _, service_id, one in storage.ratings_between(
        office_id, f"{first:%Y%m%d}", f"{last:%Y%m%d}"
    ):
        so_far = found.get(service_id, Tally(0, 0))
        found[service_id] = Tally(so_far.number + one.number, so_far.total + one.total)
    return found


def _row(office_id: str, service_id: str, decided: list[Listed], tally: Tally | None) -> Row:
    number, score = _mean(tally or Tally(0, 0))
    took = [(one.decided_at - one.lodged_at) / _HOUR for one in decided if one.decided_at]
    return Row(
        office_id,
        service_id,
        len(decided),
        sum(1 for one in decided if one.decided_at and one.decided_at <= one.promised_at),
        sum(1 for one in decided if one.decided_at and one.decided_at <= one.due_at),
        round(sum(took) / len(took), 2) if took else None,
        number,
        score,
    )


def _mean(tally: Tally) -> tuple[int, float | None]:
    return tally.number, round(tally.total / tally.number, 2) if tally.number else None
