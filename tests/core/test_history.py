import dataclasses
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.history import (
    Entry,
    Finding,
    Head,
    append,
    check,
    commitments,
    openings,
)

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
FACTS = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)
CHAINS = st.lists(FACTS, min_size=2, max_size=6)


def chain(facts: list[dict[str, str]]) -> list[Entry]:
    entries: list[Entry] = []
    head = Head()
    for data in facts:
        entries.append(append("x", head, type_="case.claimed", at=NOW, actor="a", data=data))
        head = entries[-1].head
    return entries


@given(st.lists(FACTS, max_size=6))
def test_an_untouched_chain_is_whole(facts: list[dict[str, str]]) -> None:
    entries = chain(facts)
    assert check("x", entries) is None
    assert check("x", entries, entries[-1].head if entries else Head()) is None


@given(CHAINS, st.data())
def test_an_altered_entry_is_named(facts: list[dict[str, str]], data: st.DataObject) -> None:
    entries = chain(facts)
    at = data.draw(st.integers(0, len(entries) - 1))
    entries[at] = dataclasses.replace(entries[at], actor="someone else")
    assert check("x", entries) == Finding(at + 1, "altered")


@given(CHAINS, st.data())
def test_an_entry_left_out_is_named(facts: list[dict[str, str]], data: st.DataObject) -> None:
    entries = chain(facts)
    head = entries[-1].head
    at = data.draw(st.integers(0, len(entries) - 1))
    del entries[at]
    assert check("x", entries, head) == Finding(at + 1, "left_out")


@given(CHAINS, st.data())
def test_swapped_entries_are_named(facts: list[dict[str, str]], data: st.DataObject) -> None:
    entries = chain(facts)
    at = data.draw(st.integers(0, len(entries) - 2))
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    assert check("x", entries) == Finding(at + 1, "swapped")


@given(CHAINS, st.data())
def test_an_added_entry_is_named(facts: list[dict[str, str]], data: st.DataObject) -> None:
    entries = chain(facts)
    head = entries[-1].head
    at = data.draw(st.integers(1, len(entries)))
    false = append("x", entries[at - 1].head, type_="case.claimed", at=NOW, actor="b", data={})
    entries.insert(at, false)
    finding = check("x", entries, head)
    assert finding == Finding(at + 1 if at == len(facts) else at + 2, "added")


def test_a_chain_rewritten_from_the_middle_does_not_reach_the_head() -> None:
    entries = chain([{}, {}, {}])
    head = entries[-1].head
    entries[1] = append("x", entries[0].head, type_="case.claimed", at=NOW, actor="b", data={})
    entries[2] = append("x", entries[1].head, type_="case.claimed", at=NOW, actor="a", data={})
    assert check("x", entries) is None
    assert check("x", entries, head) == Finding(3, "altered")


def test_another_things_chain_is_not_this_ones() -> None:
    entries = chain([{}, {}])
    assert check("y", entries, entries[-1].head) == Finding(1, "swapped")


def salted(data: dict[str, str], actor: str = "staff:anna", salt: str = "s") -> Entry:
    return append("x", Head(), type_="case.claimed", at=NOW, actor=actor, data=data, salt=salt)


@given(FACTS)
def test_an_entry_with_a_salt_covers_actor_and_facts_by_commitments(facts: dict[str, str]) -> None:
    entry = salted(facts)
    assert check("x", [entry], entry.head) is None
    shown = openings(entry)
    assert {n: one.commitment for n, one in shown.items()} == commitments(entry)
    assert shown["by"].value == "staff"
    assert shown["actor"].value == "staff:anna"
    assert {f"data.{name}" for name in facts} == shown.keys() - {"by", "actor"}
    assert len({one.salt for one in shown.values()}) == len(shown)
    changed = {**facts, "k": ""}
    for other in (salted(facts, "staff:bo"), salted(facts, salt="t"), salted(changed)):
        assert "k" in facts or other.hash != entry.hash
    altered = dataclasses.replace(entry, actor="staff:bo")
    assert check("x", [altered]) == Finding(1, "altered")


def test_an_entry_without_a_salt_commits_to_nothing() -> None:
    assert openings(salted({"a": "b"}, salt="")) == {}
    assert commitments(salted({"a": "b"}, salt="")) == {}
