"""What a receipt's look-up reads."""

from dataclasses import dataclass

from chalicelib.cases.domain.case import Case
from chalicelib.core.history import Entry


@dataclass(frozen=True, slots=True)
class StatusLookup:
    """What a receipt's look-up found: a case with its history, and its wrong guesses so far."""

    case: Case | None
    entries: tuple[Entry, ...]
    window: str
    misses: int
