import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import InvalidCursor
from chalicelib.core.pagination import Cursors, Page, every, from_last

CURSORS = Cursors(b"k" * 32)
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.text(max_size=20), st.text(max_size=40))
def test_a_cursor_gives_its_position_back(scope: str, position: str) -> None:
    assert CURSORS.open(scope, CURSORS.seal(scope, position)) == position


@given(st.text(max_size=60))
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.open("scope", cursor)


@given(st.text(max_size=20), st.text(max_size=40), st.integers(0, 200), st.sampled_from(SIGNS))
def test_a_cursor_with_one_sign_changed_is_refused(
    scope: str, position: str, at: int, sign: str
) -> None:
    cursor = str(CURSORS.seal(scope, position))
    place = at % len(cursor)
    changed = cursor[:place] + sign + cursor[place + 1 :]
    # Its last sign has bits that say nothing.
    last = cursor[:-1] + SIGNS[SIGNS.index(cursor[-1]) ^ 1]
    for one in {changed, last, f"{cursor}=", f"{cursor}A", f" {cursor}", f"{cursor}\n"} - {cursor}:
        with pytest.raises(InvalidCursor):
            CURSORS.open(scope, one)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.open("citizen:b", CURSORS.seal("citizen:a", "x"))


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_every_thing_of_a_list_comes_once_by_positions_and_by_cursors(
    things: list[int], limit: int
) -> None:
    def read(position: str | None) -> Page[int]:
        begin = int(position or 0)
        more = begin + limit < len(things)
        return Page(tuple(things[begin : begin + limit]), str(begin + limit) if more else None)

    assert list(every(read)) == things
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(len(things) + 1):
        page = CURSORS.page("list", cursor, read)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == things


def test_a_cursor_of_any_length_is_refused_unread() -> None:
    for cursor in ("A" * 1024, "A" * 1025, "A" * 100_000):
        with pytest.raises(InvalidCursor):
            CURSORS.open("scope", cursor)
    assert CURSORS.open("scope", None) is CURSORS.seal("scope", None) is None


@given(st.sets(st.text(max_size=3), max_size=30), st.integers(1, 7), st.text(max_size=3))
def test_what_comes_to_a_list_meanwhile_moves_nothing_to_another_page(
    places: set[str], limit: int, later: str
) -> None:
    known = list(places)
    first = from_last(known, str, None, limit)
    seen, position = list(first.items), first.next_position
    grown = [*known, max([later, *known]) + "x"]
    while position is not None:
        page = from_last(grown, str, position, limit)
        seen += page.items
        position = page.next_position
    assert seen == sorted(known, reverse=True)


def test_a_page_of_changed_things_goes_on_where_it_did() -> None:
    assert Page((1, 2), "x").map(str) == Page(("1", "2"), "x")
