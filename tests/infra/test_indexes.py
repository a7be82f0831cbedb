"""CloudFormation adds one index to a table in an update, and no more: so does a release.

`released_indexes.json` is what the last release had; it is written anew when one is made
("GlobalSecondaryIndexes", AWS::DynamoDB::Table, CloudFormation template reference).
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from app import app as _app  # noqa: F401 - importing it registers all tables.
from chalicelib.core.tables import Index, Table
from infra.indexes import RELEASED, of_this_release, problems

Indexes = Mapping[str, Mapping[str, list[str]]]


def test_this_release_can_be_rolled_out() -> None:
    released = json.loads(RELEASED.read_text())
    assert problems(released, of_this_release()) == []


def test_the_list_names_tables_that_are_there() -> None:
    assert {*json.loads(RELEASED.read_text())} <= {*Table.registry}


QUEUE, WORK = ["queue", "place", ""], ["work", "at", "status"]


@pytest.mark.parametrize(
    ("new", "count"),
    [
        ({"a": {"queue": QUEUE}}, 0),
        ({"a": {"queue": QUEUE, "work": WORK}}, 0),
        ({"a": {"queue": QUEUE, "work": WORK, "more": WORK}}, 1),
        ({"a": {"queue": QUEUE}, "b": {"one": WORK, "two": WORK}}, 0),
        ({"a": {}}, 0),
        ({"a": {"work": WORK}}, 1),
        ({"a": {"queue": WORK}}, 1),
        ({}, 0),
    ],
    ids=["same", "one", "two", "new table", "one gone", "one for another", "changed", "no table"],
)
def test_one_index_is_added_or_taken_away(new: Indexes, count: int) -> None:
    assert len(problems({"a": {"queue": QUEUE}}, new)) == count


def test_an_index_is_written_down_with_all_that_cannot_be_changed() -> None:
    Table("a-test", (Index("work", "work", "work_at", ("status", "due")),))
    try:
        assert of_this_release()["a-test"] == {"work": ["work", "work_at", "due,status"]}
    finally:
        del Table.registry["a-test"]
    assert Path(RELEASED).name == "released_indexes.json"
