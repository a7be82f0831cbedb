"""Writes that are put together once are the writes that pynamodb puts together each time."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.constants import UPDATED_OLD
from pynamodb.exceptions import UpdateError

from chalicelib.appointments.storage import TABLE
from chalicelib.core.ids import new_id
from chalicelib.core.items import item_at, item_of
from chalicelib.core.prepared import Prepared, element, parameter
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Record, condition_failed, transaction
from infra.local.engine import Engine


class Shelf(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region

    books = UnicodeSetAttribute(null=True)
    room = NumberAttribute(null=True)
    keeper = UnicodeAttribute(null=True, attr_name="by")


def _condition(book: Any, room: Any) -> Any:
    return Shelf.room.does_not_exist() | (Shelf.room >= room) & ~Shelf.books.contains(book)


def _actions(books: Any, keeper: Any) -> list[Any]:
    return [Shelf.books.add(books), Shelf.keeper.set(Shelf.keeper | keeper), Shelf.room.add(-1)]


ADDING = Prepared(
    Shelf,
    _condition(element("book"), parameter("room", "N")),
    _actions(parameter("books", "SS"), parameter("keeper")),
    UPDATED_OLD,
)


def _given(book: str) -> Mapping[str, Any]:
    return {"book": book, "books": {book}, "room": 1, "keeper": "lin"}


def test_it_is_what_the_record_would_ask_for() -> None:
    table = Shelf._get_connection()
    for book in ("红楼梦", "b"):
        asked = table.get_operation_kwargs(
            "S#1",
            "shelf",
            actions=_actions({book}, "lin"),
            condition=_condition(book, 1),
            return_values=UPDATED_OLD,
        )
        assert ADDING.update(("S#1", "shelf"), _given(book)) == asked
    is_free = Prepared(Shelf, _condition(element("book"), parameter("room", "N")))
    record = Shelf("S#1", "shelf", books={"a"}, room=2.5, keeper="lin")
    item = item_of(Shelf, ("S#1", "shelf"), {"books": {"a"}, "room": 2.5, "keeper": "lin"})
    asked = record.get_save_kwargs_from_instance(_condition("x", 3))
    assert is_free.put(item, {"book": "x", "room": 3}) == asked


def test_it_is_refused_and_answered_as_an_update_of_the_record(engine: Engine) -> None:
    keys = new_id(), "shelf"
    assert "Attributes" not in ADDING.send_update(keys, _given("a"))
    Shelf(*keys).update([Shelf.room.set(1)])
    assert ADDING.send_update(keys, _given("b"))["Attributes"]["books"] == {"SS": ["a"]}
    with pytest.raises(UpdateError) as refused:
        ADDING.send_update(keys, _given("c"))
    assert condition_failed(refused.value)
    found = Shelf.get(*keys)
    assert (found.books, found.room, found.keeper) == ({"a", "b"}, 0, "lin")


def test_threads_give_values_of_their_own(engine: Engine) -> None:
    pk, names = new_id(), [f"{number:03}" for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: ADDING.send_update((pk, name), _given(name)), names))
    for name in names:
        item = item_at(TABLE, (pk, name))
        assert item
        assert item["books"] == {"SS": [name]}


def test_it_stands_in_a_transaction_beside_what_records_write(engine: Engine) -> None:
    keys, other = (new_id(), "shelf"), (new_id(), "shelf")
    is_new = Prepared(Shelf, Shelf.room.does_not_exist() | (Shelf.room < parameter("room", "N")))
    with transaction() as write:
        write.update_as(ADDING.update(keys, _given("a")))
        write.put_as(is_new.put(item_of(Shelf, other, {"room": 7, "books": None}), {"room": 0}))
    assert Shelf.get(*keys).books == {"a"}
    assert Shelf.get(*other).room == 7
