"""What a process signs by each of its rings, and which of it another one understands."""

from datetime import UTC, datetime

import jwt

from chalicelib.core import dependencies
from chalicelib.core.auth import Citizen
from chalicelib.core.errors import Problem
from chalicelib.core.keys import KeyRing

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)


def made() -> list[str]:
    token = dependencies.tokens().issue(Citizen("me", "me", "basic"), NOW)
    return [token, *map(_signed, _rings())]


def read(signed: list[str]) -> list[str]:
    token, *others = signed
    found = []
    try:
        dependencies.tokens().check(token, NOW)
        found.append("token")
    except Problem:
        pass
    for ring, text in zip(_rings(), others, strict=True):
        key = ring.get(jwt.get_unverified_header(text)["kid"])
        if key and jwt.decode(text, key.public, algorithms=["EdDSA"]) == {"by": ring.purpose}:
            found.append(ring.purpose)
    return found


def _rings() -> tuple[KeyRing, KeyRing]:
    return dependencies.pass_keys(), dependencies.certificate_keys()


def _signed(ring: KeyRing) -> str:
    key = ring.signing
    return jwt.encode({"by": ring.purpose}, key.private, "EdDSA", {"kid": key.kid})
