"""Tries at codes that open things without a log-in: so many an hour of a thing, and of a caller.

What is no number, what is nobody's and a wrong code are the same 404, and counted alike. A try is
claimed for both before anybody is told whether it was right, so that many at once are no more
tries, and given back when it was. A caller who guessed too often is remembered in the process
besides. A crash between claim and answer leaves one try less in this hour.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core import parallel, rate_limit
from chalicelib.core.claims import Claims
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import Keys

_HOUR: Final = 3600
_TRIES: Final = "B#tries#"


def place_of_tries(pk: str, window: Window) -> Keys:
    """Return where the tries of a thing or caller are counted: before all else in a partition."""
    return pk, f"{_TRIES}{window.name}"


def hour_of(now: datetime) -> Window:
    """Return the hour in which a try is counted."""
    return rate_limit.window(now, _HOUR)


@dataclass(frozen=True, slots=True)
class CodeTries:
    """The tries at one kind of codes: what they are called, where they are kept, how many."""

    what: str
    claims: Claims
    of_source: int
    of_thing: int = 0

    def check(self, source: str, now: datetime) -> None:
        """Raise TooManyRequests for a caller who tried too often, as far as this process knows."""
        rate_limit.check_source(self.what, source, hour_of(now), now)

    @contextmanager
    def counted(self, thing: str | None, source: str, now: datetime) -> Iterator[None]:
        """Claim a try, which whatever is refused within leaves counted; raises TooManyRequests."""
        self.check(source, now)
        self.claim(thing, source, now)
        yield
        self._give_back(thing, source, now)

    def check_left(self, thing: str, source: str, now: datetime) -> None:
        """Raise TooManyRequests where all tries are claimed; it claims one and gives it back.

        So among tries that come at once it is one of those that are looked at, or none.
        """
        self.claim(thing, source, now)
        self._give_back(thing, source, now)

    def claim(self, thing: str | None, source: str, now: datetime) -> None:
        """Claim a try at the partition of a thing, if it can be one; raises TooManyRequests."""
        window = hour_of(now)
        places = self._places(thing, source, now)
        claimed = parallel.map_concurrently(
            lambda at: self.claims.claim(at, window, places[at]), [*places]
        )
        if not claimed[0]:
            raise rate_limit.shut_out(self.what, source, window, now)
        if not all(claimed):
            raise window.exceeded(now)

    def _give_back(self, thing: str | None, source: str, now: datetime) -> None:
        parallel.map_concurrently(self.claims.give_back, [*self._places(thing, source, now)])

    def _places(self, thing: str | None, source: str, now: datetime) -> dict[Keys, int]:
        """Return how many tries each place has, the caller's first."""
        window = hour_of(now)
        of_caller = place_of_tries(f"G#{source}", window)
        places = {of_caller: rate_limit.of_source(self.of_source)}
        if thing is not None:
            places[place_of_tries(thing, window)] = self.of_thing
        return places
