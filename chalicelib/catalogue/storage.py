"""The table `catalogue`.

| what | pk | sk |
|---|---|---|
| the current version's name | CURRENT | - |
| a hall's history | CURRENT | E#office#seq |
| a service of a version | V#version | S#place |
| a hall of a version | V#version | O#place |

A new version is written whole under its own key, then the name is changed: a reader sees one or the
other. Reads: the name by key, a version by one Query. No index.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from chalicelib.core.history import Entry
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import EntryRecord, Record, Table, failed_conditions, transaction

TABLE: Final = Table("catalogue")
_CURRENT: Final = "CURRENT"
Unreachable = PynamoDBException


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Current(_Kept):
    version = UnicodeAttribute()
    base = UnicodeAttribute(null=True)


class _Entry(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Part(_Kept):
    body = UnicodeAttribute()


def current_version() -> str | None:
    """Return the name of the version that holds."""
    try:
        return _Current.get(_CURRENT, "-").version
    except _Current.DoesNotExist:
        return None


def load(version: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the services and the halls of a version."""
    parts = list(_Part.query(f"V#{version}"))
    services = [json.loads(part.body) for part in parts if part.sk.startswith("S#")]
    return services, [json.loads(part.body) for part in parts if part.sk.startswith("O#")]


def current_base() -> str | None:
    """Return the name of the version that was published whole and changed since, if any was."""
    try:
        return _Current.get(_CURRENT, "-").base
    except _Current.DoesNotExist:
        return None


def publish(
    version: str, services: Sequence[Mapping[str, Any]], offices: Sequence[Mapping[str, Any]]
) -> None:
    """Write a version, then make it the current one."""
    _write(version, services, offices)
    _Current(_CURRENT, "-", version=version, base=version).save()


def publish_change(
    old: str,
    version: str,
    services: Sequence[Mapping[str, Any]],
    offices: Sequence[Mapping[str, Any]],
    entry: Entry,
) -> bool:
    """Write a version that follows `old`, with the entry of what changed; False when too late."""
    _write(version, services, offices)
    try:
        with transaction() as write:
            write.save(
                _Entry(_CURRENT, _entry_key(entry), **EntryRecord.keys_of(entry)),
                condition=_Entry.pk.does_not_exist(),
            )
            write.update(
                _Current(_CURRENT, "-"),
                [_Current.version.set(version)],
                condition=_Current.version == old,
            )
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_entries(office_id: str) -> list[Entry]:
    """Return the history of a hall."""
    return _Entry.entries_of(_CURRENT, f"E#{office_id}#")


def _write(
    version: str, services: Sequence[Mapping[str, Any]], offices: Sequence[Mapping[str, Any]]
) -> None:
    with _Part.batch_write() as batch:
        for kind, things in (("S", services), ("O", offices)):
            for place, thing in enumerate(things):
                body = json.dumps(thing, ensure_ascii=False)
                batch.save(_Part(f"V#{version}", f"{kind}#{place:05}", body=body))


def _entry_key(entry: Entry) -> str:
    return f"E#{entry.subject}#{entry.seq:06}"
