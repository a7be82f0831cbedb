"""A rating's facts, and the means of many."""

from collections.abc import Callable

import pytest

from chalicelib.core.ratings import Rating, Tally, mean, mean_trips


def test_facts_of_a_rating_seal_its_words_together() -> None:
    sealed: Callable[[str], str] = str.upper
    assert Rating(4).facts(sealed) == {"score": "4"}
    assert Rating(4, (), "", 0).facts(sealed) == {"score": "4", "trips": "0"}
    assert Rating(1, ("a", "b"), "c").facts(sealed) == {"score": "1", "note": "A\nB\nC"}


@pytest.mark.parametrize(
    ("tally", "score", "trips"),
    [(Tally(0, 0), None, None), (Tally(3, 10, 3, 2), 3.33, 0.67), (Tally(1, 5, 1, 0), 5.0, 0.0)],
)
def test_means_are_rounded_to_two_places(
    tally: Tally, score: float | None, trips: float | None
) -> None:
    assert (mean(tally), mean_trips(tally)) == (score, trips)
