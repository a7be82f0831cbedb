"""A question as it is kept: without who asked, masked of persons, for 30 days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final, Literal

from chalicelib.core.clock import office_time

COUNTS: Final = ("asked", "unanswered", "helpful", "unhelpful")
NONE: Final = "-"
Why = Literal["unanswered", "unhelpful"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what it was answered with (`reply`, as JSON), and whether that helped.

    `service` and `topic` are the first that it was understood to be about, `-` for none.
    """

    KEPT_FOR: ClassVar[timedelta] = timedelta(days=30)

    question_id: str
    asked_at: datetime
    text: str
    service: str
    topic: str
    known: bool
    reply: Mapping[str, Any]
    fingerprint: str
    helpful: bool | None = None

    @property
    def day(self) -> date:
        """Return the day (Shanghai) on which it was asked."""
        return office_time(self.asked_at).date()

    @property
    def kept_until(self) -> datetime:
        """Return when it is forgotten."""
        return self.asked_at + self.KEPT_FOR


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """What a day counted of questions about a topic of a service; see COUNTS."""

    day: date
    service: str
    topic: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unhelped:
    """A question that was not answered, or whose answer did not help."""

    day: date
    text: str
    service: str
    why: Why
