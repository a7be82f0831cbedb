"""A rating as people give it: one rule, whether of a case or of a visit."""

from typing import Annotated

from pydantic import Field

from chalicelib.core.http_messages import BodyModel
from chalicelib.core.ratings import Rating
from chalicelib.core.text import text

Tag = Annotated[str, text(20)]


class RatingGiven(BodyModel):
    """From 1 (bad) to 5 (good)."""

    score: Annotated[int, Field(ge=1, le=5)]
    tags: Annotated[list[Tag], Field(max_length=8, default_factory=list)]
    comment: Annotated[str, text(500, 0, lines=True)] | None = None
    trips_made: Annotated[int, Field(ge=0, le=9)] | None = None

    @property
    def rating(self) -> Rating:
        """Return it as a value."""
        return Rating(self.score, tuple(self.tags), self.comment, self.trips_made)
