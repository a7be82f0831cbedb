import math

import pytest

from chalicelib.core.canonical_json import canonical, digest


def test_the_examples_of_the_standard() -> None:
    # RFC 8785, 3.2.3: names sorted by UTF-16 code units, an emoji before a higher single unit.
    given = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}
    assert list(canonical(given)) == list('{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
    assert canonical({"literals": [None, True, False], "numbers": [333.5, 4.5, 0.002]}) == (
        '{"literals":[null,true,false],"numbers":[333.5,4.5,0.002]}'
    )


def test_order_and_writing_of_whole_numbers_make_no_difference() -> None:
    one = {"b": [{"y": 1.0, "x": "é"}], "a": 2}
    other = {"a": 2.0, "b": [{"x": "é", "y": 1}]}
    assert digest(one) == digest(other)
    assert digest(one) != digest({**one, "a": 3})
    assert digest({}) == (
        "sha-256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    )


def test_what_is_no_number_is_refused_and_half_a_character_is_not() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical([math.nan])
    assert digest({"\ud83d": "\ud83d"}).startswith("sha-256:")
