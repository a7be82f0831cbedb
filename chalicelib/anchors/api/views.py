"""How anchors and proofs are shown, by this room and by those whose histories are proved."""

from typing import Self

from chalicelib.anchors.service.proofs import Anchored
from chalicelib.core.anchoring import Anchor
from chalicelib.core.http_messages import BodyModel


class AnchorView(BodyModel):
    """A day's root over the ends of all histories that grew, signed as `docs/audit.md` says."""

    date: str
    root: str
    size: int
    previous: str
    signature: str
    key_id: str
    made_at: str


class AnchorProof(BodyModel):
    """That the chain's entry `seq` is a leaf of an anchor, by its audit path, with the anchor."""

    seq: int
    hash: str
    index: int
    path: list[str]
    anchor: AnchorView
    key: dict[str, str]

    @classmethod
    def of(cls, anchored: Anchored) -> Self:
        """Present where a chain stands in an anchor."""
        one = anchored.inclusion
        return cls(
            seq=one.leaf.seq,
            hash=one.leaf.hash,
            index=one.index,
            path=[hash_.hex() for hash_ in one.path],
            anchor=anchor_view(anchored.anchor),
            key=dict(anchored.anchor.key),
        )


def anchor_view(anchor: Anchor) -> AnchorView:
    """Present an anchor."""
    statement = anchor.statement
    return AnchorView(
        date=statement.date,
        root=statement.root,
        size=statement.size,
        previous=statement.previous,
        signature=anchor.signature,
        key_id=anchor.key_id,
        made_at=anchor.made_at,
    )
