"""The ends of chains, collected from the tables' streams as entries come.

Nothing is added to the requests that write entries. A stream brings each entry at least once and
each subject's in order; what comes again or late changes nothing, or waits for the next anchor.
"""

from collections.abc import Iterable

from chalicelib.anchors import storage
from chalicelib.core import parallel
from chalicelib.core.anchoring import Leaf


def collect(leaves: Iterable[Leaf]) -> None:
    """Note the ends of chains, the last of each subject. Idempotent; raises TryAgain."""
    last: dict[str, Leaf] = {}
    for leaf in leaves:
        if leaf.subject not in last or last[leaf.subject].seq < leaf.seq:
            last[leaf.subject] = leaf
    parallel.map_concurrently(storage.note_pending, list(last.values()))
