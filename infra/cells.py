"""The signed directory of cells: which city's system is at which address.

`python -m infra.cells key FILE` makes a key (RSA-3072, PKCS#8 in PEM, which stays with whoever
signs for the province) and prints its public half for `VITE_CELLS_KEYS`.
`python -m infra.cells sign CELLS.json --key FILE --out cells.jws [--days 180]` signs the cities.
`python -m infra.cells publish STAGE cells.jws` puts the directory beside a stage's pages.

A directory is a JWS in compact serialization (RFC 7515) by RS256 (RFC 7518, 3.3), whose header has
`typ` `onetrip-cells+jws`. Its claims: `version`, the second at which it was signed, by which
readers refuse an older one; `exp`, from which on it is nobody's word; and `cells`.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from chalicelib.core import foreign_json
from chalicelib.core.settings import is_safe
from infra import commands, publish_pages, stages
from infra.commands import CommandError

FILE: Final = "cells.jws"
TYPE: Final = "onetrip-cells+jws"
_BITS: Final = 3072
_EXPONENT: Final = 65537
_DAYS: Final = 180
_MOST_DAYS: Final = 3650
_MEMBERS: Final = {"city", "name", "name_en", "api"}
# The division's code of a prefecture (GB/T 2260).
_CITY: Final = re.compile("[1-9][0-9]{3}00", re.ASCII)

Cell = Mapping[str, str]


class DirectoryError(CommandError):
    """Cells cannot be signed, or what was read is no directory; the message says why."""


def sign(cells: Sequence[Cell], pem: bytes, now: datetime, valid_for: timedelta) -> str:
    """Return the directory of the cells; raises DirectoryError."""
    wrong = "; ".join(_wrong(cells))
    if wrong:
        raise DirectoryError(wrong)
    key = _private(pem)
    head = {"alg": "RS256", "kid": public(key.public_key())["kid"], "typ": TYPE}
    version = int(now.timestamp())
    claims = {"version": version, "exp": version + int(valid_for.total_seconds()), "cells": cells}
    signed = f"{_part(head)}.{_part(claims)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64url(signature)}"


def verify(directory: str, keys: Sequence[Mapping[str, str]], now: datetime) -> dict[str, Any]:
    """Return the claims of a directory that one of the public keys (JWK) signed.

    Raises DirectoryError.
    """
    key_id, found = check(directory, now)
    text, _, signature = directory.strip().rpartition(".")
    try:
        (key,) = [one for one in keys if one["kid"] == key_id]
        numbers = (int.from_bytes(_bytes(key[name])) for name in ("e", "n"))
        signer = rsa.RSAPublicNumbers(*numbers).public_key()
        signer.verify(_bytes(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise DirectoryError("nobody that we know signed it") from error
    return found


def check(directory: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return by which key a directory says that it is signed, and its claims.

    Raises DirectoryError for what no phone would believe, whoever signed it.
    """
    try:
        head, claims, _ = directory.strip().split(".")
        said, found = (foreign_json.read(_bytes(one)) for one in (head, claims))
        signed_for, key_id = (said["alg"], said["typ"]), said["kid"]
        expires = float(found["exp"])
    except (KeyError, TypeError, ValueError) as error:
        raise DirectoryError("it is no directory of `infra.cells sign`") from error
    if signed_for != ("RS256", TYPE):
        raise DirectoryError("it is signed for something else")
    if expires <= now.timestamp():
        raise DirectoryError("it has expired")
    return key_id, found


def public(key: rsa.RSAPublicKey) -> dict[str, str]:
    """Return a public key as a JWK (RFC 7517), named by its thumbprint (RFC 7638)."""
    numbers = key.public_numbers()
    required = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
    text = json.dumps(required, separators=(",", ":"), sort_keys=True)
    return {**required, "kid": _base64url(hashlib.sha256(text.encode()).digest())}


def make_key(file: Path) -> dict[str, str]:
    """Write a fresh key to a file that its owner alone reads; return the public half.

    Raises FileExistsError.
    """
    key = rsa.generate_private_key(_EXPONENT, _BITS)
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public(key.public_key())


def _wrong(cells: Sequence[Cell]) -> list[str]:
    """Tell what keeps cells from being a directory."""
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return ["the cells are a list of objects"]
    cities = [cell.get("city", "") for cell in cells]
    wrong = [] if cells else ["there is no cell"]
    doubled = sorted({city for city in cities if cities.count(city) > 1})
    wrong += [f"{city} is there twice" for city in doubled]
    for cell in cells:
        has_all = set(cell) == _MEMBERS and all(cell.values())
        if not has_all or not _CITY.fullmatch(cell["city"]):
            wrong.append(f"{cell.get('city')!r} needs {', '.join(sorted(_MEMBERS))}")
        elif not is_safe(cell["api"]) or cell["api"].endswith("/"):
            wrong.append(f"{cell['city']} needs an https address without a slash at its end")
    return wrong


def _private(pem: bytes) -> rsa.RSAPrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise DirectoryError(
            "the key is not one of `infra.cells key` (PEM, no password)"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key().public_numbers().e != _EXPONENT:
        raise DirectoryError("the key is none of RSA with the exponent 65537")
    return key


def _part(claims: Mapping[str, object]) -> str:
    # ASCII, so that phones without a decoder of UTF-8 read it.
    return _base64url(json.dumps(claims, separators=(",", ":")).encode())


def _number(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _days(text: str) -> int:
    days = int(text)
    if not 0 < days <= _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{days} days; it is signed for 1 to {_MOST_DAYS}")
    return days


def _make_key(asked: argparse.Namespace) -> None:
    sys.stdout.write(json.dumps({"keys": [make_key(asked.file)]}) + "\n")


def _publish(asked: argparse.Namespace) -> None:
    stage = stages.load(asked.stage)
    content = asked.file.read_bytes()
    check(content.decode(errors="replace"), datetime.now(UTC))
    publish_pages.put_beside(stage, FILE, content, "application/jose")


def _sign(asked: argparse.Namespace) -> None:
    cells = commands.read_json(asked.cells)
    made = sign(cells, asked.key.read_bytes(), datetime.now(UTC), timedelta(days=asked.days))
    asked.out.write_text(made + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a key, sign a directory, or publish one."""
    parser = argparse.ArgumentParser(prog="python -m infra.cells", description=__doc__)
    commands = parser.add_subparsers(required=True)
    key = commands.add_parser("key", help="make a key; prints the public half as a JWK set")
    key.add_argument("file", type=Path)
    key.set_defaults(do=_make_key)
    signing = commands.add_parser("sign", help="sign a JSON list of cells")
    signing.add_argument("cells", type=Path)
    signing.add_argument("--key", type=Path, required=True)
    signing.add_argument("--out", type=Path, required=True)
    signing.add_argument("--days", type=_days, default=_DAYS)
    signing.set_defaults(do=_sign)
    publishing = commands.add_parser("publish", help="put a directory beside a stage's pages")
    publishing.add_argument("stage")
    publishing.add_argument("file", type=Path)
    publishing.set_defaults(do=_publish)
    asked = parser.parse_args(arguments)
    asked.do(asked)


if __name__ == "__main__":
    with commands.plainly():
        main()
