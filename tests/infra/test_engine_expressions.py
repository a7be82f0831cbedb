"""What is compared beside the embedded engine is what the engine itself would find."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb

from infra.local.engine_expressions import NotOfTexts, Remembering, clauses_of, sort_key_tests
from infra.local.engine_items import Partition, narrowed

ENGINE: Any = dynamodb
NAMES = {"#0": "pk", "#1": "sk"}
CONDITIONS = [
    "#0 = :0",
    "(#0 = :0 AND #1 = :1)",
    "#0 = :0 and #1 < :1",
    "(#0 = :0) AND (#1 <= :1)",
    "#0 = :0 AND #1 > :1",
    "pk = :0 AND sk >= :1",
    "(#0 = :0 AND begins_with (#1, :1))",
    "(#0 = :0 AND #1 BETWEEN :1 AND :2)",
]
TEXTS = st.text("aB~é字\U0001f600", max_size=3)
KINDS = {
    "S": TEXTS,
    "N": st.integers(-9, 9).map(str),
    "B": st.binary(max_size=2),
}


def of_kind(kind: str) -> Any:
    return KINDS[kind].map(lambda given: {kind: given})


VALUES = st.sampled_from(sorted(KINDS)).flatmap(of_kind)
# A key is of the same kind in all items.
ITEMS = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.lists(st.fixed_dictionaries({"pk": of_kind("S"), "sk": of_kind(kind)}))
)


@given(st.sampled_from(CONDITIONS), ITEMS, st.lists(VALUES, min_size=3, max_size=3))
def test_every_item_is_judged_as_by_the_engine(
    text: str, items: list[Any], given_values: list[Any]
) -> None:
    judge, remembering = ENGINE._evaluate_condition, Remembering(ENGINE._evaluate_condition)
    values = {f":{number}": value for number, value in enumerate(given_values)}
    slot = "KeyConditionExpression"

    def judged(by: Any) -> list[bool] | str:
        try:
            return [by(text, one, values, NAMES, slot=slot) for one in items]
        except ValueError as wrong:
            return str(wrong)

    assert judged(remembering) == judged(judge)


@given(
    st.sampled_from(CONDITIONS),
    st.lists(TEXTS, unique=True),
    st.lists(VALUES, min_size=3, max_size=3),
)
def test_what_a_query_leaves_out_unread_the_engine_would_leave_out(
    text: str, keys: list[str], given_values: list[Any]
) -> None:
    values = {f":{number}": value for number, value in enumerate(given_values)}
    items = {key: {"pk": {"S": "a"}, "sk": {"S": key}} for key in keys}
    partition, slot = Partition(items), "KeyConditionExpression"
    asked = {slot: text, "ExpressionAttributeValues": values, "ExpressionAttributeNames": NAMES}

    def found() -> list[Any]:
        judge = ENGINE._evaluate_condition
        return [one for one in partition.values() if judge(text, one, values, NAMES, slot=slot)]

    tests = sort_key_tests(asked, "sk")
    try:
        wanted = found()
    except ValueError:
        return
    with narrowed(tests):
        assert found() == wanted
        if tests:
            assert list(partition.values()) == [
                one for key, one in items.items() if all(test(key) for test in tests)
            ]
    assert list(partition.values()) == list(items.values())


@pytest.mark.parametrize("text", ["", "#0 = ", "#0 = :0 OR #1 = :1", "#0 = :missing"])
def test_of_a_query_that_is_not_understood_nothing_is_left_out(text: str) -> None:
    asked = {"KeyConditionExpression": text, "ExpressionAttributeNames": NAMES}
    assert not sort_key_tests(asked, "sk")


def test_a_condition_upon_nothing_is_judged_once() -> None:
    asked: list[str] = []

    def judge(text: str, *_: Any) -> bool:
        asked.append(text)
        if text == "wrong":
            raise ValueError(text)
        return True

    remembering = Remembering(judge)
    for _ in range(2):
        assert remembering("attribute_not_exists(#0)", {}, {}, NAMES)
        assert remembering("attribute_not_exists(#0)", {}, {}, {"#0": "other"})
        with pytest.raises(ValueError, match="wrong"):
            remembering("wrong", {}, {}, NAMES)
    assert asked == ["attribute_not_exists(#0)"] * 2 + ["wrong"] * 2


def test_the_engine_reads_a_condition_once_a_query() -> None:
    asked: list[Any] = []

    def judge(_text: str, item: Any, *_: Any) -> bool:
        asked.append(item)
        return True

    remembering, slot = Remembering(judge), "KeyConditionExpression"
    items = [{"pk": {"S": "a"}}, {"pk": {"S": "a"}}, {"pk": {"S": "b"}}]
    for _ in range(2):
        values = {":0": {"S": "a"}}
        found = [remembering("#0 = :0", one, values, NAMES, slot) for one in items]
        assert found == [True, True, False]
    assert len(asked) == 2
    remembering("#0 = :0", items[0], {":0": {"S": "a"}}, NAMES)
    assert len(asked) == 3, "no condition of a write is remembered"


@pytest.mark.parametrize(
    "text",
    [
        "#0 = :0 OR #1 = :1", "attribute_exists(#0)", "contains(#0, :0)", "#0 <> :0", "#0.x = :0",
        ":0 = #0", "size(#0) = :0", "#0 = #1", "#0 = :missing", "NOT #0 = :0",
    ],
)  # fmt: skip
def test_what_compares_more_than_texts_is_left_to_the_engine(text: str) -> None:
    values = {f":{number}": {"S": "a"} for number in range(3)}
    with pytest.raises(NotOfTexts):
        list(clauses_of(ENGINE._tokenize(text), values, NAMES))
