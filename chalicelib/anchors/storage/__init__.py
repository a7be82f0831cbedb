"""The table of anchors: the ends of chains that wait for one, the anchors, and who is in which.

| what | pk | sk |
|---|---|---|
| the end of a chain that no anchor covers yet | `P#<shard>` | `<subject>` |
| an anchor | `A` | `<date>` |
| a look at a citizen's data in its chain, and its mark | `L#<subject>` | `E#…`, `M#<look>` |
| the end of a chain of looks | `L#<subject>` | `c` |
| that a subject's chain is in an anchor, and where | `S#<subject>` | `<date>` |

The bucket is the truth about anchors; what is here can be made again from it.
"""

from chalicelib.anchors.storage.access_log_chain import (
    add_look,
    is_chained,
    load_look_end,
    load_looks,
)
from chalicelib.anchors.storage.anchors import add_anchor, list_anchors, load_anchors, mark_indexed
from chalicelib.anchors.storage.heads import SHARDS, drop_pending, load_pending, note_pending
from chalicelib.anchors.storage.inclusions import add_inclusion, load_inclusions

__all__ = [
    "SHARDS",
    "add_anchor",
    "add_inclusion",
    "add_look",
    "drop_pending",
    "is_chained",
    "list_anchors",
    "load_anchors",
    "load_inclusions",
    "load_look_end",
    "load_looks",
    "load_pending",
    "mark_indexed",
    "note_pending",
]
