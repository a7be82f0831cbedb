"""The drafts of services, their histories, and what the desk has published."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, cast

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.catalogue.domain.desk import Publication
from chalicelib.catalogue.domain.draft_changes import Change
from chalicelib.catalogue.domain.drafts import Draft, DraftStatus, PublishedVersion
from chalicelib.catalogue.storage._records import (
    DraftRecord,
    EntryOfRoom,
    PublishedRecord,
    revision_record,
)
from chalicelib.catalogue.storage.versions import follow, write_version
from chalicelib.core.attributes import (
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.four_eyes import Word
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import EntryRecord, failed_conditions, transaction

_DRAFT: Final = "draft"
_ACT: Final = "publish"


def load_draft(service_id: str) -> Draft:
    """Return the draft of a service."""
    try:
        record = DraftRecord.get(f"D#{service_id}", _DRAFT, consistent_read=True)
    except DraftRecord.DoesNotExist:
        return Draft(service_id)
    return _draft(record)


def load_drafts(service_ids: Iterable[str]) -> dict[str, Draft]:
    """Return the drafts that some services have, by service; one BatchGet for each hundred."""
    keys = [(f"D#{service_id}", _DRAFT) for service_id in service_ids]
    found = map(_draft, DraftRecord.batch_get(keys, consistent_read=True))
    return {draft.service_id: draft for draft in found}


def load_published(service_id: str, limit: int) -> list[PublishedVersion]:
    """Return the last versions that the desk published of a service, newest first; one Query."""
    found = PublishedRecord.query(
        f"D#{service_id}",
        PublishedRecord.sk.startswith("V#"),
        scan_index_forward=False,
        consistent_read=True,
        limit=limit,
    )
    return [_published(record) for record in found]


def load_service_entries(service_id: str) -> list[Entry]:
    """Return the history of a service."""
    return EntryOfRoom.entries_of(f"D#{service_id}", "E#")


def store_draft(
    old: Draft, new: Draft, entries: Sequence[Entry], publication: Publication | None
) -> bool:
    """Keep a draft's next version with its entries, and what it publishes, all or nothing.

    The version of the catalogue is written before, where nobody looks. False when another was
    faster, with the draft or with the catalogue.
    """
    if publication:
        write_version(publication.name, publication.services, publication.offices)
    is_still = (
        DraftRecord.version == old.version if old.version else DraftRecord.pk.does_not_exist()
    )
    pk = f"D#{new.service_id}"
    try:
        with transaction() as write:
            write.save(_record(new), condition=is_still)
            for entry in entries:
                write.save(EntryOfRoom(pk, f"E#{entry.seq:06}", **EntryRecord.keys_of(entry)))
            if publication:
                _publish(write, pk, publication)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def _publish(write: TransactWrite, pk: str, publication: Publication) -> None:
    one = publication.published
    changes = [[c.pointer, c.kind, c.before, c.after] for c in one.changes]
    write.save(
        PublishedRecord(
            pk,
            f"V#{one.number:06}",
            effective_from=seconds(one.effective_from),
            published_at=seconds(one.published_at),
            edited_by=one.edited_by,
            submitted_by=one.submitted_by,
            approved_by=one.approved_by,
            reason=one.reason,
            changes=json.dumps(changes, ensure_ascii=False),
        )
    )
    for service in publication.revisions:
        write.save(revision_record(service))
    follow(write, publication.old, publication.name)


def _published(record: PublishedRecord) -> PublishedVersion:
    return PublishedVersion(
        record.pk.removeprefix("D#"),
        int(record.sk.removeprefix("V#")),
        moment(record.effective_from),
        moment(record.published_at),
        record.edited_by,
        record.submitted_by,
        record.approved_by,
        record.reason,
        tuple(Change(*one) for one in json.loads(record.changes)),
    )


def _draft(record: DraftRecord) -> Draft:
    asked, version = record.asked, int(record.version)
    return Draft(
        record.pk.removeprefix("D#"),
        cast("DraftStatus", record.status),
        json.loads(record.sections),
        optional_moment(record.effective_from),
        record.base or "",
        record.edited_by,
        optional_moment(record.edited_at),
        Word(_ACT, asked[0], datetime.fromisoformat(asked[1]), asked[2]) if asked else None,
        version,
        Head(version, record.hash),
        read_ledger(record.ledger),
    )


def _record(draft: Draft) -> DraftRecord:
    asked = draft.asked
    return DraftRecord(
        f"D#{draft.service_id}",
        _DRAFT,
        status=draft.status,
        sections=json.dumps(draft.sections, ensure_ascii=False),
        effective_from=optional_seconds(draft.effective_from),
        base=draft.base or None,
        edited_by=draft.edited_by,
        edited_at=optional_seconds(draft.edited_at),
        asked=[asked.by, asked.at.isoformat(), asked.reason] if asked else None,
        version=draft.version,
        hash=draft.head.hash,
        ledger=ledger_of(draft.ledger),
    )
