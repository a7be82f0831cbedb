"""Expressions over facts: what is missing or of another type never holds."""

import contextlib
import logging
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import expressions

FACTS = {"form": {"kind": "first", "n": 3, "yes": True}, "applicant": {"age": 61}}


@pytest.mark.parametrize(
    ("expression", "is_true"),
    [
        ("applicant.age >= 60", True),
        ("applicant.age >= 62", False),
        ("form.kind in ['first', 'again']", True),
        ("form.yes && form.n == 3", True),
        ("!has(form.gone) || form.gone > 1", True),
        # What is missing holds neither so nor turned round.
        ("form.gone == 1", False),
        ("form.gone != 1", False),
        ("!(form.gone == 1)", False),
        ("gone.age > 1", False),
        # What is of another type neither.
        ("form.kind > 3", False),
        ("form.n == 'three'", False),
        # What is no answer is no yes.
        ("form.kind", False),
        ("form.n", False),
        ("1", False),
        ("form.n / 0 > 1", False),
        ("timestamp('rubbish') < timestamp('2026-01-01T00:00:00Z')", False),
    ],
)
def test_an_expression_holds_where_all_it_asks_is_there(expression: str, is_true: bool) -> None:
    assert expressions.holds(expression, FACTS) is is_true


@pytest.mark.parametrize("text", ["", "form.", "a b", "form.kind ==", "import os"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    for ask in (expressions.check, lambda one: expressions.holds(one, FACTS)):
        with pytest.raises(expressions.ExpressionError):
            ask(text)


@pytest.mark.parametrize("deep", [300, 3000])
def test_what_is_too_deep_to_follow_does_not_hold(deep: int) -> None:
    text = "(" * deep + "form.yes" + ")" * deep
    with contextlib.suppress(expressions.ExpressionError):
        assert not expressions.holds(text, FACTS)


json_values = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=10)


@settings(max_examples=30)
@given(value=json_values)
def test_only_the_very_value_is_equal(value: object) -> None:
    assert expressions.holds("a.b == 'first'", {"a": {"b": value}}) is (value == "first")


def test_nothing_that_is_evaluated_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        expressions.holds("size(a.b) > 1 && a.b + 1 > 2", {"a": {"b": "secret"}})
    assert "secret" not in caplog.text


def test_how_deep_the_process_may_call_stays_as_it_was() -> None:
    expressions._environment.cache_clear()
    before = sys.getrecursionlimit()
    assert expressions.holds("form.yes", FACTS)
    assert sys.getrecursionlimit() == before
