"""A corrected person in things and in the lists of them, whatever changes them meanwhile."""

from typing import Any

import pytest

from chalicelib.cases.storage._records import TABLE, CaseRecord, MineRecord
from chalicelib.core import tables
from chalicelib.core.errors import TryAgain
from chalicelib.core.ids import new_id
from chalicelib.core.person_corrections import correct_each, store_person


def test_a_thing_and_its_place_in_a_list_change_together_or_not_at_all() -> None:
    key = f"K#{new_id()}", f"C#{new_id()}"
    listed = MineRecord(key[1], "K#1", case="c", person="former")
    listed.save()
    kept = CaseRecord(key[0], "case")
    kept.update([CaseRecord.person.set("former"), CaseRecord.version.set(3)])

    def persons() -> set[str]:
        database: Any = tables.client()
        asked = {"TableName": TABLE.name, "ConsistentRead": True}
        keys = [(key[0], "case"), (key[1], "K#1")]
        items = [
            database.get_item(**asked, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]
            for pk, sk in keys
        ]
        return {item["person"]["S"] for item in items}

    assert not store_person(kept, CaseRecord.version == 2, listed, "right")
    assert persons() == {"former"}
    assert store_person(kept, CaseRecord.version == 3, listed, "right")
    assert persons() == {"right"}
    missing = MineRecord(key[1], "K#2")
    assert not store_person(kept, CaseRecord.version == 3, missing, "other")


def test_each_thing_is_corrected_until_it_is_stored_and_once() -> None:
    things, tries = {"a": "former", "b": "right", "c": "former"}, list[str]()

    def store(thing: str) -> bool:
        name = next(one for one, person in things.items() if person == thing)
        tries.append(name)
        if tries.count(name) == 1:
            return False
        things[name] = "right"
        return True

    for _ in range(2):
        correct_each([*things, "gone"], things.get, lambda one: one == "former", store)
    assert things == dict.fromkeys("abc", "right")
    assert tries == ["a", "a", "c", "c"]


def test_what_others_change_again_and_again_is_to_be_tried_later() -> None:
    with pytest.raises(TryAgain):
        correct_each(["a"], lambda _: "former", lambda _: True, lambda _: False)
