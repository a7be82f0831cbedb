"""Items are read undecoded; batches that leave some out are in `test_retry`."""

from typing import Any

from chalicelib.appointments.storage import TABLE
from chalicelib.core import items, tables
from chalicelib.core.ids import new_id
from infra.local.engine import Engine


def _put(pk: str, numbers: range, **more: Any) -> None:
    sdk: Any = tables.client()
    for number in numbers:
        key = {"pk": {"S": pk}, "sk": {"S": f"{number:03}"}}
        sdk.put_item(TableName=TABLE.name, Item={**key, **more})


def test_an_item_is_read_as_it_came(engine: Engine) -> None:
    pk = new_id()
    _put(pk, range(1), says={"S": "[1]"}, many={"N": "3"}, some={"SS": ["a", "b"]})
    item = items.item_at(TABLE, (pk, "000"))
    assert item
    assert items.text(item, "says") == "[1]"
    assert items.document(item, "says") == [1]
    assert items.number(item, "many") == 3
    assert items.texts(item, "some") == {"a", "b"}
    readers = items.text, items.document, items.number, items.texts
    assert [read(item, "none") for read in readers] == [None, None, None, frozenset()]
    assert items.item_at(TABLE, (pk, "001")) is None


def test_of_hundreds_each_that_exists_is_read_once(engine: Engine) -> None:
    pk = new_id()
    _put(pk, range(120))
    wanted = [(pk, f"{number:03}") for number in range(130)]
    found = items.items_at(TABLE, wanted + wanted)
    assert sorted(item["sk"]["S"] for item in found) == [f"{number:03}" for number in range(120)]
    assert items.items_at(TABLE, ()) == []
