"""The published anchors, one a day."""

from collections.abc import Collection
from typing import Final

from pynamodb.exceptions import PutError

from chalicelib.anchors.storage._records import AnchorRecord
from chalicelib.core.anchoring import Anchor, Statement
from chalicelib.core.pagination import Page
from chalicelib.core.tables import condition_failed

_ALL: Final = "A"


def add_anchor(anchor: Anchor) -> None:
    """Publish an anchor; the first of a day stays. Idempotent."""
    statement = anchor.statement
    record = AnchorRecord(
        _ALL,
        statement.date,
        root=statement.root,
        size=statement.size,
        previous=statement.previous,
        signature=anchor.signature,
        key_id=anchor.key_id,
        key=dict(anchor.key),
        made_at=anchor.made_at,
        indexed=False,
    )
    try:
        record.save(condition=AnchorRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)


def mark_indexed(date: str) -> None:
    """Note that all leaves of a day were looked up. Idempotent."""
    AnchorRecord(_ALL, date).update([AnchorRecord.indexed.set(True)])


def list_anchors(position: str | None, limit: int) -> Page[tuple[Anchor, bool]]:
    """Return anchors, the newest first, each with whether its leaves can be looked up."""
    before = AnchorRecord.sk < position if position else None
    found = AnchorRecord.query(
        _ALL, before, scan_index_forward=False, limit=limit + 1, consistent_read=True
    )
    records = list(found)
    items = tuple((_read(record), bool(record.indexed)) for record in records[:limit])
    return Page(items, records[limit - 1].sk if len(records) > limit else None)


def load_anchors(dates: Collection[str]) -> dict[str, Anchor]:
    """Return the anchors of these days, by date."""
    keys = [(_ALL, date) for date in sorted(set(dates))]
    return {record.sk: _read(record) for record in AnchorRecord.batch_get(keys)} if keys else {}


def _read(record: AnchorRecord) -> Anchor:
    statement = Statement(record.sk, record.root, int(record.size), record.previous)
    return Anchor(statement, record.signature, record.key_id, record.key, record.made_at)
