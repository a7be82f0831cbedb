"""What a receipt leads to, and the wrong guesses at its code."""

from typing import Any

from pynamodb.exceptions import UpdateError

from chalicelib.cases.domain import Case, StatusLookup
from chalicelib.cases.storage._records import (
    LAST_PART,
    MISSES,
    HistoryRecord,
    ItemRecord,
    MissesRecord,
)
from chalicelib.cases.storage.cases import load_state, read_state
from chalicelib.core.attributes import seconds
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import condition_failed


def load_status(number: str) -> StatusLookup:
    """Return what a receipt's partition holds but the body, in one Query.

    It is consistent: a count of wrong guesses that comes late would be free guesses.
    """
    found: list[Any] = list(
        ItemRecord.query(f"K#{number}", ItemRecord.sk <= LAST_PART, consistent_read=True)
    )
    case = read_state(found)
    entries = tuple(record.to_entry() for record in found if isinstance(record, HistoryRecord))
    for record in found:
        if isinstance(record, MissesRecord):
            window, misses = str(int(record.window)), int(record.misses)
            return StatusLookup(case, entries, window, misses)
    return StatusLookup(case, entries, "", 0)


def load_by_number(number: str) -> Case | None:
    """Return the case of a plain receipt number."""
    return load_state(f"K#{number}")


def count_miss(number: str, window: Window) -> int:
    """Count a wrong guess at a receipt; return how many there are in this window."""
    return _count(f"K#{number}", MISSES, window)


def return_miss(number: str, window: Window) -> None:
    """Take back a try at a receipt that was right."""
    same = (MissesRecord.window == int(window.name)) & (MissesRecord.misses > 0)
    try:
        MissesRecord(f"K#{number}", MISSES).update([MissesRecord.misses.add(-1)], condition=same)
    except UpdateError as error:
        # Another hour has begun meanwhile.
        condition_failed(error)


def count_miss_of(source: str, window: Window) -> int:
    """Count a wrong guess of a caller; return how many there are in this window."""
    return _count(f"G#{source}", "misses", window)


def _count(pk: str, sk: str, window: Window) -> int:
    number = int(window.name)
    record, tidy = MissesRecord(pk, sk), MissesRecord.tidy_at.set(seconds(window.ends))
    one_more: list[Any] = [MissesRecord.misses.add(1), tidy]
    first: list[Any] = [MissesRecord.misses.set(1), MissesRecord.window.set(number), tidy]
    same = MissesRecord.window == number
    # Of those who begin a window at once, one does; the others find it begun.
    for actions, condition in ((one_more, same), (first, ~same), (one_more, same)):
        try:
            record.update(actions, condition=condition)
        except UpdateError as error:
            condition_failed(error)
        else:
            break
    return int(record.misses)
