"""The records of the table `catalogue`."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.catalogue.domain.sections import revision_of
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table

TABLE: Final = Table("catalogue")


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class CurrentRecord(_Kept):
    version = UnicodeAttribute()
    base = UnicodeAttribute(null=True)


class EntryOfRoom(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class PartRecord(_Kept):
    body = UnicodeAttribute()


class MissRecord(_Kept):
    searched = NumberAttribute(default=0)
    tidy_at = NumberAttribute()


class RevisionRecord(_Kept):
    body = UnicodeAttribute()


class DraftRecord(_Kept):
    status = UnicodeAttribute()
    # The sections as JSON text, whose fields keep their order.
    sections = UnicodeAttribute()
    effective_from = NumberAttribute(null=True)
    base = UnicodeAttribute(null=True)
    edited_by = UnicodeAttribute(null=True)
    edited_at = NumberAttribute(null=True)
    # As [whose, when, why].
    asked = JSONAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class PublishedRecord(_Kept):
    effective_from = NumberAttribute()
    published_at = NumberAttribute()
    edited_by = UnicodeAttribute()
    submitted_by = UnicodeAttribute()
    approved_by = UnicodeAttribute(null=True)
    reason = UnicodeAttribute()
    # The changes as JSON text: each as [pointer, kind, before, after].
    changes = UnicodeAttribute()


def revision_record(service: Mapping[str, Any]) -> RevisionRecord:
    """Return what keeps a service as it is now, under the name of all that it is."""
    body = json.dumps(service, ensure_ascii=False)
    return RevisionRecord(f"R#{service['id']}", revision_of(service), body=body)
