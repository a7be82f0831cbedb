"""What is shown of services and of halls alike."""

from typing import Final

from chalicelib.catalogue.domain import Hours, Office, RatingSummary
from chalicelib.core.http_messages import BodyModel

CACHED_SECONDS: Final = 60


class RatingView(BodyModel):
    """How people rated: the mean of scores from 1 to 5, null while nobody did, of how many."""

    average: float | None
    count: int


class OpeningHours(BodyModel):
    """Spans of local time, as 09:00 to 12:00."""

    weekdays: list[list[str]]
    saturday: list[list[str]]


def opening_hours(office: Office) -> OpeningHours:
    """Show when a hall is open, whatever is closed."""
    return OpeningHours(weekdays=spans(office.weekdays), saturday=spans(office.saturday))


def spans(hours: Hours) -> list[list[str]]:
    """Show spans of local time."""
    return [[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in hours]


def rating_view(rating: RatingSummary) -> RatingView:
    """Show a rating."""
    return RatingView(average=rating.average, count=rating.count)
