"""Revenue: what came and what went back, by day, hall, service and method; nothing personal."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from chalicelib.core.statistics import Row, Statistic
from chalicelib.payments import storage

_KEYS: Final = ("date", "office_id", "service_id", "method", "currency")
_FIGURES: Final = ("payments", "received", "refunds", "refunded", "net")


def revenue(offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell what halls received and gave back each day, in the smallest unit.

    Eight Queries a day, at once.
    """
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        yield from _of_day(offices, day)


REVENUE: Final = Statistic((*_KEYS, *_FIGURES), revenue)


def _of_day(offices: frozenset[str], day: date) -> Iterator[Row]:
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for moved in storage.movements_of(f"{day:%Y%m%d}"):
        if moved.office_id not in offices:
            continue
        key = (moved.office_id, moved.service_id, moved.method, moved.amount.currency)
        counted = sums.setdefault(key, [0, 0, 0, 0])
        if moved.came and moved.what != "in":
            counted[3] -= moved.amount.cents
            continue
        at = 0 if moved.what == "in" else 2
        counted[at] += 1
        counted[at + 1] += moved.amount.cents
    for key in sorted(sums):
        payments, received, refunds, refunded = sums[key]
        figures = (payments, received, refunds, refunded, received - refunded)
        yield {
            **dict(zip(_KEYS, (str(day), *key), strict=True)),
            **dict(zip(_FIGURES, figures, strict=True)),
        }
