"""Access tokens: JWT that one of our keys signed, and the callers for whom they speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from chalicelib.core.auth import Caller, Citizen, Staff
from chalicelib.core.cache import TimedCache
from chalicelib.core.errors import TokenExpired, Unauthenticated
from chalicelib.core.ids import new_id
from chalicelib.core.keys import KeyRing

ISSUER: Final = "onetrip"
AUDIENCE: Final = "onetrip-api"
_TYPE: Final = "at+jwt"
_LEEWAY: Final = timedelta(seconds=5)
_CLAIMS: Final = ("iss", "aud", "sub", "iat", "nbf", "exp", "jti", "typ")
# How long a signature is not checked again; times and revocations always are.
_REMEMBERED_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a key has signed."""

    kid: str
    claims: Mapping[str, object]


class Tokens:
    """Signs and checks access tokens: JWT (RFC 7519, RFC 9068) with EdDSA and nothing else."""

    def __init__(self, ring: KeyRing, lifetime: timedelta) -> None:
        """Sign with the ring's newest key tokens that live for `lifetime`."""
        self._ring = ring
        self.lifetime = lifetime
        self._signed = TimedCache[bytes, _Signed](_REMEMBERED_SECONDS)

    def issue(self, caller: Caller, now: datetime, token_id: str | None = None) -> str:
        """Return a signed access token for the caller; a named token is always the same."""
        import jwt  # noqa: PLC0415 - cold start.

        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
            "jti": token_id or new_id(16),
            **_claims_of(caller),
        }
        key = self._ring.signing
        return jwt.encode(claims, key.private, "EdDSA", {"kid": key.kid, "typ": _TYPE})

    def check(self, token: str, now: datetime) -> Caller:
        """Return who the token speaks for; raises Unauthenticated or TokenExpired.

        Its signature is checked once in a while, its times each time.
        """
        known = self._signed.load(
            sha256(token.encode(errors="surrogatepass")).digest(), lambda: self._signed_by(token)
        )
        if self._ring.get(known.kid) is None:
            raise Unauthenticated
        _check_times(known.claims, now)
        return _caller_of(known.claims)

    def _signed_by(self, token: str) -> "_Signed":
        """Return what a token claims by one of our keys; raises Unauthenticated."""
        import jwt  # noqa: PLC0415 - cold start.

        try:
            # What names the key is read alone: the whole is decoded, with care, when it is checked.
            kid = jwt.get_unverified_header(f"{token.partition('.')[0]}..").get("kid")
            key = self._ring.get(kid) if isinstance(kid, str) else None
            if key is None:
                raise Unauthenticated
            claims = jwt.decode(
                token,
                key.public,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                audience=AUDIENCE,
                # The product's clock decides, and it may not be the machine's.
                options={
                    "require": list(_CLAIMS),
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise Unauthenticated from error
        return _Signed(key.kid, claims)


def _claims_of(caller: Caller) -> dict[str, object]:
    generation = {"generation": caller.generation} if caller.generation else {}
    if isinstance(caller, Citizen):
        return {
            "typ": "citizen",
            "sub": caller.citizen_id,
            "person": caller.person,
            "level": caller.level,
            **generation,
            **({"link": caller.link, "trusted": caller.trusted} if caller.link else {}),
        }
    claims: dict[str, object] = {
        "typ": "staff",
        "sub": caller.staff_id,
        "roles": sorted(caller.roles),
        "office_ids": sorted(caller.listed_office_ids),
        **generation,
    }
    if caller.division_prefix is not None:
        claims["division_prefix"] = caller.division_prefix
    if caller.department_ids:
        claims["department_ids"] = sorted(caller.department_ids)
    return claims


def _check_times(claims: Mapping[str, object], now: datetime) -> None:
    expires, begins = claims["exp"], claims["nbf"]
    if not isinstance(expires, int) or not isinstance(begins, int):
        raise Unauthenticated
    if begins > (now + _LEEWAY).timestamp():
        raise Unauthenticated
    if expires <= (now - _LEEWAY).timestamp():
        raise TokenExpired


def _caller_of(claims: Mapping[str, object]) -> Caller:
    defaults = {"generation": 0, "link": "", "trusted": True}
    match {**defaults, "division_prefix": None, "department_ids": [], **claims}:
        case {
            "typ": "citizen",
            "sub": str(sub),
            "person": str(person),
            "level": "basic" | "real_name" as level,
            "generation": int(generation),
            "link": str(link),
            "trusted": bool(is_trusted),
        }:
            return Citizen(sub, person, level, generation, link, is_trusted)
        case {
            "typ": "staff",
            "sub": str(sub),
            "roles": list(roles),
            "office_ids": list(offices),
            "division_prefix": None | str() as prefix,
            "department_ids": list(departments),
            "generation": int(generation),
        }:
            halls = frozenset(offices)
            return Staff(sub, frozenset(roles), halls, prefix, frozenset(departments), generation)
        case _:
            raise Unauthenticated
