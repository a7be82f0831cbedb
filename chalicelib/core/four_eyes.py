"""What two persons decide: the first asks, another agrees (four-eyes principle, COSO)."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text


class SecondPersonNeeded(Problem):
    """Who asked for something cannot agree to it."""

    status = 409
    code = "second_person_needed"
    title = Text("须由另一人审批", "A second person must approve this")


@dataclass(frozen=True, slots=True)
class Word:
    """One person's word for an `act`: whose it is, when it was given, and why."""

    act: str
    by: str
    at: datetime
    reason: str


def is_agreed(first: Word | None, word: Word) -> bool:
    """Tell whether a word agrees to the first one; for another act it takes the first one's place.

    Raises SecondPersonNeeded when it is the same person's again.
    """
    if first is None or first.act != word.act:
        return False
    if first.by == word.by:
        raise SecondPersonNeeded
    return True
