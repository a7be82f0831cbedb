"""Look-ups as their citizens and other rooms see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.mandates.service import first_matching
from chalicelib.registers import storage
from chalicelib.registers.domain import FRESH_FOR, Answer, Lookup, is_id, is_owned
from chalicelib.registers.service import encryption

# More are not made for one application; what is older is made again.
_NEWEST: Final = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """A look-up with what the register said, in clear."""

    lookup: Lookup
    answer: Answer


def find_own(citizen_id: str, lookup_id: str) -> Shown | None:
    """Return a citizen's own look-up that was answered."""
    if not is_id(lookup_id) or not is_owned(lookup_id, citizen_id):
        return None
    lookup = storage.load(lookup_id)
    return opened(lookup) if lookup else None


def load(lookup_id: str) -> Lookup:
    """Return a look-up that was kept; raises NotFound."""
    lookup = storage.load(lookup_id)
    if lookup is None:
        raise NotFound
    return lookup


def list_mine(citizen_id: str, position: str | None, limit: int) -> Page[Shown]:
    """Return a citizen's look-ups that were answered, newest first."""
    page = first_matching(
        lambda after: storage.list_of(citizen_id, after, limit),
        lambda lookup: lookup.answer is not None,
        position,
    )
    return Page(tuple(filter(None, map(opened, page.items))), page.next_position)


def fresh(citizen_id: str, now: datetime) -> tuple[Shown, ...]:
    """Return a citizen's newest look-ups that can still be given, newest first; one Query."""
    found = storage.since(citizen_id, now - FRESH_FOR, _NEWEST)
    return tuple(filter(None, (opened(one) for one in found if one.is_fresh(now))))


def opened(lookup: Lookup) -> Shown | None:
    """Return a look-up with what the register said; None while there is nothing."""
    answer = encryption.open_answer(lookup)
    return Shown(lookup, answer) if answer else None
