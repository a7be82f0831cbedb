import hashlib

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import merkle

LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(70)]


def defined(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 6962, section 2.1, defines it, over hashes of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined(leaves[:split]) + defined(leaves[split:])).digest()


def test_the_root_of_every_size_is_that_of_the_standard() -> None:
    for size in range(len(LEAVES) + 1):
        tree = merkle.tree(LEAVES[:size])
        assert (tree.size, tree.root) == (size, defined(LEAVES[:size]))


def test_known_roots_hold() -> None:
    # From the test vectors of Certificate Transparency: no leaf, and one empty leaf.
    assert merkle.tree([]).root.hex().startswith("e3b0c44298fc1c14")
    assert merkle.leaf_hash(b"").hex().startswith("6e340b9cffb37a98")


def test_every_path_leads_to_the_root_and_from_no_other_place() -> None:
    for size in range(1, 40):
        tree = merkle.tree(LEAVES[:size])
        for index in range(size):
            path = tree.path(index)
            assert merkle.root_of(LEAVES[index], index, size, path) == tree.root
            other = (index + 1) % size
            if size > 1:
                assert merkle.root_of(LEAVES[index], other, size, path) != tree.root
                assert merkle.root_of(LEAVES[other], index, size, path) != tree.root


@given(st.integers(1, 70), st.data())
def test_a_path_that_was_changed_leads_elsewhere(size: int, data: st.DataObject) -> None:
    tree = merkle.tree(LEAVES[:size])
    index = data.draw(st.integers(0, size - 1))
    path = tree.path(index)
    leaf = LEAVES[index]
    assert merkle.root_of(leaf, index, size, (*path, b"\0" * 32)) is None
    assert merkle.root_of(leaf, size, size, path) is None
    assert merkle.root_of(leaf, -1, size, path) is None
    if path:
        assert merkle.root_of(leaf, index, size, path[:-1]) != tree.root
        at = data.draw(st.integers(0, len(path) - 1))
        changed = (*path[:at], bytes(32), *path[at + 1 :])
        assert merkle.root_of(leaf, index, size, changed) != tree.root
