"""Nothing is told of fewer than five people, whichever figures are held against each other."""

from collections.abc import Mapping
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.statistics import Row
from chalicelib.opendata.domain.datasets import CASE_TIMES, ENQUIRIES
from chalicelib.opendata.domain.suppression import (
    FEWEST,
    OTHER,
    Cell,
    Measures,
    combined,
    estimate,
    protected,
    rounded,
)

PLAIN: Final = Measures("people", means={"mean": "people"})
OFFICES: Final = ("a", "b", "c")
ITEMS: Final = ("x", "y", "z")
Table = Mapping[tuple[str, str], int]
tables: Final = st.dictionaries(
    st.tuples(st.sampled_from(OFFICES), st.sampled_from(ITEMS)),
    st.one_of(st.integers(0, 7), st.integers(0, 60)),
)


def cells(table: Table) -> list[Cell]:
    return [Cell(*key, {"people": n}, {"mean": 2.0 * n}) for key, n in table.items()]


def shown(table: Table) -> dict[tuple[str, str], int]:
    rows = protected(cells(table), PLAIN)
    return {(str(r["office_id"]), str(r["item"])): int(r["people"] or 0) for r in rows}


def cases(decided: int, **parts: int) -> Row:
    """Return the row of some cases, all in time unless it is said."""
    counts = {"in_law": decided, "in_promise": decided, "online": decided, **parts}
    cell = Cell("a", "x", {"decided": decided, **counts}, {"mean_days": decided * 1.26})
    [row] = protected([cell], CASE_TIMES)
    return row


@pytest.mark.parametrize(
    ("count", "told"), [(0, 0), (2, 0), (3, 5), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)]
)
def test_counts_are_rounded_to_the_nearest_five(count: int, told: int) -> None:
    assert rounded(count) == told


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({}, {}),
        ({("a", "x"): 0}, {}),
        ({("a", "x"): 4}, {}),
        ({("a", "x"): 5}, {("a", "x"): 5}),
        # Small ones are pooled in their hall when they are enough together.
        ({("a", "x"): 4, ("a", "y"): 1, ("a", "z"): 9}, {("a", "z"): 10, ("a", OTHER): 5}),
        # Else the smallest beside them goes into the pool, so that none can be told from it.
        ({("a", "x"): 4, ("a", "y"): 6, ("a", "z"): 9}, {("a", "z"): 10, ("a", OTHER): 10}),
        # What is left in halls without others is pooled over the city.
        ({("a", "x"): 3, ("b", "y"): 2, ("c", "z"): 7}, {("c", "z"): 5, (OTHER, OTHER): 5}),
        ({("a", "x"): 2, ("b", "y"): 2}, {}),
    ],
)
def test_small_cells_are_pooled(table: Table, told: Table) -> None:
    assert shown(table) == told


@given(tables)
def test_every_row_is_about_five_people_and_everybody_is_in_one_at_most(table: Table) -> None:
    told = shown(table)
    assert all(count >= FEWEST and count % FEWEST == 0 for count in told.values())
    # Rounding takes away or adds two a row; fewer than five are in none.
    difference = sum(table.values()) - sum(told.values())
    assert -2 * len(told) <= difference <= 2 * len(told) + FEWEST - 1
    # No row is the sum of others: only cells as they are, and pools that name nobody.
    for (office_id, item), count in told.items():
        if OTHER not in (office_id, item):
            assert count == rounded(table[office_id, item])


@settings(max_examples=200)
@given(tables, st.data())
def test_who_is_hidden_cannot_be_told_from_who_might_be(table: Table, data: st.DataObject) -> None:
    """Re-identification: move a person between hidden cells, and nothing published changes.

    Whoever holds all files, and their sums and differences, so cannot tell which of both it is.
    """
    told = shown(table)
    small = {key for key, count in table.items() if 0 < count < FEWEST}
    pairs = [(a, b) for a in small for b in small if a != b and a[0] == b[0] and table[b] < 4]
    assert not small & told.keys()
    if pairs:
        source, target = data.draw(st.sampled_from(sorted(pairs)))
        moved = {**table, source: table[source] - 1, target: table[target] + 1}
        assert shown(moved) == told


@given(tables)
def test_a_pool_is_never_one_hidden_cell_alone(table: Table) -> None:
    for (office_id, item), count in shown(table).items():
        if item == OTHER and office_id != OTHER:
            alone = [n for key, n in table.items() if key[0] == office_id and 0 < n < FEWEST]
            hidden = [
                n
                for key, n in table.items()
                if key[0] == office_id and n and key not in shown(table)
            ]
            assert len(hidden) >= 2, (alone, count)


@pytest.mark.parametrize(
    ("part", "told", "hidden"),
    [
        (0, None, "few"),
        (4, None, "few"),
        (5, 5, None),
        (25, 25, None),
        (26, None, "most"),
        (29, None, "most"),
        (30, 30, None),
    ],
)
def test_a_part_is_hidden_with_what_it_leaves(
    part: int, told: int | None, hidden: str | None
) -> None:
    row = cases(30, online=part)
    assert row["online"] == told
    assert row.get("online_hidden") == hidden


def test_a_part_is_hidden_by_each_whole_that_is_told() -> None:
    # Of 40 in the law's limit 38 kept the promise: two would be told by the difference.
    row = cases(50, in_law=40, in_promise=38)
    assert (row["in_law"], row["in_promise"]) == (40, None)
    # Where the first is not told, there is no difference.
    row = cases(50, in_law=48, in_promise=45)
    assert (row["in_law"], row["in_promise"]) == (None, 45)


@given(st.integers(5, 80), st.data())
def test_no_difference_of_a_row_tells_of_one_to_four(decided: int, data: st.DataObject) -> None:
    in_law = data.draw(st.integers(0, decided))
    in_promise = data.draw(st.integers(0, in_law))
    row = cases(decided, in_law=in_law, in_promise=in_promise)
    true = {"decided": decided, "in_law": in_law, "in_promise": in_promise}
    told = [name for name in true if row[name] is not None]
    for whole in told:
        assert true[whole] >= FEWEST
        for part in told:
            assert not 0 < true[whole] - true[part] < FEWEST


def test_counts_beside_the_base_stand_for_themselves() -> None:
    cell = Cell("a", "complaint", {"received": 12, "answered": 3, "in_time": 3})
    [row] = protected([cell], ENQUIRIES)
    assert row == {
        "office_id": "a",
        "item": "complaint",
        "received": 10,
        "answered": None,
        "answered_hidden": "few",
        "in_time": None,
        "in_time_hidden": "few",
    }


def test_means_are_of_five_at_least_and_rounded() -> None:
    assert cases(6)["mean_days"] == 1.3
    measures = Measures("people", {"said": ()}, {"mean": "said"})
    cell = Cell("a", "x", {"people": 9, "said": 4}, {"mean": 8.0})
    assert protected([cell], measures)[0]["mean"] is None


def test_cells_of_one_name_are_one() -> None:
    one = Cell("a", "x", {"people": 1}, {"mean": 2.5})
    assert combined([one, one]) == [Cell("a", "x", {"people": 2}, {"mean": 5.0})]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"n": 20, "k": 15}, 15.0),
        ({"n": 20, "k": None, "k_hidden": "few"}, 2.0),
        ({"n": 20, "k": None, "k_hidden": "most"}, 17.5),
        ({"n": None, "k": None, "k_hidden": "few"}, None),
        ({"n": 20, "k": None}, None),
    ],
)
def test_a_hidden_part_is_reckoned_with_its_middle(row: Row, told: float | None) -> None:
    assert estimate(row, "k", "n") == told
