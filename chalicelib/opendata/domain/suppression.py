"""Statistical disclosure control: no figure about fewer than five people, nor by differences.

Handbook on Statistical Disclosure Control (Hundepool et al.): a threshold rule, complementary
suppression by pooling, and rounding. Counts are rounded to a multiple of five. Cells below the
threshold are pooled as `other`; where that pool is itself too small, the smallest cell beside it
goes into it. A part of a count is hidden when it, or what it leaves of the
whole, is of one to four people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from chalicelib.core.statistics import Row, Value

FEWEST: Final = 5
OTHER: Final = "other"
# What a hidden part is reckoned with, in the middle of what it may be.
_FEW: Final = 2.0
_REMAINDER: Final = 2.5


@dataclass(frozen=True, slots=True)
class Measures:
    """What a table counts: `base` decides how many people a cell is about.

    `parts` names of each further count the wholes that it is a part of (none for one that stands
    alone), `means` the count over which each mean is taken, `digits` after its point.
    """

    base: str
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    means: Mapping[str, str] = field(default_factory=dict)
    digits: int = 1

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of all figures."""
        return (self.base, *self.parts, *self.means)


@dataclass(frozen=True, slots=True)
class Cell:
    """What was counted of an office and an item (a service, a kind, a category), unprotected."""

    office_id: str
    item: str
    counts: Mapping[str, int]
    sums: Mapping[str, float] = field(default_factory=dict)

    def plus(self, other: "Cell") -> "Cell":
        """Return both together, under the name of this one."""
        counts = {name: self.counts[name] + other.counts[name] for name in self.counts}
        sums = {name: self.sums[name] + other.sums[name] for name in self.sums}
        return Cell(self.office_id, self.item, counts, sums)

    def called(self, office_id: str, item: str) -> "Cell":
        """Return the same figures under another name."""
        return Cell(office_id, item, self.counts, self.sums)


def protected(cells: Iterable[Cell], measures: Measures) -> list[Row]:
    """Return the rows that may be published, each about five people or more.

    Everybody stands in one row at most: no sum is published beside its parts, so that no difference
    of two rows says anything of those who stand in neither. Sums are made of what was published.
    """
    known = [cell for cell in combined(cells) if any(cell.counts.values())]
    rows: list[Cell] = []
    left: list[Cell] = []
    for office_id in sorted({cell.office_id for cell in known}):
        shown, pool = _split([c for c in known if c.office_id == office_id], measures.base)
        rows += shown
        if pool:
            is_enough = pool.counts[measures.base] >= FEWEST
            (rows if is_enough else left).append(pool.called(office_id, OTHER))
    rows += combined(cell.called(OTHER, OTHER) for cell in left)
    return [_row(cell, measures) for cell in rows if cell.counts[measures.base] >= FEWEST]


def combined(cells: Iterable[Cell]) -> list[Cell]:
    """Add up the cells of one name, in the order of the names."""
    found: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        key = (cell.office_id, cell.item)
        found[key] = found[key].plus(cell) if key in found else cell
    return [found[key] for key in sorted(found)]


def rounded(count: int) -> int:
    """Return a count as a multiple of five, the nearest."""
    return FEWEST * ((count + FEWEST // 2) // FEWEST)


def estimate(row: Row, part: str, whole: str) -> float | None:
    """Return about how large a part of a published row is; None where nobody can say.

    A part that is hidden is reckoned with the middle of what it may be.
    """
    base, value, hidden = row[whole], row[part], row.get(f"{part}_hidden")
    if not isinstance(base, int):
        return None
    if isinstance(value, int):
        return float(value)
    return {"few": _FEW, "most": base - _REMAINDER}.get(str(hidden))


def _split(cells: Sequence[Cell], base: str) -> tuple[list[Cell], Cell | None]:
    """Return the cells that may be shown, and what the others are together."""
    ranked = sorted(cells, key=lambda c: (c.counts[base], c.office_id, c.item))
    small = [cell for cell in ranked if cell.counts[base] < FEWEST]
    large = ranked[len(small) :]
    if not small:
        return large, None
    if sum(cell.counts[base] for cell in small) < FEWEST and large:
        small.append(large.pop(0))
    [pool] = combined(cell.called(OTHER, OTHER) for cell in small)
    return large, pool


def _row(cell: Cell, measures: Measures) -> Row:
    row: dict[str, Value] = {"office_id": cell.office_id, "item": cell.item}
    row[measures.base] = rounded(cell.counts[measures.base])
    for part, wholes in measures.parts.items():
        hidden = _hidden(cell, part, [one for one in wholes if row[one] is not None])
        row[part] = None if hidden else rounded(cell.counts[part])
        if hidden:
            row[f"{part}_hidden"] = hidden
    for name, over in measures.means.items():
        count = cell.counts[over]
        is_known = count >= FEWEST
        row[name] = round(cell.sums[name] / count, measures.digits) if is_known else None
    return row


def _hidden(cell: Cell, part: str, wholes: Sequence[str]) -> str | None:
    """Say why a count is not shown: it is of few, or what it leaves of a whole is."""
    count = cell.counts[part]
    if count < FEWEST:
        return "few"
    rests = (cell.counts[whole] - count for whole in wholes)
    return "most" if any(0 < rest < FEWEST for rest in rests) else None
