"""What people think of a service or a hall since the beginning, for the guide and for reports.

The sums are counted with each rating; a look is one Query, remembered in the process for a minute.
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.cases import storage
from chalicelib.catalogue.domain import RatingSummary
from chalicelib.core.cache import TimedCache
from chalicelib.core.errors import TryAgain
from chalicelib.core.ratings import Rating, Tally, mean
from chalicelib.core.tables import Addition

_Tallies = Mapping[str, Tally]
# Ratings by hall, of each service that was asked for; of all services under None.
_fresh: Final = TimedCache[str | None, _Tallies](60.0)
_last: Final[dict[str | None, _Tallies]] = {}


def rated(service_id: str | None, office_id: str | None) -> RatingSummary:
    """Return the ratings of a service in a hall; None stands for all of them."""
    by_office = _by_office(service_id)
    tallies = [t for office, t in by_office.items() if office_id in (None, office)]
    tally = Tally(sum(t.number for t in tallies), sum(t.total for t in tallies))
    return RatingSummary(mean(tally), tally.number)


def counting(service_id: str, office_id: str, day: str, rating: Rating) -> Addition:
    """Return what counts the rating of a visit in the transaction that keeps it.

    `day` is written YYYYMMDD. This process asks anew at the next look.
    """
    forget()
    return storage.write_rating(service_id, office_id, day, rating)


def forget() -> None:
    """Ask anew at the next look: this process has just counted a rating."""
    _fresh.clear()
    _last.clear()


def _by_office(service_id: str | None) -> _Tallies:
    try:
        tallies = _fresh.load(service_id, lambda: storage.ratings_of(service_id))
    except TryAgain:
        # A guide with older stars, or none, is better than no guide.
        return _last.get(service_id, {})
    _last[service_id] = tallies
    return tallies
