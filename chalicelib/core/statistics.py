"""Statistics: each room has its own; one route gives any of them as JSON or CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

Value = str | int | float | None
Row = Mapping[str, Value]
Rows = Callable[[frozenset[str], date, date], Iterable[Row]]
# Excel takes a CSV file for UTF-8 only when it begins with this mark.
_MARK: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic: `rows` answers halls, first and last day with rows that have all `columns`."""

    columns: tuple[str, ...]
    rows: Rows


def months_between(first: date, last: date) -> Iterator[tuple[date, str, str]]:
    """Yield the first day of each month, with the sort keys between which its days lie.

    Sort keys begin with the day of the month in two digits; both days are included.
    """
    month = first.replace(day=1)
    while month <= last:
        begin = f"{first.day:02}" if month == first.replace(day=1) else "00"
        end = f"{last.day:02}$" if month == last.replace(day=1) else "99"
        yield month, begin, end
        month = (month + timedelta(days=31)).replace(day=1)


def as_csv(report: Statistic, rows: Iterable[Row]) -> str:
    """Write rows as CSV that Excel, too, takes for UTF-8."""
    return _MARK + csv_of(report.columns, rows)


def csv_of(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write rows as CSV (RFC 4180) that a spreadsheet opens without running any of it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _inert(row[name]) for name in columns} for row in rows)
    return text.getvalue()


def share(part: int, whole: int) -> float | None:
    """Return a share from 0 to 1, rounded to three places; None of nothing."""
    return round(part / whole, 3) if whole else None


def minutes(seconds: int, count: int) -> float | None:
    """Return an average in minutes, rounded to a tenth; None of nothing."""
    return round(seconds / count / 60, 1) if count else None


def _inert(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
