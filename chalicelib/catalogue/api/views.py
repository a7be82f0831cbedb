"""What is shown of services and of halls alike."""

from typing import Final

from chalicelib.catalogue.domain import RatingSummary
from chalicelib.core.http_messages import BodyModel

CACHED_SECONDS: Final = 60


class RatingView(BodyModel):
    """How people rated: the mean of scores from 1 to 5, null while nobody did, of how many."""

    average: float | None
    count: int


def rating_view(rating: RatingSummary) -> RatingView:
    """Show a rating."""
    return RatingView(average=rating.average, count=rating.count)
