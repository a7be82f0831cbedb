"""Mandates that were witnessed: by their scans, and those that wait for a second person."""

from typing import Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.core.changes import Change
from chalicelib.core.pagination import Page
from chalicelib.core.tables import Addition, failed_conditions, transaction
from chalicelib.mandates.domain import Mandate
from chalicelib.mandates.storage._records import ListedRecord, MandateRecord, ScanRecord
from chalicelib.mandates.storage.mandates import (
    entry_record,
    load,
    load_many,
    mandate_record,
    write_listed,
)

_SCAN: Final = "scan"
_WAITING: Final = "W#"


def find_of_scan(upload_id: str) -> Mandate | None:
    """Return the mandate that a scan belongs to."""
    try:
        record = ScanRecord.get(f"S#{upload_id}", _SCAN, consistent_read=True)
    except ScanRecord.DoesNotExist:
        return None
    return load(record.mandate)


def list_waiting(office_id: str, position: str | None, limit: int) -> Page[Mandate]:
    """Return a page of what waits in a hall for a second person; a position is the last id."""
    after = ListedRecord.sk > position if position else ListedRecord.sk.startswith(_WAITING)
    records = ListedRecord.query(f"H#{office_id}", after, limit=limit, consistent_read=True)
    keys = [record.sk for record in records]
    known = {one.mandate_id: one for one in load_many(key[len(_WAITING) :] for key in keys)}
    found = (known.get(key[len(_WAITING) :]) for key in keys)
    waiting = tuple(one for one in found if one)
    return Page(waiting, keys[-1] if records.last_evaluated_key else None)


def store_witnessed(change: Change[Mandate, tuple[Addition, ...]]) -> bool:
    """Keep a mandate as a person's word makes it; False when another was faster.

    Its scan belongs to it from the first word on, and its sides see it once it is in force.
    """
    old, new = change.old, change.new
    version, witness = MandateRecord.version, new.witness
    unchanged = version == old.version if old.version else MandateRecord.pk.does_not_exist()
    try:
        with transaction() as write:
            write.save(mandate_record(new), condition=unchanged)
            for entry in change.entries:
                write.save(entry_record(new.mandate_id, entry))
            if witness and not old.version:
                scan = ScanRecord(f"S#{witness.upload_id}", _SCAN, mandate=new.mandate_id)
                write.save(scan, condition=ScanRecord.pk.does_not_exist())
            if new.state == "asked":
                write.save(_waiting(new))
            else:
                write_listed(write, new)
                write.delete(_waiting(new))
            for add in change.also:
                add(write)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def write_not_waiting(mandate: Mandate) -> Addition:
    """Return what takes a mandate off its hall's list."""
    record = _waiting(mandate)

    def write(transaction: TransactWrite) -> None:
        transaction.delete(record)

    return write


def _waiting(mandate: Mandate) -> ListedRecord:
    office_id = mandate.witness.office_id if mandate.witness else ""
    return ListedRecord(f"H#{office_id}", f"{_WAITING}{mandate.mandate_id}")
