"""The counts of docs/benchmarks.md, which tests/support/meter.py took of the running product."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_PART: Final = re.compile(r"<!-- ([a-z-]+) -->\n(.*?)<!-- /\1 -->", re.DOTALL)
_UNITS: Final = ["WCU", "RCU", "trips"]


@dataclass(frozen=True, slots=True)
class Count:
    """What one operation takes: write units, read units, round trips, and calls of KMS."""

    writes: float
    reads: float
    trips: float
    kms: float = 0


def counts(page: str) -> dict[str, Count]:
    """Return each metered operation of the page by `part: operation` (with the way, if one)."""
    return {
        f"{part}: {name}": count
        for part, body in _PART.findall(page)
        for name, count in _of_table([_cells(line) for line in body.splitlines() if "|" in line])
    }


def _of_table(lines: Sequence[Sequence[str]]) -> Iterator[tuple[str, Count]]:
    head, *rows = lines or [[]]
    for row in rows[1:]:
        cells = dict(zip(head, row, strict=True))
        if "measured" in cells and head[0] == "operation" and cells["measured"].count("/") == 2:  # noqa: PLR2004
            named = ", ".join(row[: head.index("measured")])
            writes, reads, trips = map(float, cells["measured"].split("/"))
            yield named, Count(writes, reads, trips, float(cells.get("KMS", 0)))
        elif cells.keys() >= {*_UNITS}:
            yield row[0], Count(*(float(cells[unit]) for unit in _UNITS))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def total(counted: Mapping[str, Count], times: Mapping[str, float]) -> Count:
    """Return what operations take that are each done so many times; raises KeyError."""
    each = [(counted[name], number) for name, number in times.items()]
    return Count(
        sum(one.writes * number for one, number in each),
        sum(one.reads * number for one, number in each),
        sum(one.trips * number for one, number in each),
        sum(one.kms * number for one, number in each),
    )
