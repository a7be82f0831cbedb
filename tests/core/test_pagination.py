import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import InvalidCursor
from chalicelib.core.pagination import Cursors

CURSORS = Cursors(b"k" * 32)


@given(st.text(max_size=20), st.text(max_size=40))
def test_a_cursor_gives_its_position_back(scope: str, position: str) -> None:
    assert CURSORS.open(scope, CURSORS.seal(scope, position)) == position


@given(st.text(max_size=60))
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.open("scope", cursor)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.open("citizen:b", CURSORS.seal("citizen:a", "x"))
