"""What a receipt's look-up reads, and how many wrong guesses shut it for the rest of an hour."""

from dataclasses import dataclass
from typing import Final

from chalicelib.cases.domain.case import Case
from chalicelib.core.history import Entry

TRIES_OF_RECEIPT: Final = 5
TRIES_OF_CALLER: Final = 20


@dataclass(frozen=True, slots=True)
class StatusLookup:
    """What a receipt's look-up found: a case with its history, and the tries of this hour."""

    case: Case | None
    entries: tuple[Entry, ...]
    tries: int
