"""What a citizen signs with: a PIN, which always works, and authenticators (WebAuthn level 2).

Who has a log-in alone must not come to a factor: the first one is anybody's who is logged in, as
there is nothing that it could be proven with. Each further one is good at once only if it is added
with the PIN; else it rests for three days, in which the owner, who is told, can remove it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Ledger

FactorKind = Literal["pin", "webauthn", "soter"]
FACTOR_LIMIT: Final = 8
FACTOR_REST: Final = timedelta(days=3)


class FactorLocked(Problem):
    """The PIN was guessed at too often; only the counter, or another factor, helps."""

    status = 403
    code = "factor_locked"
    title = Text(
        "签名密码错误次数过多，已被锁定，请到大厅窗口重置",
        "The PIN was wrong too often and is locked; have it reset at a counter",
    )


class TooManyFactors(Problem):
    """A citizen has at most eight factors."""

    status = 409
    code = "too_many_factors"
    title = Text("签名方式数量已达上限", "No more ways to sign can be added")


@dataclass(frozen=True, slots=True)
class Factor:
    """One way to sign; `secret` is what it is verified by, hashed or public.

    `usable_from` is when it is good, later than `added_at` for one that was added unproven.
    """

    factor_id: str
    kind: FactorKind
    added_at: datetime
    usable_from: datetime
    name: str = ""
    secret: Mapping[str, str | int] = field(default_factory=dict)

    def is_usable(self, now: datetime) -> bool:
        """Tell whether one can sign with it."""
        return now >= self.usable_from


@dataclass(frozen=True, slots=True)
class Factors:
    """The factors of a citizen; `had_any` says that there was one before, also when none is left.

    `ledger` has the attempts by which some were added. Version 0 stands for what is not there yet.
    """

    items: tuple[Factor, ...] = ()
    had_any: bool = False
    version: int = 0
    ledger: Ledger = ()

    @property
    def pin(self) -> Factor | None:
        """Return the PIN."""
        return next((one for one in self.items if one.kind == "pin"), None)

    def find(self, factor_id: str) -> Factor | None:
        """Return a factor by its id."""
        return next((one for one in self.items if one.factor_id == factor_id), None)

    def kinds(self, now: datetime) -> list[FactorKind]:
        """Return the kinds of factors that one can sign with, each once, in the order added."""
        return list(dict.fromkeys(one.kind for one in self.items if one.is_usable(now)))

    def usable_from(self, now: datetime, *, is_proven: bool) -> datetime:
        """Return from when a factor is good that is added now."""
        return now if is_proven or not self.had_any else now + FACTOR_REST

    def with_factor(self, new: Factor) -> "Factors":
        """Return them with one more; a PIN takes the place of the PIN. Raises TooManyFactors."""
        others = tuple(one for one in self.items if new.kind != "pin" or one.kind != "pin")
        if len(others) >= FACTOR_LIMIT:
            raise TooManyFactors
        return replace(self, items=(*others, new), had_any=True, version=self.version + 1)

    def without(self, factor_id: str) -> "Factors":
        """Return them without one."""
        left = tuple(one for one in self.items if one.factor_id != factor_id)
        return replace(self, items=left, version=self.version + 1)

    def with_count(self, factor_id: str, count: int) -> "Factors":
        """Return them with an authenticator's counter of signatures, which never goes back."""
        items = tuple(
            replace(one, secret={**one.secret, "count": max(count, int(one.secret["count"]))})
            if one.factor_id == factor_id
            else one
            for one in self.items
        )
        return replace(self, items=items, version=self.version + 1)
