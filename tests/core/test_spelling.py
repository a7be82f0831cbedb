import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import spelling


@given(st.binary(max_size=40))
def test_bytes_have_one_spelling(data: bytes) -> None:
    assert spelling.from_base32(spelling.base32(data)) == data
    assert spelling.from_base64url(spelling.base64url(data)) == data


@pytest.mark.parametrize("text", ["AB", "aa", "AA=", "A", "A1"])
def test_another_spelling_in_base32_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        spelling.from_base32(text)


@pytest.mark.parametrize("text", ["QR", "QQ==", "Q", "Q+", "Q Q"])
def test_another_spelling_in_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        spelling.from_base64url(text)
