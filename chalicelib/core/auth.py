"""Who is calling: access tokens, and what a route may ask of a caller."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from chalicelib.core.errors import Forbidden, RecentlyJoined, Unauthenticated
from chalicelib.core.four_eyes import Word
from chalicelib.core.plugins import registered
from chalicelib.core.standing import Standing

Role = Literal["clerk", "supervisor", "auditor", "admin"]
Level = Literal["basic", "real_name"]
# The role of a hall's devices alone, which no account of staff can have.
DEVICE: Final = "device"


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


def of_record(caller: Caller | None, now: datetime) -> Caller | None:
    """Return who a caller is whose account was joined to another since the token was issued."""
    if isinstance(caller, Citizen) and not caller.link:
        for resolve in registered("JOINED_ACCOUNTS"):
            caller = resolve(caller, now)
    return caller


def _is_revoked(caller: Caller) -> bool:
    """Tell whether a caller's tokens ended before their time."""
    return any(is_revoked(caller) for is_revoked in registered("TOKEN_REVOCATIONS"))
