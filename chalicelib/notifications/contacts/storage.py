"""Codes that were asked for, and claims of what may be asked only so often.

| what | pk | sk |
|---|---|---|
| the code that was asked for last | C#citizen | V#contact |
| claims of a window | L#what | window |
"""

from datetime import datetime
from typing import Any

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.core.attributes import ledger_of, moment, read_ledger, seconds
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.contacts.domain import TRIES, CodeRequest
from chalicelib.notifications.storage._records import CLAIMS, CodeRequestRecord


def load(citizen_id: str, contact: str) -> CodeRequest | None:
    """Return the code that was asked for last."""
    try:
        return _read(CodeRequestRecord.get(*_keys(citizen_id, contact), consistent_read=True))
    except CodeRequestRecord.DoesNotExist:
        return None


def store(citizen_id: str, contact: str, old: CodeRequest | None, new: CodeRequest) -> bool:
    """Keep a request in place of the one before; False when another was faster."""
    as_seen: Any = CodeRequestRecord.pk.does_not_exist()
    if old:
        as_seen = CodeRequestRecord.revision == old.revision
    record = CodeRequestRecord(
        *_keys(citizen_id, contact),
        key=new.key,
        sealed=new.sealed,
        expires=seconds(new.expires_at),
        lease=seconds(new.lease_until),
        tries=new.tries,
        sent=new.sent,
        revision=(old.revision if old else 0) + 1,
        ledger=ledger_of(new.ledger),
    )
    try:
        record.save(condition=as_seen)
    except PutError as error:
        condition_failed(error)
        return False
    return True


def note_sent(citizen_id: str, contact: str, key: str) -> None:
    """Note that a service took the code of an attempt. Idempotent."""
    _update(citizen_id, contact, key, [CodeRequestRecord.sent.set(True)])


def release(citizen_id: str, contact: str, key: str, now: datetime) -> None:
    """Let the attempt send its code again at once."""
    _update(citizen_id, contact, key, [CodeRequestRecord.lease.set(seconds(now))])


def claim_try(citizen_id: str, contact: str, request: CodeRequest) -> bool:
    """Claim one of the tries at a code; False when none is left, or the code is another's."""
    has_tries = CodeRequestRecord.tries < TRIES
    return _update(citizen_id, contact, request.key, [CodeRequestRecord.tries.add(1)], has_tries)


def claim_one_of(what: str, window: Window, limit: int) -> bool:
    """Claim one of so many a window; False when none is left."""
    return CLAIMS.claim((f"L#{what}", window.name), window, limit)


def give_back(what: str, window: Window) -> None:
    """Give a claim back that was one too many."""
    CLAIMS.give_back((f"L#{what}", window.name))


def _update(
    citizen_id: str, contact: str, key: str, actions: list[Any], condition: Any = None
) -> bool:
    is_that = CodeRequestRecord.key == key
    record = CodeRequestRecord(*_keys(citizen_id, contact))
    grows = CodeRequestRecord.revision.add(1)
    try:
        record.update(
            [*actions, grows], condition=is_that if condition is None else is_that & condition
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _keys(citizen_id: str, contact: str) -> tuple[str, str]:
    return f"C#{citizen_id}", f"V#{contact}"


def _read(record: CodeRequestRecord) -> CodeRequest:
    return CodeRequest(
        record.key,
        record.sealed,
        moment(record.expires),
        moment(record.lease),
        int(record.tries),
        record.sent,
        int(record.revision),
        read_ledger(record.ledger),
    )
