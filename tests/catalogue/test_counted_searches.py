"""What is counted of a search that found nothing: words, without persons and digits."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue.domain.search_misses import KEPT_FOR, counted_form


@pytest.mark.parametrize(
    ("query", "counted"),
    [
        ("量子力学", "量子力学"),
        ("  Ｑuantum   Physics! ", "quantum physics"),
        ("量子2026年第3期", "量子 年第 期"),
        ("我叫王小明，量子", "我叫 量子"),
        ("13912345678", None),
        ("王先生 139 1234 5678 量子", "王先生 量子"),
        ("me@example.com", None),
        ("量", None),
        ("!!", None),
        ("量" * 50, "量" * 40),
    ],
)
def test_what_is_counted_has_neither_persons_nor_digits(query: str, counted: str | None) -> None:
    assert counted_form(query) == counted


@given(st.text(max_size=100))
def test_no_digit_is_counted_of_any_query(query: str) -> None:
    words = counted_form(query)
    assert words is None or (2 <= len(words) <= 40 and not any(map(str.isdecimal, words)))


@given(st.text("量子 a1!", max_size=60))
def test_what_is_counted_is_counted_as_it_is(query: str) -> None:
    words = counted_form(query)
    assert words is None or counted_form(words) == words


def test_a_quarter_of_searches_is_kept() -> None:
    assert timedelta(days=92) == KEPT_FOR
