"""Drafts of applications: one for each of a citizen's services, sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from chalicelib.cases.domain.drafts import DRAFT_KEPT_FOR
from chalicelib.core.attributes import milliseconds, moment_of_milliseconds, seconds
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Record

_PREFIX: Final = "D#"


class _Draft(Record):
    class Meta:
        table_name = f"{SETTINGS.table_prefix}cases"
        region = SETTINGS.region

    sealed = UnicodeAttribute()
    saved = NumberAttribute()
    tidy_at = NumberAttribute()


@dataclass(frozen=True, slots=True)
class SealedDraft:
    """A draft as it is kept."""

    service_id: str
    sealed: str
    saved_at: datetime


def save_draft(citizen_id: str, draft: SealedDraft) -> None:
    """Keep a draft in the place of the last one."""
    _Draft(
        f"{_PREFIX}{citizen_id}",
        draft.service_id,
        sealed=draft.sealed,
        saved=milliseconds(draft.saved_at),
        tidy_at=seconds(draft.saved_at + DRAFT_KEPT_FOR),
    ).save()


def load_draft(citizen_id: str, service_id: str) -> SealedDraft | None:
    """Return a citizen's draft for a service."""
    try:
        return _draft(_Draft.get(f"{_PREFIX}{citizen_id}", service_id, consistent_read=True))
    except DoesNotExist:
        return None


def list_drafts(citizen_id: str) -> list[SealedDraft]:
    """Return all drafts of a citizen; one Query."""
    found = _Draft.query(f"{_PREFIX}{citizen_id}", consistent_read=True)
    return [_draft(record) for record in found]


def delete_draft(citizen_id: str, service_id: str) -> None:
    """Drop a draft. Idempotent."""
    _Draft(f"{_PREFIX}{citizen_id}", service_id).delete()


def _draft(record: _Draft) -> SealedDraft:
    return SealedDraft(record.sk, record.sealed, moment_of_milliseconds(record.saved))
