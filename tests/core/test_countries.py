import pytest
from holidays.registry import COUNTRIES

from chalicelib.core import countries
from chalicelib.core.countries import alpha_3


def test_iso_3166_has_249_pairs_that_another_list_knows() -> None:
    pairs = dict(zip(countries._CODES[::2], countries._CODES[1::2], strict=True))
    assert len(pairs) == len(set(pairs.values())) == 249
    # Kosovo has no code of the standard; that of three letters is for some an old one there.
    known = {codes[1] for codes in COUNTRIES.values()} - {"XK"}
    assert pairs.keys() >= known
    assert all(len(two) == 2 and len(three) == 3 for two, three in pairs.items())


@pytest.mark.parametrize(
    ("code", "three"),
    [("cn", "CHN"), (" CHN ", "CHN"), ("D", "DEU"), ("XXA", "XXA"), ("GBN", "GBN")],
)
def test_either_code_is_read(code: str, three: str) -> None:
    assert alpha_3(code) == three


@pytest.mark.parametrize("code", ["", "C", "ZZ", "ZZZ", "CHNA", "86", "中国"])
def test_what_is_no_country_has_no_code(code: str) -> None:
    assert alpha_3(code) is None
