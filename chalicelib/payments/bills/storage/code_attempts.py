"""Tries at bills' codes, counted by the hour for the bill and for the caller."""

from pynamodb.exceptions import UpdateError

from chalicelib.core.attributes import seconds
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import condition_failed
from chalicelib.payments.bills.storage._records import MissesRecord


def bill_claim(bill_id: str) -> str:
    """Return where the tries at a bill's code are counted."""
    return f"B#{bill_id}"


def caller_claim(source: str) -> str:
    """Return where the tries of a network address are counted."""
    return f"G#{source}"


def claim(where: str, window: Window, limit: int) -> bool:
    """Claim one of so many tries of a window; False when none is left."""
    tries, tidy = MissesRecord.misses, MissesRecord.tidy_at.set(seconds(window.ends))
    try:
        MissesRecord(where, f"misses#{window.name}").update(
            [tries.add(1), tidy], condition=tries.does_not_exist() | (tries < limit)
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def give_back(where: str, window: Window) -> None:
    """Give back the try that was right."""
    MissesRecord(where, f"misses#{window.name}").update([MissesRecord.misses.add(-1)])
