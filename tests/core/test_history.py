import dataclasses
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.history import Entry, Head, append, first_bad

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
FACTS = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3)


def chain(facts: list[dict[str, str]]) -> list[Entry]:
    entries: list[Entry] = []
    head = Head()
    for data in facts:
        entries.append(append("x", head, type_="t", at=NOW, actor="a", data=data))
        head = entries[-1].head
    return entries


@given(st.lists(FACTS, max_size=6))
def test_an_untouched_chain_is_whole(facts: list[dict[str, str]]) -> None:
    assert first_bad(chain(facts)) is None


@given(st.lists(FACTS, min_size=1, max_size=6), st.data())
def test_a_changed_entry_is_named(facts: list[dict[str, str]], data: st.DataObject) -> None:
    entries = chain(facts)
    at = data.draw(st.integers(0, len(entries) - 1))
    entries[at] = dataclasses.replace(entries[at], actor="someone else")
    assert first_bad(entries) == at + 1


@given(st.lists(FACTS, min_size=2, max_size=6), st.data())
def test_a_missing_entry_is_named(facts: list[dict[str, str]], data: st.DataObject) -> None:
    entries = chain(facts)
    at = data.draw(st.integers(0, len(entries) - 2))
    del entries[at]
    assert first_bad(entries) == at + 1
