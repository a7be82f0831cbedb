"""The table `catalogue`.

| what | pk | sk |
|---|---|---|
| the current version's name | CURRENT | - |
| a service of a version | V#version | S#place |
| a hall of a version | V#version | O#place |

A new version is written whole under its own key, then the name is changed: a reader sees one or the
other. Reads: the name by key, a version by one Query. No index.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Record, Table

TABLE: Final = Table("catalogue")
_CURRENT: Final = "CURRENT"
Unreachable = PynamoDBException


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Current(_Kept):
    version = UnicodeAttribute()


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


def publish(
    version: str, services: Sequence[Mapping[str, Any]], offices: Sequence[Mapping[str, Any]]
) -> None:
    """Write a version, then make it the current one."""
    with _Part.batch_write() as batch:
        for kind, things in (("S", services), ("O", offices)):
            for place, thing in enumerate(things):
                body = json.dumps(thing, ensure_ascii=False)
                batch.save(_Part(f"V#{version}", f"{kind}#{place:05}", body=body))
    _Current(_CURRENT, "-", version=version).save()
