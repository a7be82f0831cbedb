"""How far an erasure has come, for the next try to go on from there."""

from datetime import datetime

from chalicelib.core.attributes import seconds
from chalicelib.identity.storage._records import ErasureRecord

_ERASURE = "erasure"


def begin_erasure(citizen_id: str, until: datetime) -> None:
    """Note that nothing new can come until a time."""
    ErasureRecord(f"C#{citizen_id}", _ERASURE, steps=None, tidy_at=seconds(until)).save()


def erasure_steps(citizen_id: str, now: datetime) -> frozenset[str] | None:
    """Return the steps that are done; None when it has not begun, or began too long ago."""
    found = list(
        ErasureRecord.query(f"C#{citizen_id}", ErasureRecord.sk == _ERASURE, consistent_read=True)
    )
    if not found or found[0].tidy_at <= seconds(now):
        return None
    return frozenset(found[0].steps or ())


def note_erasure_step(citizen_id: str, step: str) -> None:
    """Note that a step is done. Idempotent."""
    record = ErasureRecord(f"C#{citizen_id}", _ERASURE)
    record.update(actions=[ErasureRecord.steps.add({step})])
