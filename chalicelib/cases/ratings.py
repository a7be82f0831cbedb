"""What people think of a service or a hall since the beginning, for the guide and for reports.

The sums are counted with each rating; a look is one Query, remembered in the process for a minute.
"""

import time
from collections.abc import Mapping
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.storage import Tally
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Rated
from chalicelib.core.errors import TryAgain

_REMEMBERED_SECONDS: Final = 60.0


class _Ratings:
    """Ratings by hall, of each service that was asked for; of all services under None."""

    def __init__(self) -> None:
        self._known: dict[str | None, tuple[float, Mapping[str, Tally]]] = {}

    def by_office(self, service_id: str | None) -> Mapping[str, Tally]:
        until, tallies = self._known.get(service_id, (0.0, {}))
        if until < time.monotonic():
            try:
                tallies = storage.ratings_of(service_id)
            except TryAgain:
                # A guide with older stars, or none, is better than no guide.
                return tallies
            self._known[service_id] = (time.monotonic() + _REMEMBERED_SECONDS, tallies)
        return tallies

    def forget(self) -> None:
        self._known = {}


_kept: Final = _Ratings()


def rated(service_id: str | None, office_id: str | None) -> Rated:
    """Return the ratings of a service in a hall; None stands for all of them."""
    by_office = _kept.by_office(service_id)
    tallies = [t for office, t in by_office.items() if office_id in (None, office)]
    tally = Tally(sum(t.number for t in tallies), sum(t.total for t in tallies))
    return Rated(mean(tally), tally.number)


def mean(tally: Tally) -> float | None:
    """Return a mean score, rounded to two places; None where nobody rated."""
    return round(tally.total / tally.number, 2) if tally.number else None


def forget() -> None:
    """Ask anew at the next look: this process has just counted a rating."""
    _kept.forget()


catalogue.tell_ratings(rated)
