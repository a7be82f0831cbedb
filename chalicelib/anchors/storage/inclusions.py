"""Where the end of a chain stands in the tree of a day."""

from chalicelib.anchors.storage._records import InclusionRecord
from chalicelib.core.anchoring import Inclusion, Leaf

_HASH_BYTES = 32


def add_inclusion(inclusion: Inclusion) -> None:
    """Keep where a subject's chain stands in a day's tree. Idempotent; one write unit."""
    leaf = inclusion.leaf
    InclusionRecord(
        f"S#{leaf.subject}",
        inclusion.date,
        seq=leaf.seq,
        hash=leaf.hash,
        place=inclusion.index,
        path=b"".join(inclusion.path),
    ).save()


def load_inclusions(subject: str, newest: int | None = None) -> list[Inclusion]:
    """Return in which anchors a subject's chain is, the newest first; all, or so many."""
    found = InclusionRecord.query(f"S#{subject}", scan_index_forward=False, limit=newest)
    return [_read(subject, record) for record in found]


def _read(subject: str, record: InclusionRecord) -> Inclusion:
    leaf = Leaf(subject, int(record.seq), record.hash)
    path = tuple(
        record.path[at : at + _HASH_BYTES] for at in range(0, len(record.path), _HASH_BYTES)
    )
    return Inclusion(leaf, record.sk, int(record.place), path)
