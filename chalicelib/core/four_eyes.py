"""What two persons decide: the first asks, another agrees (four-eyes principle, COSO)."""

from collections.abc import Callable
from dataclasses import dataclass, field
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
    """One person's word for an `act`: whose it is, when it was given, and why.

    `is_same` tells whether another account is in the same hand, as one whose password one has set;
    it is asked of a second person alone, and is not kept.
    """

    act: str
    by: str
    at: datetime
    reason: str
    is_same: Callable[[str], bool] = field(default=lambda _by: False, compare=False, repr=False)


def is_agreed(first: Word | None, word: Word) -> bool:
    """Tell whether a word agrees to the first one; for another act it takes the first one's place.

    Raises SecondPersonNeeded when it is the same person's again, also by another's account.
    """
    if first is None or first.act != word.act:
        return False
    if first.by == word.by or word.is_same(first.by):
        raise SecondPersonNeeded
    return True
