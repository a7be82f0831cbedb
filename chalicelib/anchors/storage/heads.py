"""The ends of chains that wait for the next anchor, in shards so that no partition is hot."""

from typing import Final

from pynamodb.exceptions import DeleteError, UpdateError

from chalicelib.anchors.storage._records import HeadRecord
from chalicelib.core.anchoring import Leaf
from chalicelib.core.tables import condition_failed, shard_of

SHARDS: Final = 16


def note_pending(leaf: Leaf) -> None:
    """Note the end of a chain, unless a later one waits already. Idempotent; one write unit."""
    record = HeadRecord(_lane(shard_of(leaf.subject, SHARDS)), leaf.subject)
    newer = HeadRecord.seq.does_not_exist() | (HeadRecord.seq < leaf.seq)
    try:
        record.update(
            [HeadRecord.seq.set(leaf.seq), HeadRecord.hash.set(leaf.hash)], condition=newer
        )
    except UpdateError as error:
        condition_failed(error)


def load_pending(shard: int) -> list[Leaf]:
    """Return what waits in a shard, by subject; one Query a MB."""
    found = HeadRecord.query(_lane(shard), consistent_read=True)
    return [Leaf(record.sk, int(record.seq), record.hash) for record in found]


def drop_pending(leaf: Leaf) -> None:
    """Let the end of a chain wait no longer, unless the chain grew meanwhile. Idempotent."""
    record = HeadRecord(_lane(shard_of(leaf.subject, SHARDS)), leaf.subject)
    same = (HeadRecord.seq == leaf.seq) & (HeadRecord.hash == leaf.hash)
    try:
        record.delete(condition=same)
    except DeleteError as error:
        condition_failed(error)


def _lane(shard: int) -> str:
    return f"P#{shard:02}"
