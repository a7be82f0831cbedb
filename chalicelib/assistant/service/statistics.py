"""What is counted of questions, and those that were not answered: no record says who asked.

Questions are asked of the city, so every hall's reports have all of them.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from chalicelib.assistant import storage
from chalicelib.assistant.domain.questions import COUNTS
from chalicelib.core import dependencies
from chalicelib.core.statistics import Row, Statistic, share

_UNANSWERED: Final = ("date", "why", "service_id", "text", "questions")


def rows(_offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell by day, service and topic how many questions were asked, and how many were answered."""
    for row in storage.load_daily_counts(first, last):
        counts = row.counts
        yield {
            "date": str(row.day),
            "service_id": row.service,
            "topic": row.topic,
            **counts,
            "answered_share": share(counts["asked"] - counts["unanswered"], counts["asked"]),
        }


def unanswered(_offices: frozenset[str], first: date, last: date) -> Iterator[Row]:
    """Tell which questions of the last 30 days were not answered, or answered without help."""
    for one in storage.load_unhelped(first, last, dependencies.clock().now()):
        values = (str(one.day), one.why, one.service, one.text, 1)
        yield dict(zip(_UNANSWERED, values, strict=True))


QUESTIONS: Final = Statistic(("date", "service_id", "topic", *COUNTS, "answered_share"), rows)
UNANSWERED: Final = Statistic(_UNANSWERED, unanswered)
