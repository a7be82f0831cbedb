"""Making a day's anchor: leaves to the bucket, root signed, root published, leaves looked up.

Crash after each step, and the next run goes on: a segment that is in the bucket is the day's, and
so is a root. What grows after its segment was written waits for the next anchor, for it is dropped
only as it was anchored. A run that comes again, or two at once, make the same root.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.anchors import storage
from chalicelib.anchors.providers import bucket
from chalicelib.anchors.providers.signing import audit_key, trusted_key_ids
from chalicelib.core import merkle, parallel, worker
from chalicelib.core.anchoring import NO_ANCHOR, Anchor, Inclusion, Leaf, Statement
from chalicelib.core.clock import office_time, rfc3339
from chalicelib.core.errors import TryAgain
from chalicelib.core.merkle import Tree

NAME: Final = "anchor_heads"
# So many are looked up between two looks at what failed.
_AT_ONCE: Final = 1000
# A root that was signed and not published is looked for so far back.
_TAKEN_UP_DAYS: Final = 3
_LOG: Final = logging.getLogger("onetrip.anchor_heads")


def anchor(now: datetime) -> int:
    """Make the anchor of this day of the offices; return its size. Idempotent; raises TryAgain."""
    today = office_time(now).date()
    newest = _finished(today)
    day = today.isoformat()
    if newest and newest.statement.date >= day:
        return newest.statement.size
    previous = newest.statement.digest if newest else NO_ANCHOR
    segments = [_segment(day, number, now) for number in range(storage.SHARDS)]
    leaves = _read_leaves(segments)
    tree = tree_of(leaves)
    made = _signed(Statement(day, tree.root.hex(), tree.size, previous), now)
    storage.add_anchor(made)
    _LOG.info("anchor_made", extra={"date": day, "size": tree.size})
    _look_up(made, leaves, tree)
    return tree.size


def tree_of(leaves: Iterable[Leaf]) -> Tree:
    """Return the tree over leaves in their order."""
    return merkle.tree([merkle.leaf_hash(leaf.data) for leaf in leaves])


def leaves_of(day: str) -> list[Leaf]:
    """Return the leaves of a day in their order, as the bucket has them."""
    names = (bucket.segment_name(day, number) for number in range(storage.SHARDS))
    return _read_leaves(bucket.read(name) or "" for name in names)


def root_of(day: str) -> Anchor | None:
    """Return the anchor of a day as the bucket has it."""
    text = bucket.read(bucket.root_name(day))
    return read_anchor(text) if text else None


def read_anchor(text: str) -> Anchor:
    """Read a signed statement of the bucket; raises ValueError."""
    facts = json.loads(text)
    statement = Statement(facts["date"], facts["root"], facts["size"], facts["previous"])
    return Anchor(statement, facts["signature"], facts["key_id"], facts["key"], facts["made_at"])


def _finished(today: date) -> Anchor | None:
    """Finish what earlier runs began, and return the newest anchor."""
    newest = next(iter(storage.list_anchors(None, 1).items), None)
    if newest and not newest[1]:
        _index(newest[0])
    last = newest[0] if newest else None
    for days in range(_TAKEN_UP_DAYS, 0, -1):
        day = (today - timedelta(days=days)).isoformat()
        signed = root_of(day) if last is None or last.statement.date < day else None
        if signed and signed.is_genuine(trusted_key_ids()):
            storage.add_anchor(signed)
            _index(signed)
            last = signed
    return last


def _segment(day: str, number: int, now: datetime) -> str:
    """Return a segment's lines: those of the bucket, or what waits now, from now on the day's."""
    name = bucket.segment_name(day, number)
    there = bucket.read(name)
    if there is not None:
        return there
    lines = [leaf.data.decode() for leaf in storage.load_pending(number)]
    return bucket.write_once(name, "".join(f"{line}\n" for line in lines), now)


def _signed(statement: Statement, now: datetime) -> Anchor:
    """Return the day's signed statement: that of the bucket, or one signed now."""
    there = bucket.read(bucket.root_name(statement.date))
    if there is None:
        key = audit_key()
        public = key.public()
        signature = key.sign(statement.payload)
        made = Anchor(statement, signature, public["kid"], public, rfc3339(now))
        there = bucket.write_once(bucket.root_name(statement.date), _text(made), now)
    made = read_anchor(there)
    if made.statement != statement:
        message = f"the bucket has another root of {statement.date}"
        raise ValueError(message)
    return made


def _text(made: Anchor) -> str:
    statement = made.statement
    facts = {
        "date": statement.date,
        "root": statement.root,
        "size": statement.size,
        "previous": statement.previous,
        "signature": made.signature,
        "key_id": made.key_id,
        "key": dict(made.key),
        "made_at": made.made_at,
    }
    return json.dumps(facts, sort_keys=True)


def _index(made: Anchor) -> None:
    """Go on with an anchor whose leaves were not all looked up."""
    leaves = leaves_of(made.statement.date)
    _look_up(made, leaves, tree_of(leaves))


def _read_leaves(segments: Iterable[str]) -> list[Leaf]:
    return [Leaf.read(line) for text in segments for line in text.splitlines()]


def _look_up(made: Anchor, leaves: Sequence[Leaf], tree: Tree) -> None:
    """Keep where each leaf stands; one that fails waits for the next anchor."""
    day = made.statement.date

    def keep(numbered: tuple[int, Leaf]) -> None:
        index, leaf = numbered
        storage.add_inclusion(Inclusion(leaf, day, index, tree.path(index)))
        storage.drop_pending(leaf)

    numbered = list(enumerate(leaves))
    for at in range(0, len(numbered), _AT_ONCE):
        some = numbered[at : at + _AT_ONCE]
        name = "{0[1].subject}".format
        if not worker.each(NAME, some, keep, name=name, through=parallel.map_concurrently):
            # It is not the items: the next run goes on here.
            raise TryAgain(retry_after=2)
    storage.mark_indexed(day)
