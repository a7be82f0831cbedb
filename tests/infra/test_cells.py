"""The directory of cells: what is signed is read, and nothing else."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto import jwk, jws

from infra import cells
from infra.cells import DirectoryError

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
NINGBO = {
    "city": "330200", "name": "宁波市", "name_en": "Ningbo", "api": "https://ningbo.example",
}  # fmt: skip
HANGZHOU = {**NINGBO, "city": "330100", "api": "https://hangzhou.example/v0"}


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, str]]:
    """A key as the command makes it, and its public half."""
    file = tmp_path_factory.mktemp("key") / "cells.pem"
    known = cells.make_key(file)
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        cells.make_key(file)
    return file.read_bytes(), known


def test_another_s_library_reads_what_is_signed(key: tuple[bytes, dict[str, str]]) -> None:
    pem, known = key
    made = cells.sign([NINGBO, HANGZHOU], pem, NOW, YEAR)
    token = jws.JWS()
    token.deserialize(made, jwk.JWK(**known))
    head, claims = json.loads(token.objects["protected"]), json.loads(token.payload)
    assert head == {"alg": "RS256", "kid": jwk.JWK(**known).thumbprint(), "typ": cells.TYPE}
    version = int(NOW.timestamp())
    expected = {"version": version, "exp": version + 31_536_000, "cells": [NINGBO, HANGZHOU]}
    assert claims == cells.verify(made, [known], NOW) == expected
    assert made.isascii()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([], "there is no cell"),
        ([NINGBO, NINGBO], "330200 is there twice"),
        ([{**NINGBO, "api": "http://ningbo.example"}], "https address"),
        ([{**NINGBO, "api": "https://ningbo.example/"}], "without a slash"),
        ([{**NINGBO, "api": "https://"}], "https address"),
        ([{**NINGBO, "city": "330203"}], "'330203' needs"),
        ([{**NINGBO, "city": "3302"}], "'3302' needs"),
        ([{**NINGBO, "name_en": ""}], "name_en"),
        ([{**NINGBO, "more": "x"}], "'330200' needs"),
        ([{"city": "330200"}], "'330200' needs"),
    ],
)
def test_what_nobody_could_follow_is_not_signed(
    key: tuple[bytes, dict[str, str]], wrong: list[dict[str, str]], why: str
) -> None:
    with pytest.raises(DirectoryError, match=why):
        cells.sign(wrong, key[0], NOW, YEAR)


def test_nothing_is_read_that_was_altered_has_expired_or_is_another_s(
    key: tuple[bytes, dict[str, str]],
) -> None:
    pem, known = key
    made = cells.sign([NINGBO], pem, NOW, YEAR)
    stranger = cells.public(rsa.generate_private_key(65537, 2048).public_key())
    for at in range(0, len(made), 41):
        flipped = made[:at] + chr(ord(made[at]) ^ 1) + made[at + 1 :]
        with pytest.raises(DirectoryError):
            cells.verify(flipped, [known], NOW)
    for text, keys, now in (
        (made, [stranger], NOW),
        (made, [{**stranger, "kid": known["kid"]}], NOW),
        (made, [], NOW),
        (made, [known], NOW + YEAR),
        ("", [known], NOW),
        ("a.b", [known], NOW),
        # A header that is `[]`, or nested deep.
        ("W10.e30.AAAA", [known], NOW),
        (f"{'W1tb' * 1000}.e30.AAAA", [known], NOW),
    ):
        with pytest.raises(DirectoryError):
            cells.verify(text, keys, now)
    assert cells.verify(made, [stranger, known], NOW + YEAR - timedelta(seconds=1))


@pytest.mark.parametrize("other", [{"alg": "none"}, {"alg": "PS256"}, {"typ": "JWT"}], ids=str)
def test_what_is_signed_in_another_way_is_no_directory(
    key: tuple[bytes, dict[str, str]], other: dict[str, str]
) -> None:
    pem, known = key
    _, claims, signature = cells.sign([NINGBO], pem, NOW, YEAR).split(".")
    head = {"alg": "RS256", "kid": known["kid"], "typ": cells.TYPE, **other}
    text = base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
    for read in (
        lambda made: cells.check(made, NOW),
        lambda made: cells.verify(made, [known], NOW),
    ):
        with pytest.raises(DirectoryError, match="for something else"):
            read(f"{text}.{claims}.{signature}")


def test_the_commands_make_a_key_and_sign_with_it(tmp_path: Path, capsys: Any) -> None:
    pem, listed, out = (tmp_path / name for name in ("cells.pem", "cells.json", "cells.jws"))
    listed.write_text(json.dumps([NINGBO]))
    cells.main(["key", str(pem)])
    (known,) = json.loads(capsys.readouterr().out)["keys"]
    cells.main(["sign", str(listed), "--key", str(pem), "--out", str(out), "--days", "30"])
    found = cells.verify(out.read_text(), [known], datetime.now(UTC))
    assert (found["exp"] - found["version"], found["cells"]) == (30 * 86_400, [NINGBO])
