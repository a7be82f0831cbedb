"""A rating as it is given: what is read, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.core.rating_given import RatingGiven
from chalicelib.core.ratings import Rating


def test_what_is_given_is_read() -> None:
    told = {"score": 1, "tags": ["慢"], "comment": "等\n了", "trips_made": 9}
    assert RatingGiven.model_validate(told).rating == Rating(1, ("慢",), "等\n了", 9)
    assert RatingGiven.model_validate({"score": 5}).rating == Rating(5)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"score": 0},
        {"score": 6},
        {"score": 2.5},
        {"score": "five"},
        {"score": 5, "trips_made": -1},
        {"score": 5, "trips_made": 10},
        {"score": 5, "tags": ["x" * 21]},
        {"score": 5, "tags": [""]},
        {"score": 5, "tags": ["x"] * 9},
        {"score": 5, "comment": "x" * 501},
        {"score": 5, "other": 1},
    ],
)
def test_what_is_no_rating_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RatingGiven.model_validate(wrong)
