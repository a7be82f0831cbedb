import dataclasses
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.anchors.providers.signing import LocalAuditKey
from chalicelib.core import anchoring, history, merkle
from chalicelib.core.anchoring import Anchor, Inclusion, Leaf, Statement
from chalicelib.core.history import Entry, Finding, Head
from infra.local import secrets

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
KEY = LocalAuditKey(str(secrets.make()["audit_key"]))


def chain(subject: str, length: int, actor: str = "me") -> list[Entry]:
    entries: list[Entry] = []
    head = Head()
    for _ in range(length):
        one = history.append(subject, head, type_="case.claimed", at=NOW, actor=actor, data={})
        entries.append(one)
        head = one.head
    return entries


def signed(statement: Statement) -> Anchor:
    public = KEY.public()
    return Anchor(statement, KEY.sign(statement.payload), public["kid"], public, "2026-12-02")


def anchored(date: str, *leaves: Leaf) -> tuple[Anchor, list[Inclusion]]:
    tree = merkle.tree([merkle.leaf_hash(leaf.data) for leaf in leaves])
    statement = Statement(date, tree.root.hex(), tree.size, anchoring.NO_ANCHOR)
    placed = [Inclusion(leaf, date, at, tree.path(at)) for at, leaf in enumerate(leaves)]
    return signed(statement), placed


def leaf_of(entry: Entry) -> Leaf:
    return Leaf(entry.subject, entry.seq, entry.hash)


def test_what_is_signed_and_hashed_is_as_the_docs_say() -> None:
    statement = Statement("2026-12-02", "ab", 7, "cd")
    text = b'{"date":"2026-12-02","previous":"cd","root":"ab","size":7}'
    assert statement.payload == text
    assert statement.digest == hashlib.sha256(text).hexdigest()
    leaf = Leaf("案", 3, "ff")
    assert leaf.data == '["案",3,"ff"]'.encode()
    assert Leaf.read(leaf.data.decode()) == leaf


def test_an_anchor_is_genuine_by_its_key_alone() -> None:
    anchor = signed(Statement("2026-12-02", "ab", 7, "cd"))
    other = LocalAuditKey(str(secrets.make()["audit_key"])).public()
    assert anchor.is_genuine()
    assert anchor.is_genuine({anchor.key_id})
    assert not anchor.is_genuine({other["kid"]})
    changes: tuple[dict[str, Any], ...] = (
        {"statement": dataclasses.replace(anchor.statement, size=8)},
        {"signature": "", "key": anchor.key},
        {"signature": anchor.signature[:-2]},
        {"signature": f"{anchor.signature}AAAA"},
        {"key": other},
        {"key": other, "key_id": other["kid"]},
        {"key": {}},
    )
    for false in changes:
        assert not dataclasses.replace(anchor, **false).is_genuine()
    assert not anchoring.verify({"x": "AA", "y": "AA"}, anchor.signature, b"")


def test_a_chain_is_what_was_anchored_or_it_is_found() -> None:
    entries, others = chain("x", 4), chain("y", 2)
    first, (in_first, _) = anchored("2026-12-02", leaf_of(entries[1]), leaf_of(others[0]))
    second, (_, in_second) = anchored("2026-12-03", leaf_of(others[1]), leaf_of(entries[3]))
    anchors = {"2026-12-02": first, "2026-12-03": second}
    proofs = [in_second, in_first]
    assert anchoring.find_rewritten(entries, proofs, anchors) is None
    assert anchoring.find_rewritten(entries, [], {}) is None
    rewritten = chain("x", 4, actor="somebody else")
    assert anchoring.find_rewritten(rewritten, proofs, anchors) == Finding(2, "rewritten")
    late = [*entries[:2], *rewritten[2:]]
    assert anchoring.find_rewritten(late, proofs, anchors) == Finding(4, "rewritten")
    cut = entries[:3]
    assert anchoring.find_rewritten(cut, proofs, anchors) == Finding(4, "left_out")
    for false in (
        dataclasses.replace(in_first, index=1),
        dataclasses.replace(in_first, date="2026-12-03"),
        dataclasses.replace(in_first, date="2026-12-09"),
        dataclasses.replace(in_first, leaf=leaf_of(rewritten[1])),
        dataclasses.replace(in_first, path=()),
    ):
        found = anchoring.find_rewritten(rewritten, [false], anchors)
        assert found == Finding(2, "unproven")


@pytest.mark.parametrize(
    ("covered", "first", "last", "found"),
    [
        (2, "2026-12-01", "2026-12-02", None),
        (1, "2026-12-01", "2026-12-02", 2),
        (0, "2026-12-01", "2026-12-02", 1),
        # It is older than the first anchor, or may be in the next.
        (0, "2026-12-02", "2026-12-03", None),
        (0, "2026-11-01", "2026-11-30", None),
    ],
)
def test_an_entry_that_no_anchor_covers_in_time_is_found(
    covered: int, first: str, last: str, found: int | None
) -> None:
    entries = chain("x", 2)
    proofs = [Inclusion(leaf_of(one), "2026-12-02", 0, ()) for one in entries[:covered]]
    wanted = Finding(found, "unanchored") if found else None
    assert anchoring.find_unanchored(entries, proofs, first, last) == wanted
