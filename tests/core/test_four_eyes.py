from datetime import UTC, datetime

import pytest

from chalicelib.core.four_eyes import SecondPersonNeeded, Word, is_agreed

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def word(act: str, by: str) -> Word:
    return Word(act, by, NOW, "reason")


def test_a_second_person_agrees_to_the_same_act_alone() -> None:
    first = word("accept", "li")
    assert not is_agreed(None, first)
    assert is_agreed(first, word("accept", "wang"))
    assert not is_agreed(first, word("return", "wang"))
    assert not is_agreed(first, word("return", "li"))


def test_nobody_is_two_persons() -> None:
    with pytest.raises(SecondPersonNeeded):
        is_agreed(word("accept", "li"), word("accept", "li"))
