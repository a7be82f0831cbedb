"""What was made under a mandate, and the condition on which more is."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.clock import office_time
from chalicelib.mandates.domain import Mandate
from chalicelib.mandates.storage._records import STATE, MadeRecord, MandateRecord, mandate_pk
from chalicelib.mandates.storage.organisations import write_active


def write_holds(
    write: TransactWrite, mandate: Mandate, made: tuple[str, str] | None, now: datetime
) -> None:
    """Let another room's transaction fail unless a mandate is active; note what is made by it.

    Neither does anybody act for an organisation that is frozen.
    """
    pk, today = mandate_pk(mandate.mandate_id), office_time(now).date().isoformat()
    active = (MandateRecord.state == "active") & (MandateRecord.until >= today)
    write.condition_check(MandateRecord, pk, STATE, condition=active)
    if mandate.of_organisation:
        write_active(write, mandate.principal)
    if made:
        write.save(MadeRecord(pk, _sk(*made), at=seconds(now)))


def was_made_under(mandate_id: str, kind: str, thing_id: str) -> bool:
    """Tell whether a thing was made under a mandate."""
    try:
        MadeRecord.get(mandate_pk(mandate_id), _sk(kind, thing_id), consistent_read=True)
    except MadeRecord.DoesNotExist:
        return False
    return True


def list_made(mandate_id: str, kind: str = "") -> list[tuple[str, str, datetime]]:
    """Return what was made under a mandate, of one kind or all: kind, id and when; one Query."""
    prefix = f"D#{kind}#" if kind else "D#"
    records = MadeRecord.query(
        mandate_pk(mandate_id), MadeRecord.sk.startswith(prefix), consistent_read=True
    )
    return [(*_parts(record.sk), moment(record.at)) for record in records]


def _sk(kind: str, thing_id: str) -> str:
    return f"D#{kind}#{thing_id}"


def _parts(sk: str) -> tuple[str, str]:
    _, kind, thing_id = sk.split("#")
    return kind, thing_id
