"""What a phone says that it signed, read as a value, and refused where no phone says so."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity.signing.domain.soter import NotVerifiedError, SoterResult, read

RESULT = {"raw": "c", "counter": 1, "cpu_id": "d", "uid": "21"}


def said(**changed: object) -> str:
    return json.dumps({**RESULT, **changed})


@pytest.mark.parametrize(
    "result",
    [
        "", "x", "[]", "1", "{}", "[" * 100_000,
        said(raw=1), said(raw="x" * 201), said(raw=None),
        said(counter="1"), said(counter=None), said(counter=True), said(counter=1.0),
        said(counter=-1), said(counter=2**63), said(counter=2**63 + 1), said(counter=2**80),
        said(cpu_id=None), said(cpu_id="x" * 201), said(uid=21), said(uid=["21"]),
    ],
)  # fmt: skip
def test_what_no_phone_gives_is_read_as_nothing(result: str) -> None:
    with pytest.raises(NotVerifiedError):
        read(result)


def test_a_phone_may_leave_out_what_names_it() -> None:
    assert read(said()) == SoterResult("c", "d/21", 1)
    assert read('{"raw": "c", "counter": 0}') == SoterResult("c", "/", 0)


def test_texts_and_the_counter_go_up_to_their_limits() -> None:
    long = "x" * 200
    whole = read(said(raw=long, cpu_id=long, uid=long, counter=2**63 - 1))
    assert whole == SoterResult(long, f"{long}/{long}", 2**63 - 1)


@given(st.text(max_size=40) | st.recursive(st.integers(), st.lists).map(json.dumps))
def test_anything_at_all_is_read_or_refused(result: str) -> None:
    with suppress(NotVerifiedError):
        assert read(result).counter >= 0
