"""Who is calling: access tokens, and what a route may ask of a caller."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from chalicelib.core.errors import Forbidden, RecentlyJoined, TokenExpired, Unauthenticated
from chalicelib.core.four_eyes import Word
from chalicelib.core.ids import new_id
from chalicelib.core.keys import KeyRing
from chalicelib.core.plugins import registered
from chalicelib.core.standing import Standing

Role = Literal["clerk", "supervisor", "auditor", "admin"]
Level = Literal["basic", "real_name"]
# The role of a hall's devices alone, which no account of staff can have.
DEVICE: Final = "device"
ISSUER: Final = "onetrip"
AUDIENCE: Final = "onetrip-api"
_TYPE: Final = "at+jwt"
_LEEWAY: Final = timedelta(seconds=5)
_CLAIMS: Final = ("iss", "aud", "sub", "iat", "nbf", "exp", "jti", "typ")


@dataclass(frozen=True, slots=True)
class Citizen:
    """A citizen's log-in; `person` counts for guards and limits, whatever the account.

    `generation` grows when the citizen signs out everywhere; log-ins of an earlier one are over.
    `link` is of an account that was joined to the citizen's; one that was joined lately is not
    `trusted` with everything. With a `standing` it is another who calls, for the citizen.
    """

    citizen_id: str
    person: str
    level: Level
    generation: int = 0
    link: str = ""
    trusted: bool = True
    standing: Standing | None = field(default=None, repr=False, compare=False)

    @property
    def calls(self) -> str:
        """Return who is at the phone: the citizen, or who acts for them."""
        return self.standing.agent if self.standing else self.citizen_id

    @property
    def actor(self) -> str:
        """Return the name that history entries carry."""
        return f"citizen:{self.calls}"

    def holds(self, kind: str, thing_id: str) -> Callable[[Any], None] | None:
        """Return what belongs into the transaction that makes a thing for another."""
        return self.standing.holds((kind, thing_id)) if self.standing else None


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff, with the halls where the roles hold: listed, or all of a division.

    `division_prefix` is the beginning of GB/T 2260 codes, empty for everywhere; then no hall is
    listed. Log-ins of an earlier `generation` are over.
    """

    staff_id: str
    roles: frozenset[str]
    listed_office_ids: frozenset[str]
    division_prefix: str | None = None
    department_ids: frozenset[str] = frozenset()
    generation: int = 0
    _halls: frozenset[str] | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def office_ids(self) -> frozenset[str]:
        """Return the halls where the roles hold; those of a division as they are now."""
        if self.division_prefix is None:
            return self.listed_office_ids
        if self._halls is None:
            # Looked up once a request, and only by those that ask about halls.
            (halls_of_division,) = registered("HALLS_OF_A_DIVISION")
            object.__setattr__(self, "_halls", frozenset(halls_of_division(self.division_prefix)))
        return self._halls or frozenset()

    @property
    def is_device(self) -> bool:
        """Tell whether it is a device of a hall, at which anybody may stand."""
        return DEVICE in self.roles

    @property
    def actor(self) -> str:
        """Return the name that history entries carry."""
        return f"staff:{self.staff_id}"

    def is_same(self, actor: str) -> bool:
        """Tell whether another's account is in the same hand, or one's own in the other's."""
        return any(are_one(self.actor, actor) for are_one in registered("ACCOUNTS_IN_ONE_HAND"))

    def word(self, act: str, now: datetime, reason: str) -> Word:
        """Return one's word where two persons decide."""
        return Word(act, self.actor, now, reason, self.is_same)


Caller = Citizen | Staff


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller.

    `leaving` takes revoked tokens too, `optional` nobody; `trusted` refuses an account that was
    joined lately.
    """

    kind: Literal["public", "citizen", "staff", "logged_in", "signature"]
    roles: frozenset[str] = frozenset()
    leaving: bool = False
    optional: bool = False
    trusted: bool = False

    @property
    def asks_for_token(self) -> bool:
        """Tell whether it matters who calls; a token that is given must be valid."""
        return self.kind not in ("public", "signature")

    def check(self, caller: Caller | None) -> None:
        """Let the caller through, or raise Unauthenticated, Forbidden or RecentlyJoined."""
        if not self.asks_for_token or (self.optional and caller is None):
            return
        if caller is None or (not self.leaving and _is_revoked(caller)):
            raise Unauthenticated
        if self.kind == "citizen" and not isinstance(caller, Citizen):
            raise Forbidden
        if self.kind == "staff" and not (isinstance(caller, Staff) and caller.roles & self.roles):
            raise Forbidden
        if self.kind == "logged_in" and isinstance(caller, Staff) and caller.is_device:
            raise Forbidden
        if self.trusted and isinstance(caller, Citizen) and not caller.trusted:
            raise RecentlyJoined


public: Final = Access("public")
citizen: Final = Access("citizen")
# Citizens who are logged in, and people who are not.
anyone: Final = Access("citizen", optional=True)
logged_in: Final = Access("logged_in")
# Whose erasure was cut short by a crash must be able to ask for it again.
leaving: Final = Access("citizen", leaving=True, trusted=True)
# What cannot be taken back waits until the owner had time to undo a joining.
trusted: Final = Access("citizen", trusted=True)
# The view checks a signature over the raw body; the wrapper leaves the body as it came.
signature: Final = Access("signature")


def staff(*roles: Role) -> Access:
    """Return the access of staff who have one of these roles."""
    return Access("staff", frozenset(roles))


def staff_or_device(*roles: Role) -> Access:
    """Return the access of staff who have one of these roles, and of the hall's devices."""
    return Access("staff", frozenset({*roles, DEVICE}))


class Tokens:
    """Signs and checks access tokens: JWT (RFC 7519, RFC 9068) with EdDSA and nothing else."""

    def __init__(self, ring: KeyRing, lifetime: timedelta) -> None:
        """Sign with the ring's newest key tokens that live for `lifetime`."""
        self._ring = ring
        self.lifetime = lifetime

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
        """Return who the token speaks for; raises Unauthenticated or TokenExpired."""
        import jwt  # noqa: PLC0415 - cold start.

        try:
            kid = jwt.get_unverified_header(token).get("kid")
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
        _check_times(claims, now)
        return _caller_of(claims)


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


def of_record(caller: Caller | None, now: datetime) -> Caller | None:
    """Return who a caller is whose account was joined to another since the token was issued."""
    if isinstance(caller, Citizen) and not caller.link:
        for resolve in registered("JOINED_ACCOUNTS"):
            caller = resolve(caller, now)
    return caller


def _is_revoked(caller: Caller) -> bool:
    """Tell whether a caller's tokens ended before their time."""
    return any(is_revoked(caller) for is_revoked in registered("TOKEN_REVOCATIONS"))
