"""What look-ups hold about a citizen: exported, made unreadable, and shown to auditors."""

from datetime import datetime
from typing import Final

from chalicelib.core import audit, changes, pagination
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.identity.service import personal_data_requests
from chalicelib.registers import storage
from chalicelib.registers.domain import Lookup, erased, is_id
from chalicelib.registers.service import encryption, queries

_PAGE: Final = 100


def history_of(lookup_id: str) -> audit.SubjectHistory | None:
    """Return a look-up's history, for auditors of the halls where its citizen was."""
    lookup = storage.load(lookup_id) if is_id(lookup_id) else None
    if lookup is None:
        return None
    entries = tuple(storage.load_entries(lookup_id))
    return audit.SubjectHistory(entries, lookup.head, None, lookup.citizen_id)


def held_about(citizen_id: str) -> list[dict[str, object]]:
    """Return a citizen's look-ups as plain JSON values, for their export."""
    return [_exported(one) for one in _all_of(citizen_id)]


def forget(citizen_id: str, now: datetime) -> None:
    """Drop what is personal of a citizen's look-ups; that registers were asked stays."""
    for lookup in _all_of(citizen_id):
        _forget(lookup, now)


def _forget(lookup: Lookup, now: datetime) -> None:
    author = Author(f"citizen:{lookup.citizen_id}", now)
    changes.apply(lambda: queries.load(lookup.lookup_id), erased, storage.store, author)


def _all_of(citizen_id: str) -> list[Lookup]:
    return list(pagination.every(lambda after: storage.list_of(citizen_id, after, _PAGE)))


def _exported(lookup: Lookup) -> dict[str, object]:
    answer = encryption.open_answer(lookup)
    return {
        "lookup_id": lookup.lookup_id,
        "register_id": lookup.register_id,
        "service_id": lookup.service_id,
        "for_member": lookup.for_member,
        "claim": lookup.claim,
        "consent": lookup.consent,
        "asked_at": rfc3339(lookup.asked_at),
        "outcome": answer.outcome if answer else None,
        "fields": dict(answer.fields) if answer else {},
    }


PERSONAL_DATA: Final = personal_data_requests.Holder("lookups", held_about, forget)
