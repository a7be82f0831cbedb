"""Merkle trees over the hashes of leaves, and proofs that a leaf is in one (RFC 6962, section 2.1).

SHA-256; a leaf is hashed behind the octet 0x00 and a node behind 0x01, so that no leaf passes for a
node. Hashes are 32 octets.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf's input."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree by its levels, the leaves' hashes first; a node without a sibling goes up as it is.

    That is the tree of RFC 6962, which splits at the largest power of two below the size.
    """

    levels: tuple[tuple[bytes, ...], ...]

    @property
    def size(self) -> int:
        """Return the number of leaves."""
        return len(self.levels[0])

    @property
    def root(self) -> bytes:
        """Return the hash of the whole; of no leaves it is the hash of nothing."""
        return self.levels[-1][0] if self.size else hashlib.sha256().digest()

    def path(self, index: int) -> tuple[bytes, ...]:
        """Return the audit path of a leaf, from 0: the siblings on its way to the root."""
        found = []
        for level in self.levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):
                found.append(level[sibling])
            index >>= 1
        return tuple(found)


def tree(leaves: Sequence[bytes]) -> Tree:
    """Return the tree over the hashes of leaves."""
    levels = [tuple(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = (below[at : at + 2] for at in range(0, len(below), 2))
        levels.append(tuple(node_hash(*pair) if len(pair) > 1 else pair[0] for pair in pairs))
    return Tree(tuple(levels))


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which a leaf's path leads (RFC 9162, section 2.1.3.2).

    None for a path that does not belong to the place of a leaf in a tree of that size.
    """
    if not 0 <= index < size:
        return None
    at, last, reached = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            reached = node_hash(sibling, reached)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        at, last = at >> 1, last >> 1
    return reached if last == 0 else None
