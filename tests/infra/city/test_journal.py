"""The journal of a month survives a kill at any byte."""

from pathlib import Path

import pytest

from infra.local.city.journal import Journal, Month
from infra.local.city.plan import month_before
from tests.infra.city.world import NOON

MONTH = month_before(NOON)


def written(file: Path) -> Journal:
    journal = Journal.begin(file, MONTH)
    journal.note("city-1-a-0", "a", {"case_id": "7"})
    journal.note("city-1-a-1", "a", {"delivery_id": "8"})
    journal.note("city-1-b-0", "b", {})
    return journal


def test_what_was_noted_is_read_again(tmp_path: Path) -> None:
    written(tmp_path / "city.jsonl")
    journal = Journal.load(tmp_path / "city.jsonl")
    assert journal
    assert journal.month == MONTH
    assert journal.done == {"city-1-a-0", "city-1-a-1", "city-1-b-0"}
    assert journal.told["a"] == {"case_id": "7", "delivery_id": "8"}
    assert journal.ending is None


def test_an_ending_is_read_again(tmp_path: Path) -> None:
    written(tmp_path / "city.jsonl").close("whole")
    journal = Journal.load(tmp_path / "city.jsonl")
    assert journal
    assert journal.ending == "whole"


@pytest.mark.parametrize("cut", [1, 2, 20, 40])
def test_a_line_that_was_cut_off_was_never_written(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "city.jsonl"
    written(file)
    file.write_bytes(file.read_bytes()[:-cut])
    journal = Journal.load(file)
    assert journal
    assert journal.done == {"city-1-a-0", "city-1-a-1"}
    # What is written next begins a line of its own.
    journal.note("city-1-c-0", "c", {})
    again = Journal.load(file)
    assert again
    assert again.done == {"city-1-a-0", "city-1-a-1", "city-1-c-0"}


@pytest.mark.parametrize("held", [None, b"", b'{"seed": 1, "beg'])
def test_no_month_is_read_from_nothing(tmp_path: Path, held: bytes | None) -> None:
    file = tmp_path / "city.jsonl"
    if held is not None:
        file.write_bytes(held)
    assert Journal.load(file) is None
    assert Month(1, MONTH.begin, MONTH.end) != MONTH
