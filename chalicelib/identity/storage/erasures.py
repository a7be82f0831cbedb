"""How far an erasure has come, for the next try to go on from there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import seconds
from chalicelib.core.tables import Addition, failed_conditions, transaction
from chalicelib.identity.storage._records import ErasureRecord, get

_ERASURE: Final = "erasure"


def begin_erasure(
    citizen_id: str,
    until: datetime,
    signed: Mapping[str, str] | None = None,
    use: Addition | None = None,
) -> bool:
    """Note that nothing new can come until a time; False where the signature was not to `use`.

    `signed` are the facts of the signature, for the last entry of the citizen's history.
    """
    record = ErasureRecord(
        f"C#{citizen_id}",
        _ERASURE,
        steps=None,
        signed=dict(signed) if signed else None,
        tidy_at=seconds(until),
    )
    if use is None:
        record.save()
        return True
    try:
        with transaction() as write:
            write.save(record)
            use(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def write_unless_leaving(write: TransactWrite, citizen_id: str, now: datetime) -> None:
    """Let a transaction fail once the citizen's erasure has begun."""
    write.condition_check(
        ErasureRecord,
        f"C#{citizen_id}",
        _ERASURE,
        condition=ErasureRecord.pk.does_not_exist() | (ErasureRecord.tidy_at <= seconds(now)),
    )


def erasure_signed(citizen_id: str) -> Mapping[str, str]:
    """Return the facts of the signature by which an erasure was begun; none without one."""
    [*found] = get(ErasureRecord, f"C#{citizen_id}", _ERASURE)
    return dict(found[0].signed or {}) if found else {}


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
