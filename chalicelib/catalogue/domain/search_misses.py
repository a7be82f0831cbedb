"""Searches that find nothing, as they are counted: without a person, and without digits."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from chalicelib.catalogue.domain.search_text import plain
from chalicelib.core import masking

KEPT_FOR: Final = timedelta(days=92)
_SHORTEST: Final = 2
_LONGEST: Final = 40
_DROPPED: Final = re.compile(r"[\d#]|\W(?<!\s)")


@dataclass(frozen=True, slots=True)
class SearchMiss:
    """How often a day's searches with these words found nothing."""

    day: date
    query: str
    searched: int


def counted_form(query: str) -> str | None:
    """Return the words that are counted of a query; None where they are too few to say anything.

    What tells a person is masked first, then digits and signs go.
    """
    masked = masking.masked(query, ()).replace(masking.MASK, " ")
    words = " ".join(_DROPPED.sub(" ", plain(masked)).split())[:_LONGEST].strip()
    return words if len(words) >= _SHORTEST else None
