"""Originals on their way from one hall to another, by the hall that they left."""

from datetime import datetime

from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import Case
from chalicelib.cases.storage._records import HandoverRecord
from chalicelib.core.attributes import seconds
from chalicelib.core.pagination import Page


def write_handover(write: TransactWrite, case: Case, office_id: str, at: datetime) -> None:
    """Note in a case's own transaction that its originals leave a hall, and go to another."""
    for hall in (office_id, case.office_id):
        sk = f"{seconds(at):010}#{case.case_id}"
        write.save(HandoverRecord(_pk(hall), sk, case=case.case_id))


def list_handovers(office_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the cases whose originals left a hall or were sent there, latest first."""
    below = HandoverRecord.sk < position if position else None
    found = list(
        HandoverRecord.query(_pk(office_id), below, scan_index_forward=False, limit=limit + 1)
    )
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(record.case for record in found[:limit]), more)


def _pk(office_id: str) -> str:
    return f"H#{office_id}"
