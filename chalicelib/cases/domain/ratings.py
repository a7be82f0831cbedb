"""What people think of a service: one rating, and how many there are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of a service, from 1 to 5."""

    score: int
    tags: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rated, and the sum of their scores."""

    number: int
    total: int


def mean(tally: Tally) -> float | None:
    """Return a mean score, rounded to two places; None where nobody rated."""
    return round(tally.total / tally.number, 2) if tally.number else None
