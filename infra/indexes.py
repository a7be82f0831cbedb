"""The indexes of all tables, beside those of the last release.

An update of a stack adds or takes away one index of a table, and an index that exists cannot be
changed ("GlobalSecondaryIndexes", AWS::DynamoDB::Table, CloudFormation template reference).
`python -m infra.indexes` writes down what a release has.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from chalicelib.core.tables import Table
from infra import commands

RELEASED: Final = Path(__file__).with_name("released_indexes.json")
# By table and name: partition key, sort key and what is carried beside.
Indexes = Mapping[str, Mapping[str, list[str]]]


def of_this_release() -> Indexes:
    """Return the indexes as the templates will have them."""
    return {
        room: {
            index.name: [index.hash_key, index.range_key, ",".join(sorted(index.projection))]
            for index in table.indexes
        }
        for room, table in sorted(Table.registry.items())
    }


def problems(released: Indexes, new: Indexes) -> list[str]:
    """Return what one update of the stack could not do."""
    return [wrong for room in released if room in new for wrong in _of(room, released, new)]


def _of(room: str, released: Indexes, new: Indexes) -> Iterator[str]:
    before, after = released[room], new[room]
    changes = [*(before.keys() ^ after.keys())]
    if len(changes) > 1:
        yield f"{room}: {', '.join(sorted(changes))}: one index an update"
    for name in before.keys() & after.keys():
        if before[name] != after[name]:
            yield f"{room}: {name} is changed: give it another name, and take this one away later"


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m infra.indexes", description=__doc__).parse_args()
    with commands.plainly():
        from app import app as _app  # noqa: F401 - importing it registers all tables.

        RELEASED.write_text(json.dumps(of_this_release(), indent=2) + "\n")
