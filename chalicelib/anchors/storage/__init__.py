"""The table of anchors: the ends of chains that wait for one, the anchors, and who is in which.

| what | pk | sk |
|---|---|---|
| the end of a chain that no anchor covers yet | `P#<shard>` | `<subject>` |
| an anchor | `A` | `<date>` |
| that a subject's chain is in an anchor, and where | `S#<subject>` | `<date>` |

The bucket is the truth about anchors; what is here can be made again from it.
"""

from chalicelib.anchors.storage.anchors import add_anchor, list_anchors, load_anchors, mark_indexed
from chalicelib.anchors.storage.heads import SHARDS, drop_pending, load_pending, note_pending
from chalicelib.anchors.storage.inclusions import add_inclusion, load_inclusions

__all__ = [
    "SHARDS",
    "add_anchor",
    "add_inclusion",
    "drop_pending",
    "list_anchors",
    "load_anchors",
    "load_inclusions",
    "load_pending",
    "mark_indexed",
    "note_pending",
]
