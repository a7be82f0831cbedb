"""The versions of the catalogue, and the histories of halls."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pynamodb.exceptions import PutError, PynamoDBException, TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.catalogue.storage._records import (
    CurrentRecord,
    EntryOfRoom,
    PartRecord,
    RevisionRecord,
    revision_record,
)
from chalicelib.core.history import Entry
from chalicelib.core.tables import (
    EntryRecord,
    condition_failed,
    failed_conditions,
    transaction,
)

_CURRENT: Final = "CURRENT"
Unreachable = PynamoDBException
Data = Mapping[str, Any]


def current_version() -> str | None:
    """Return the name of the version that holds."""
    try:
        return CurrentRecord.get(_CURRENT, "-").version
    except CurrentRecord.DoesNotExist:
        return None


def load(version: str) -> tuple[list[Data], list[Data]]:
    """Return the services and the halls of a version."""
    parts = list(PartRecord.query(f"V#{version}", consistent_read=True))
    services = [json.loads(part.body) for part in parts if part.sk.startswith("S#")]
    return services, [json.loads(part.body) for part in parts if part.sk.startswith("O#")]


def current_base() -> str | None:
    """Return the name of the version that was published whole and changed since, if any was."""
    try:
        return CurrentRecord.get(_CURRENT, "-").base
    except CurrentRecord.DoesNotExist:
        return None


def publish(
    old: str | None, version: str, services: Sequence[Data], offices: Sequence[Data], base: str
) -> bool:
    """Write a version, then make it the current one after `old`; False when too late.

    What each service was is kept for cases that are lodged while it holds.
    """
    write_version(version, services, offices)
    with RevisionRecord.batch_write() as batch:
        for service in services:
            batch.save(revision_record(service))
    is_still = CurrentRecord.version == old if old else CurrentRecord.pk.does_not_exist()
    try:
        CurrentRecord(_CURRENT, "-", version=version, base=base).save(is_still)
    except PutError as error:
        return not condition_failed(error)
    return True


def publish_change(
    old: str,
    version: str,
    services: Sequence[Data],
    offices: Sequence[Data],
    entry: Entry,
) -> bool:
    """Write a version that follows `old`, with the entry of what changed; False when too late."""
    write_version(version, services, offices)
    try:
        with transaction() as write:
            write.save(
                EntryOfRoom(_CURRENT, _entry_key(entry), **EntryRecord.keys_of(entry)),
                condition=EntryOfRoom.pk.does_not_exist(),
            )
            follow(write, old, version)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def follow(write: TransactWrite, old: str, version: str) -> None:
    """Make a version that is written the current one, if `old` still is."""
    write.update(
        CurrentRecord(_CURRENT, "-"),
        [CurrentRecord.version.set(version)],
        condition=CurrentRecord.version == old,
    )


def load_revision(service_id: str, revision: str) -> Data | None:
    """Return a service as it was; None where that is not kept."""
    try:
        record = RevisionRecord.get(f"R#{service_id}", revision)
    except RevisionRecord.DoesNotExist:
        return None
    service: Data = json.loads(record.body)
    return service


def load_entries(office_id: str) -> list[Entry]:
    """Return the history of a hall."""
    return EntryOfRoom.entries_of(_CURRENT, f"E#{office_id}#")


def write_version(version: str, services: Sequence[Data], offices: Sequence[Data]) -> None:
    """Write a version under its own key, where nobody looks yet; the same twice is once."""
    with PartRecord.batch_write() as batch:
        for kind, things in (("S", services), ("O", offices)):
            for place, thing in enumerate(things):
                body = json.dumps(thing, ensure_ascii=False)
                batch.save(PartRecord(f"V#{version}", f"{kind}#{place:05}", body=body))


def _entry_key(entry: Entry) -> str:
    return f"E#{entry.subject}#{entry.seq:06}"
