"""What reads, writes and copies JSON in the embedded engine does what the engine's means do."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.engine_json import Copy, Json, remembering

TEXTS = st.text(max_size=5)
SCALARS = (
    TEXTS
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(TEXTS, one, max_size=3)
)


@given(VALUES)
def test_what_is_written_reads_as_ever(value: Any) -> None:
    for how in ({}, {"ensure_ascii": False}, {"sort_keys": True}):
        assert json.loads(Json.dumps(value, **how)) == value
    assert Json.loads(json.dumps(value)) == value


@pytest.mark.parametrize("odd", ["\ud800", 1 << 80, {1: "a"}])
def test_what_the_quick_way_cannot_write_goes_the_other(odd: Any) -> None:
    said = Json.dumps([odd])
    assert said == json.dumps([odd])
    assert Json.loads(said) == json.loads(said)


def test_what_is_no_json_is_refused_as_ever() -> None:
    with pytest.raises(json.JSONDecodeError):
        Json.loads("{")


@given(VALUES)
def test_a_copy_shares_nothing(value: Any) -> None:
    copied = Copy.deepcopy(value)
    assert copied == copy.deepcopy(value)
    if isinstance(value, dict | list) and value:
        assert copied is not value
        copied.clear()
        assert value


def test_values_of_other_kinds_are_copied_by_their_own_rule() -> None:
    class Kind(dict[str, Any]):
        def __deepcopy__(self, _memo: object) -> str:
            return "own"

    assert Copy.deepcopy({"a": Kind()}) == {"a": "own"}


def test_only_what_was_said_of_a_text_is_remembered() -> None:
    asked = []

    def tell(given: Any) -> str:
        asked.append(given)
        return str(given)

    quick = remembering(tell)
    assert [quick(one) for one in ("1", "1", ["2"], ["2"])] == ["1", "1", "['2']", "['2']"]
    assert asked == ["1", ["2"], ["2"]]
