"""What people think of a service that they were given, and what is counted of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class AlreadyRated(Problem):
    """A case, or a visit, is rated once."""

    status = 409
    code = "already_rated"
    title = Text("您已评价过该事项", "This has been rated already")


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of a service, from 1 to 5, and how often they had to come."""

    score: int
    tags: tuple[str, ...] = ()
    comment: str | None = None
    trips_made: int | None = None

    def facts(self, seal: Callable[[str], str]) -> Mapping[str, str]:
        """Return what the history says of it: the words sealed as one, the numbers in clear."""
        words = "\n".join([*self.tags, *filter(None, [self.comment])])
        return {
            "score": str(self.score),
            **({"note": seal(words)} if words else {}),
            **({} if self.trips_made is None else {"trips": str(self.trips_made)}),
        }


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
