"""The table `catalogue`.

| what | pk | sk |
|---|---|---|
| the current version's name | CURRENT | - |
| a hall's history | CURRENT | E#office#seq |
| a service of a version | V#version | S#place |
| a hall of a version | V#version | O#place |
| how often a day's searches found nothing | M#month | day#words |

A new version is written whole under its own key, then the name is changed: a reader sees one or the
other. Reads: the name by key, a version by one Query. No index.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from chalicelib.catalogue.domain.search_misses import SearchMiss
from chalicelib.core.attributes import seconds
from chalicelib.core.history import Entry
from chalicelib.core.settings import SETTINGS
from chalicelib.core.statistics import months_between
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


class _Miss(_Kept):
    searched = NumberAttribute(default=0)
    tidy_at = NumberAttribute()


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


def count_miss(day: date, words: str, kept_until: datetime) -> None:
    """Add one to a day's searches with these words that found nothing; one write unit."""
    record = _Miss(f"M#{day:%Y%m}", f"{day:%d}#{words}")
    record.update([_Miss.searched.add(1), _Miss.tidy_at.set(seconds(kept_until))])


def load_misses(first: date, last: date) -> Iterator[SearchMiss]:
    """Yield the searches that found nothing from `first` to `last`; one Query a month and MB."""
    for month, begin, end in months_between(first, last):
        for record in _Miss.query(f"M#{month:%Y%m}", _Miss.sk.between(begin, end)):
            day, _, words = record.sk.partition("#")
            yield SearchMiss(month.replace(day=int(day)), words, int(record.searched))


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
