from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ids import ALPHABET, base62, derived_id, new_id


@given(st.integers(0, 62**12 - 1))
def test_a_number_is_read_back_from_its_digits(number: int) -> None:
    written = base62(number, 12)
    read = 0
    for digit in written:
        read = read * 62 + ALPHABET.index(digit)
    assert (len(written), read) == (12, number)


def test_digits_sort_as_their_numbers_do() -> None:
    assert sorted(ALPHABET) == list(ALPHABET)
    assert base62(62**3 + 61, 3) == "00z"


@given(st.integers(1, 30))
def test_random_ids_have_their_length_and_differ(length: int) -> None:
    assert len(new_id(length)) == length
    assert set(new_id(length)) <= set(ALPHABET)
    assert new_id(16) != new_id(16)


def test_parts_do_not_run_together() -> None:
    assert derived_id("ab", "c") == derived_id("ab", "c")
    assert len({derived_id("ab", "c"), derived_id("a", "bc"), derived_id("abc")}) == 3
    assert len(derived_id("x", length=22)) == 22
