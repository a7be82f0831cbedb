"""What a receipt leads to, and the tries at its code."""

from typing import Any

from chalicelib.cases.domain import Case, StatusLookup
from chalicelib.cases.storage._records import (
    CLAIMS,
    LAST_PART,
    HistoryRecord,
    ItemRecord,
    receipt_pk,
)
from chalicelib.cases.storage.cases import load_state, read_state
from chalicelib.core.code_tries import place_of_tries
from chalicelib.core.rate_limit import Window


def load_status(number: str, window: Window) -> StatusLookup:
    """Return what a receipt's partition holds but the body, in one Query.

    It is consistent: a count of tries that comes late would be free guesses. Tries of former hours
    stand before what is read.
    """
    pk, first = place_of_tries(receipt_pk(number), window)
    span = ItemRecord.sk.between(first, LAST_PART)
    found: list[Any] = list(ItemRecord.query(pk, span, consistent_read=True))
    entries = tuple(record.to_entry() for record in found if isinstance(record, HistoryRecord))
    tries = sum(int(record.attempts) for record in found if isinstance(record, CLAIMS.kind))
    return StatusLookup(read_state(found), entries, tries)


def load_by_number(number: str) -> Case | None:
    """Return the case of a plain receipt number."""
    return load_state(receipt_pk(number))
