"""How well an office does: figures of several months, from what was published of each alone.

Whatever is reckoned of published rows tells nothing that they do not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.core.statistics import Row
from chalicelib.opendata.domain.suppression import estimate

# The rows of a month, by table.
Tables = Mapping[str, Sequence[Row]]
COMPLAINT: Final = "complaint"


@dataclass(frozen=True, slots=True)
class Scope:
    """Of which hall and which service, with the category of its counters; None is all of them."""

    office_id: str | None = None
    service_id: str | None = None
    category: str | None = None

    def rows(self, tables: Tables, table: str) -> list[Row]:
        """Return the rows of a table that are asked for."""
        if table == "enquiries" and self.service_id:
            # They are told apart by kind, and not by service.
            return []
        wanted = {"waits": self.category, "enquiries": COMPLAINT}.get(table, self.service_id)
        return [
            row
            for row in tables.get(table, ())
            if self.office_id in (None, row["office_id"]) and wanted in (None, row["item"])
        ]


@dataclass(frozen=True, slots=True)
class Performance:
    """Figures; None where nothing may be told. Shares are from 0 to 1.

    `share_in_time` is within the law's limit, `ahead_of_promise` within what was promised.
    """

    decided: int | None
    share_in_time: float | None
    ahead_of_promise: float | None
    mean_days: float | None
    share_online: float | None
    trips_promised: float | None
    trips_counted: float | None
    trips_made: float | None
    satisfaction: float | None
    waiting_minutes: float | None
    complaints_in_time: float | None


def of_months(
    months: Iterable[Tables], scope: Scope, promised_trips: Mapping[str, int]
) -> Performance:
    """Return the figures of some months together; trips are promised by service.

    They are those of the services that are named: a pool would tell which are in it.
    """
    listed = list(months)
    cases, ratings, trips, counted, waits, complaints = (
        [row for tables in listed for row in scope.rows(tables, name)]
        for name in ("case-times", "ratings", "trips", "trips-counted", "waits", "enquiries")
    )
    promised = [{**row, "promised": promised_trips.get(str(row["item"]))} for row in counted]
    decided = sum(int(row["decided"] or 0) for row in cases)
    return Performance(
        decided or None,
        share_of(cases, "in_law", "decided"),
        share_of(cases, "in_promise", "decided"),
        mean_of(cases, "mean_days", "decided"),
        share_of(cases, "online", "decided"),
        mean_of(promised, "promised", "cases"),
        mean_of(counted, "trips_counted", "cases"),
        mean_of(trips, "trips_made", "answers"),
        mean_of(ratings, "mean_score", "ratings"),
        mean_of(waits, "waiting_minutes", "served"),
        share_of(complaints, "in_time", "answered"),
    )


def share_of(rows: Iterable[Row], part: str, whole: str) -> float | None:
    """Return about which share of the whole a part is, to the hundredth."""
    known = [(estimate(row, part, whole), row[whole]) for row in rows]
    pairs = [(p, w) for p, w in known if p is not None and isinstance(w, int)]
    total = sum(w for _, w in pairs)
    return round(sum(p for p, _ in pairs) / total, 2) if total else None


def mean_of(rows: Iterable[Row], mean: str, over: str) -> float | None:
    """Return a mean of means, each weighed by how many it is of, to the tenth."""
    pairs = [(row[mean], row[over]) for row in rows]
    known = [(m, n) for m, n in pairs if isinstance(m, (int, float)) and isinstance(n, int)]
    total = sum(n for _, n in known)
    return round(sum(m * n for m, n in known) / total, 1) if total else None
