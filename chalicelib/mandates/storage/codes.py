"""The codes by which principals name agents, each under a hash of it."""

from datetime import timedelta
from typing import Any, Final

from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from chalicelib.core import dependencies
from chalicelib.core.attributes import moment, seconds
from chalicelib.core.idempotency import KEPT_FOR
from chalicelib.core.tables import Addition, condition_failed
from chalicelib.mandates.domain import AgentCode
from chalicelib.mandates.storage._records import CODE, AgentCodeRecord

# An attempt that made a code finds it again for as long as attempts are remembered.
_KEPT: Final[timedelta] = KEPT_FOR


def find_code(code: str) -> AgentCode | None:
    """Return what a code says; None for one that was never made."""
    try:
        record = AgentCodeRecord.get(_pk(code), CODE, consistent_read=True)
    except AgentCodeRecord.DoesNotExist:
        return None
    expires_at = moment(record.expires_at)
    return AgentCode(
        record.citizen,
        record.person,
        record.attempt,
        expires_at,
        record.used_for or "",
        int(record.generation or 0),
    )


def save_code(code: str, made: AgentCode) -> AgentCode:
    """Keep a new code; returns what is there under it already, else the code itself."""
    record = AgentCodeRecord(
        _pk(code),
        CODE,
        citizen=made.citizen_id,
        person=made.person,
        attempt=made.attempt,
        expires_at=seconds(made.expires_at),
        generation=made.generation or None,
        tidy_at=seconds(made.expires_at + _KEPT),
    )
    try:
        record.save(condition=AgentCodeRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return find_code(code) or made
    return made


def write_used(write: TransactWrite, code: str, used_for: str) -> None:
    """Use a code up; it fails where that was done before."""
    used: list[Any] = [AgentCodeRecord.used_for.set(used_for)]
    unused = AgentCodeRecord.pk.exists() & AgentCodeRecord.used_for.does_not_exist()
    write.update(AgentCodeRecord(_pk(code), CODE), used, condition=unused)


def using_up(code: str, used_for: str) -> Addition:
    """Return what uses a code up in another's transaction."""
    return lambda write: write_used(write, code, used_for)


def _pk(code: str) -> str:
    return f"K#{dependencies.vault().keyed_hash('agent-code-kept', code)}"
