"""Reconciliation: our days beside the providers' own lists of them."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.core import worker
from chalicelib.core.auth import Staff
from chalicelib.core.clock import office_time
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.payments import providers, storage
from chalicelib.payments.domain.movements import Books, add, no_sums
from chalicelib.payments.providers.base import Refused, Unanswered
from chalicelib.payments.service.comparison import NOT_COMPARED, Comparison
from chalicelib.supervision import service as supervision

_LOG: Final = logging.getLogger("onetrip.payments")
# What was not compared is tried again for as long as providers keep their lists at hand.
_TRIED_AGAIN: Final = 7
# Today's books go on; who looks often sees them as they were a moment ago.
_LOOKED_AT: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's books of some halls: sums by provider and currency, what differs, since when."""

    totals: Mapping[tuple[str, str], Mapping[str, int]]
    differences: Sequence[Mapping[str, str]]
    compared_at: str | None


def compare(day: date, now: datetime, names: Collection[str] | None = None) -> list[Books]:
    """Compare a day with each provider (or those named), and keep what was found.

    One that does not answer, says no, or makes no sense is `not_compared`; the others go on.
    Raises TryAgain when one could not be kept, after the others.
    """
    chosen = [name for name in providers.in_use() if names is None or name in names]
    compared = worker.each("compare_books", chosen, lambda name: _compared(name, day, now))
    if len(compared) < len(chosen):
        raise TryAgain(retry_after=2)
    return compared


def _compared(name: str, day: date, now: datetime) -> Books:
    comparison = Comparison(name, day, now)
    try:
        books = comparison.run()
        supervision.clear_alert(f"books:{name}:{day}", "books_unavailable", now)
    except (Unanswered, Refused, TryAgain, NotFound) as error:
        facts = {"provider": name, "reason": type(error).__name__}
        _LOG.warning("day_not_compared", extra=facts)
        books = comparison.not_compared()
    storage.store_books(f"{day:%Y%m%d}", books)
    return books


def compare_missing(last: date, now: datetime) -> list[Books]:
    """Compare a day, and those before it that were compared in vain or not to their end."""
    compared = compare(last, now)
    for step in range(1, _TRIED_AGAIN):
        day = last - timedelta(days=step)
        kept = storage.load_books(f"{day:%Y%m%d}")
        if kept:
            compared += compare(day, now, _to_compare(kept, day, now))
    return compared


def of_day(staff: Staff, day: date, now: datetime) -> Day:
    """Return a day's books of the staff's halls, and the differences from the providers'.

    A day that was last compared before it was over, or in vain, is compared now.
    """
    kept = storage.load_books(f"{day:%Y%m%d}")
    again = _to_compare(kept, day, now)
    if again:
        kept = [one for one in kept if one.provider not in again] + compare(day, now, again)
    totals: dict[tuple[str, str], dict[str, int]] = {}
    for moved in storage.movements_of(f"{day:%Y%m%d}"):
        if moved.office_id in staff.office_ids:
            sums = totals.setdefault((moved.provider, moved.amount.currency), no_sums())
            add(sums, moved)
    offices = staff.office_ids | {""}
    differences = [
        one for books in kept for one in books.differences if one["office_id"] in offices
    ]
    return Day(totals, differences, max((books.at for books in kept), default=None))


def _is_old(books: Books, day: date, now: datetime) -> bool:
    at = datetime.fromisoformat(books.at)
    in_vain = any(one["name"] == NOT_COMPARED for one in books.differences)
    return (in_vain or office_time(at).date() <= day) and now - at > _LOOKED_AT


def _to_compare(kept: Sequence[Books], day: date, now: datetime) -> set[str]:
    done = {books.provider for books in kept if not _is_old(books, day, now)}
    return set(providers.in_use()) - done
