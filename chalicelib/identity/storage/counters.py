"""Counters of attempts and failures, and claims of what there is only so much of."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import PynamoDBException, UpdateError

from chalicelib.core.attributes import seconds
from chalicelib.core.claims import Claims
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import condition_failed
from chalicelib.identity.storage._records import TABLE, CounterRecord, get

ATTEMPTS: Final = "tries"
# In the items in which attempts and failures are counted.
_CLAIMS: Final = Claims(TABLE)
_DAY: Final = 86400


def count(what: str, window: Window, *, failed: bool) -> tuple[int, int]:
    """Count an attempt or a failure; return how many attempts and failures there are."""
    record = CounterRecord(f"L#{what}", window.name)
    record.update(
        [
            CounterRecord.failures.add(1) if failed else CounterRecord.attempts.add(1),
            CounterRecord.tidy_at.set(seconds(window.ends)),
        ]
    )
    return int(record.attempts or 0), int(record.failures or 0)


def count_best_effort(what: str, window: Window, *, failed: bool) -> tuple[int, int]:
    """Count as `count` does; (0, 0) when the table does not answer."""
    try:
        return count(what, window, failed=failed)
    except PynamoDBException:
        return 0, 0


def claim_one_of(what: str, window: Window, limit: int) -> bool:
    """Claim one of so many a window; False when none is left."""
    return _CLAIMS.claim((f"L#{what}", window.name), window, limit)


def attempts(what: str, window: Window) -> int:
    """Return how many of a window were claimed."""
    return _CLAIMS.count((f"L#{what}", window.name))


def return_one(what: str, window: str) -> None:
    """Give back what was claimed and not used."""
    _CLAIMS.give_back((f"L#{what}", window))


def claim_attempt(
    what: str,
    free: int,
    now: datetime,
    waits: Callable[[int], int],
    window: str = ATTEMPTS,
) -> int:
    """Claim a try; return 0, or how many seconds to wait for the next.

    So many are `free`; each further one that is claimed makes the next wait. They are forgotten
    after a day without one.
    """
    record, tidy = CounterRecord(f"L#{what}", window), seconds(now) + _DAY
    is_free = CounterRecord.failures.does_not_exist() | (CounterRecord.failures < free)
    stale = CounterRecord.tidy_at <= seconds(now)
    try:
        record.update(
            [CounterRecord.failures.add(1), CounterRecord.tidy_at.set(tidy)], condition=is_free
        )
    except UpdateError as error:
        condition_failed(error)
    else:
        return 0
    stored = next(iter(get(CounterRecord, record.pk, window)), record)
    expired = int(stored.tidy_at or 0) <= seconds(now)
    attempts_so_far = 0 if expired else int(stored.failures or 0)
    if attempts_so_far >= free and int(stored.until or 0) > seconds(now):
        return int(stored.until or 0) - seconds(now)
    wait = waits(attempts_so_far - free) if attempts_so_far >= free else 0
    next_try: list[Any] = [
        CounterRecord.failures.set(attempts_so_far + 1),
        CounterRecord.until.set(seconds(now) + wait),
        CounterRecord.tidy_at.set(tidy),
    ]
    try:
        record.update(next_try, condition=stale | (CounterRecord.failures == attempts_so_far))
    except UpdateError as error:
        condition_failed(error)
        return max(1, wait)
    return 0


def return_attempt(what: str, window: str = ATTEMPTS) -> None:
    """Take back a try that was no failure; the wait that it began ends too."""
    record = CounterRecord(f"L#{what}", window)
    try:
        record.update(
            [CounterRecord.failures.add(-1), CounterRecord.until.remove()],
            condition=CounterRecord.failures > 0,
        )
    except UpdateError as error:
        condition_failed(error)


def failures(what: str, window: str) -> int:
    """Return how many failures were counted."""
    return sum(int(record.failures or 0) for record in get(CounterRecord, f"L#{what}", window))


def forget_failures(what: str, window: str) -> None:
    """Start counting anew."""
    CounterRecord(f"L#{what}", window).delete()


def forget_all_failures(what: str, prefix: str) -> None:
    """Start counting anew in all windows whose names begin so."""
    pk = f"L#{what}"
    with CounterRecord.batch_write() as batch:
        for record in CounterRecord.query(pk, CounterRecord.sk.startswith(prefix)):
            batch.delete(record)
