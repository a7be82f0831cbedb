"""How far an erasure has come, for the next try to go on from there."""

from datetime import datetime
from typing import Final

from chalicelib.core.attributes import seconds
from chalicelib.identity.storage._records import ErasureRecord

_ERASURE: Final = "erasure"


def begin_erasure(citizen_id: str, until: datetime) -> None:
    """Note that nothing new can come until a time."""
    ErasureRecord(f"C#{citizen_id}", _ERASURE, steps=None, tidy_at=seconds(until)).save()


def erasure_steps(citizen_id: str, now: datetime) -> frozenset[str] | None:
    """Return the steps that are done; None when it has not begun, or began too long ago."""
    try:
        record = ErasureRecord.get(f"C#{citizen_id}", _ERASURE, consistent_read=True)
    except ErasureRecord.DoesNotExist:
        return None
    return frozenset(record.steps or ()) if seconds(now) < record.tidy_at else None


def note_erasure_step(citizen_id: str, step: str) -> None:
    """Note that a step is done. Idempotent."""
    record = ErasureRecord(f"C#{citizen_id}", _ERASURE)
    record.update(actions=[ErasureRecord.steps.add({step})])
