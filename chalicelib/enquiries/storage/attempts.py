"""Claims of what may be done only so often in a window of time."""

from pynamodb.exceptions import UpdateError

from chalicelib.core.attributes import seconds
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import condition_failed
from chalicelib.enquiries.storage._records import AttemptsRecord, pk_of


def claim(what: str, window: Window, limit: int, *, number: str = "", source: str = "") -> bool:
    """Claim one of so many in a window, of an enquiry's number or a caller; False for none left."""
    attempts = AttemptsRecord.attempts
    try:
        _record(what, window, number, source).update(
            [attempts.add(1), AttemptsRecord.tidy_at.set(seconds(window.ends))],
            condition=attempts.does_not_exist() | (attempts < limit),
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def give_back(what: str, window: Window, *, number: str = "", source: str = "") -> None:
    """Give back a claim that was not used."""
    try:
        _record(what, window, number, source).update(
            [AttemptsRecord.attempts.add(-1)], condition=AttemptsRecord.attempts > 0
        )
    except UpdateError as error:
        condition_failed(error)


def _record(what: str, window: Window, number: str, source: str) -> AttemptsRecord:
    return AttemptsRecord(pk_of(number) if number else f"G#{source}", f"{what}#{window.name}")
