"""Small values as the records of every room keep them."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.core.idempotency import Applied, Ledger


def seconds(moment: datetime) -> int:
    """Return a moment in whole seconds; what is left of one is cut off."""
    return int(moment.timestamp())


def moment(seconds: float) -> datetime:
    """Read whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC)


def optional_seconds(moment: datetime | None) -> int | None:
    """Return a moment that need not be."""
    return seconds(moment) if moment else None


def optional_moment(seconds: float | None) -> datetime | None:
    """Read seconds that need not be."""
    return moment(seconds) if seconds is not None else None


def ledger_of(ledger: Ledger) -> list[list[str | int]]:
    """Return the notes of attempts as lists, which JSON knows."""
    return [[a.key, a.fingerprint, a.at] for a in ledger]


def read_ledger(kept: list[Any]) -> Ledger:
    """Read the notes of attempts."""
    return tuple(Applied(*applied) for applied in kept)


def bucket(text: str, buckets: int) -> int:
    """Return the bucket of an index that an id falls into, always the same one."""
    return sum(text.encode()) % buckets
