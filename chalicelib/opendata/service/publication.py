"""Publishing: the halls as they are every five minutes, all else at night, each month once.

A month is written on the condition that it is not there, and read again before it is used: two at
once, a crash, or a later run publish the same. What is made of the months is written anew each
night, and last when the night was, so that a run that broke off is done again by the next.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.clock import rfc3339
from chalicelib.core.statistics import Row
from chalicelib.opendata.domain import files, months
from chalicelib.opendata.domain.datasets import DATASETS, MEDIA_TYPES
from chalicelib.opendata.domain.suppression import Cell, combined, protected
from chalicelib.opendata.providers import bucket
from chalicelib.opendata.service import sources
from chalicelib.opendata.service.datasets import (
    INDEX_OF_LIVE,
    INDEX_OF_NIGHT,
    PERFORMANCE,
    file_name,
    modified_of,
)

_JSON: Final = MEDIA_TYPES["json"]
# A month's rows, by table.
Tables = dict[str, list[Row]]


def publish(now: datetime) -> int:
    """Publish what is due; return how many data sets that were. Idempotent; raises TryAgain.

    What takes a moment comes first, so that a night that is long, or fails, does not hold it up.
    """
    live = _publish_live(now)
    last = modified_of(INDEX_OF_NIGHT)
    is_due = last is None or datetime.fromisoformat(last) < months.last_night(now)
    published = _publish_night(now) if is_due else []
    return len(live) + len(published)


def _publish_live(now: datetime) -> list[str]:
    made = {name: list(rows(now)) for name, rows in sources.LIVE.items()}
    return _write(made, INDEX_OF_LIVE, now)


def _publish_night(now: datetime) -> list[str]:
    tables = _frozen(months.complete(now), now)
    bucket.write(PERFORMANCE, json.dumps(tables, ensure_ascii=False), _JSON)
    made = {name: list(rows(now)) for name, rows in sources.DAILY.items()}
    by_month = (one for one in DATASETS.values() if one.measures)
    made |= {one.dataset_id: _rows(tables, one.dataset_id, one.item) for one in by_month}
    return _write(made, INDEX_OF_NIGHT, now)


def _write(made: Mapping[str, Sequence[Row]], index: str, now: datetime) -> list[str]:
    places = sources.places()
    for dataset_id, rows in made.items():
        for format_, writer in files.WRITERS.items():
            text = writer(DATASETS[dataset_id], rows, places, now)
            bucket.write(file_name(dataset_id, format_), text, MEDIA_TYPES[format_])
    bucket.write(index, json.dumps({"modified": rfc3339(now)}), _JSON)
    return [*made]


def _rows(tables: Mapping[str, Tables], table: str, item: str) -> list[Row]:
    """Return a table's rows of all months."""
    return [
        {**row, "month": month, item: row["item"]}
        for month, of_month in sorted(tables.items())
        for row in of_month.get(table, ())
    ]


def _frozen(wanted: list[str], now: datetime) -> dict[str, Tables]:
    """Return the months as they were published, publishing those that were not."""
    known = dict(zip(wanted, parallel.map_concurrently(_read, wanted), strict=True))
    missing = [month for month in wanted if known[month] is None]
    for month, tables in _made(missing).items():
        text = json.dumps({"published": rfc3339(now), "tables": tables}, ensure_ascii=False)
        # Who came first has published it.
        is_first = bucket.write_once(_month_file(month), text, _JSON)
        known[month] = tables if is_first else _read(month)
    return {month: tables for month, tables in known.items() if tables is not None}


def _made(wanted: list[str]) -> dict[str, Tables]:
    """Make the months that are not published yet, from one look at the days of each run of them."""
    made: dict[str, Tables] = {month: {} for month in wanted}
    halls = frozenset(catalogue.current().offices)
    for name, source in sources.SOURCES.items():
        cells: dict[str, list[Cell]] = {month: [] for month in wanted}
        for first, last in months.runs(wanted):
            for month, cell in source.cells(halls, first, last):
                cells[month].append(cell)
        for month in wanted:
            made[month][name] = protected(combined(cells[month]), source.measures)
    return made


def _read(month: str) -> Tables | None:
    text = bucket.read(_month_file(month))
    tables: Tables | None = json.loads(text)["tables"] if text else None
    return tables


def _month_file(month: str) -> str:
    return f"months/{month}.json"
