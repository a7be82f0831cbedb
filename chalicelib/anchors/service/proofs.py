"""What is proved by anchors: a subject's chain, and a whole day."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.anchors import storage
from chalicelib.anchors.providers.signing import trusted_key_ids
from chalicelib.anchors.service import anchoring
from chalicelib.core import anchoring as rules
from chalicelib.core import pagination
from chalicelib.core.anchoring import Anchor, Inclusion
from chalicelib.core.audit import SubjectHistory
from chalicelib.core.clock import rfc3339
from chalicelib.core.history import Finding
from chalicelib.core.pagination import Page

# What was written shortly before an anchor may be in the next one.
_LATE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Anchored:
    """That a chain is in an anchor, with the anchor."""

    inclusion: Inclusion
    anchor: Anchor


def list_anchors(position: str | None, limit: int) -> Page[Anchor]:
    """Return the published anchors, the newest first."""
    return storage.list_anchors(position, limit).map(lambda one: one[0])


def newest_of(subject: str) -> Anchored | None:
    """Return the newest anchor that covers a subject's chain; two round trips."""
    inclusion = next(iter(storage.load_inclusions(subject, newest=1)), None)
    if inclusion is None:
        return None
    anchor = storage.load_anchors([inclusion.date]).get(inclusion.date)
    return Anchored(inclusion, anchor) if anchor else None


def exported(subject: str) -> list[dict[str, Any]]:
    """Return as JSON where a subject's chain stands in anchors, the newest first."""
    return [
        {
            "date": one.date,
            "seq": one.leaf.seq,
            "hash": one.leaf.hash,
            "index": one.index,
            "path": [hash_.hex() for hash_ in one.path],
        }
        for one in storage.load_inclusions(subject)
    ]


def find(subject: str, kept: SubjectHistory) -> Finding | None:
    """Return the first entry of a history that is not what was anchored, or None."""
    inclusions = storage.load_inclusions(subject)
    anchors = storage.load_anchors({one.date for one in inclusions})
    genuine = {date: one for date, one in anchors.items() if one.is_genuine(trusted_key_ids())}
    finding = rules.find_rewritten(kept.entries, inclusions, genuine)
    if finding:
        return finding
    made = [anchor.made_at for anchor in pagination.every(lambda at: list_anchors(at, 100))]
    if not made:
        return None
    last = rfc3339(datetime.fromisoformat(made[0]) - _LATE)
    return rules.find_unanchored(kept.entries, inclusions, made[-1], last)


def check_day(
    date: str, find: Callable[[str], SubjectHistory | None]
) -> Iterator[tuple[str, Finding]]:
    """Yield what is not as a day's bucket says, by subject; raises ValueError for a false root.

    This finds also what nobody asks for any more, as a history that is gone or was cut back.
    """
    anchor, leaves = anchoring.root_of(date), anchoring.leaves_of(date)
    tree = anchoring.tree_of(leaves)
    if anchor is None or not anchor.is_genuine(trusted_key_ids()):
        message = f"there is no genuine root of {date}"
        raise ValueError(message)
    if (tree.root.hex(), tree.size) != (anchor.statement.root, anchor.statement.size):
        message = f"the leaves of {date} do not make its root"
        raise ValueError(message)
    for index, leaf in enumerate(leaves):
        kept = find(leaf.subject)
        inclusion = Inclusion(leaf, date, index, tree.path(index))
        entries = kept.entries if kept else ()
        finding = rules.find_rewritten(entries, [inclusion], {date: anchor})
        if finding:
            yield leaf.subject, finding
