"""What people think of a service: one rating, and how many there are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of a service, from 1 to 5, and how often they had to come."""

    score: int
    tags: tuple[str, ...] = ()
    comment: str | None = None
    trips_made: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rated, and the sum of their scores; how many said how often they came, in all."""

    number: int
    total: int
    answers: int = 0
    trips: int = 0


def mean_trips(tally: Tally) -> float | None:
    """Return how often people came, rounded to two places; None where nobody said."""
    return round(tally.trips / tally.answers, 2) if tally.answers else None


def mean(tally: Tally) -> float | None:
    """Return a mean score, rounded to two places; None where nobody rated."""
    return round(tally.total / tally.number, 2) if tally.number else None
