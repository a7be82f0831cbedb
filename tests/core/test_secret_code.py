import hashlib

import pytest

from chalicelib.cases.service import status_lookup
from chalicelib.core import dependencies, secret_code
from chalicelib.deliveries.service import proof


@pytest.mark.parametrize("subject", ["0123456789AB", "d" * 24, "ZZZZZZZZZZZZ"])
def test_codes_that_people_hold_stay_right(subject: str) -> None:
    digests = {
        purpose: hashlib.sha256(dependencies.vault().keyed_hash(purpose, subject).encode()).digest()
        for purpose in ("progress", "proof")
    }
    progress = f"{int(digests['progress'].hex(), 16) % 1_000_000:06}"
    door = f"{int(digests['proof'][:8].hex(), 16) % 1_000_000:06}"
    assert (status_lookup.code_of(subject), proof.code_of(subject)) == (progress, door)
    assert proof.is_right(subject, door)
    assert not proof.is_right(subject, None)


def test_a_code_is_six_digits_of_one_purpose() -> None:
    codes = {secret_code.code_of(purpose, "abc") for purpose in ("one", "other")}
    assert len(codes) == 2
    assert all(len(code) == 6 and code.isascii() and code.isdigit() for code in codes)


@pytest.mark.parametrize("given", [None, "", "12345", "1234567", "１２３４５６", "123457"])
def test_any_other_code_is_wrong(given: str | None) -> None:
    assert secret_code.is_right("123456", "123456")
    assert not secret_code.is_right("123456", given)


def test_letters_are_read_as_they_are_meant() -> None:
    code = secret_code.letters_of("agent-code", "abc", 8)
    assert code == secret_code.letters_of("agent-code", "abc", 8)
    assert code != secret_code.letters_of("agent-code", "abd", 8)
    assert (len(code), set(code) - set(secret_code.LETTERS)) == (8, set())
    assert secret_code.read_letters("a0-oO iIlL１") == "A000" + "11111"
    assert not set("OILU") & set(secret_code.LETTERS)
