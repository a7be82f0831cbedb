"""The factors of a citizen: a PIN set or changed, one removed, all that are there.

Each change is one transaction with an entry of the citizen's history, which tells them by every
channel; a retry after a crash finds what is there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from chalicelib.core import changes, idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Author
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound
from chalicelib.core.event_types import CitizenEvent
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.identity import storage as citizens
from chalicelib.identity.domain import Profile
from chalicelib.identity.service import profiles
from chalicelib.identity.service.profiles import Effects
from chalicelib.identity.signing import storage
from chalicelib.identity.signing.domain import Factor, Factors, is_weak
from chalicelib.identity.signing.domain.factors import FactorKind
from chalicelib.identity.signing.service import pins

_ID_LENGTH: Final = 12
_WEAK: Final = Text(
    "密码过于简单，请勿使用连续、重复的数字或生日",
    "This PIN is too easy: no runs, no repeated digits, no birthday",
)
_CURRENT_NEEDED: Final = Text("请输入当前的签名密码", "Give the current PIN")


class _OvertakenError(Exception):
    """The PIN is another than the one that was proven."""


@dataclass(frozen=True, slots=True)
class PinAsked:
    """A PIN to be set, the `current` one to change it by; `source` is the network address."""

    pin: str
    current: str | None
    source: str


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A passkey or a phone that was verified; by the `pin` it is good at once.

    `source` stands for the network address.
    """

    factor_id: str
    kind: FactorKind
    secret: Mapping[str, str | int]
    name: str
    pin: str | None
    source: str


def list_of(citizen_id: str) -> Factors:
    """Return by what a citizen signs."""
    return storage.load_factors(citizen_id)


def set_pin(caller: Citizen, asked: PinAsked, attempt: Attempt, now: datetime) -> Factor:
    """Set the PIN, or change it by the current one; the same again changes nothing.

    Raises InvalidRequest, TooManyRequests or FactorLocked.
    """
    citizen_id, pin = caller.citizen_id, asked.pin
    if is_weak(pin, profiles.clear_of(citizen_id).get("id_number", "")):
        raise InvalidRequest(errors=[FieldError("/pin", "weak_pin", _WEAK)])
    old = storage.load_factors(citizen_id).pin
    if old and _is_there(caller, old, asked, now):
        return old
    new_id = f"pin-{attempt.id_for('pin', _ID_LENGTH)}"

    def set_it(factors: Factors) -> tuple[Factors, DomainEvent]:
        if factors.pin != old:
            raise _OvertakenError
        usable_from = factors.usable_from(now, is_proven=old is not None)
        secret = pins.secret_of(citizen_id, pin, new_id, asked.current if old else None)
        new = Factor(new_id, "pin", now, usable_from, secret=secret)
        return factors.with_factor(new), event("account.factor_added", new)

    try:
        return change(caller, set_it, now).pin or missing()
    except _OvertakenError:
        # Another PIN was set in this moment: this one takes its place by it, or not at all.
        return set_pin(caller, asked, attempt, now)


def remove(caller: Citizen, factor_id: str, now: datetime) -> None:
    """Remove a factor, and with it what was signed by it and not used; raises NotFound."""

    def remove_it(factors: Factors) -> tuple[Factors, DomainEvent]:
        factor = factors.find(factor_id) or missing()
        return factors.without(factor_id), event("account.factor_removed", factor)

    change(caller, remove_it, now)


def _is_there(caller: Citizen, old: Factor, asked: PinAsked, now: datetime) -> bool:
    """Tell whether the PIN was set before, as after a lost answer; else the current one is right.

    Only one PIN is looked at: with two, a try would be two guesses.
    """
    pin, current = asked.pin, asked.current
    if current is not None:
        changed = pins.is_change(caller.citizen_id, old, current, pin)
        tried = pins.Try("/current_pin", current, asked.source, also_right=changed)
        pins.check(caller, old, tried, now)
        return changed
    try:
        pins.check(caller, old, pins.Try("/pin", pin, asked.source), now)
    except InvalidRequest as error:
        needed = FieldError("/current_pin", "required", _CURRENT_NEEDED)
        raise InvalidRequest(errors=[needed]) from error
    return True


def unless_reused(caller: Citizen, attempt: Attempt) -> Factors:
    """Return by what a citizen signs; raises IdempotencyKeyReused."""
    there = storage.load_factors(caller.citizen_id)
    idempotency.already_applied(there.ledger, attempt)
    return there


def add(
    caller: Citizen, there: Factors, device: NewDevice, attempt: Attempt, now: datetime
) -> tuple[Factor, bool]:
    """Keep a device that was verified, with the attempt that brought it, beside what was `there`.

    Tells whether it was there already; one that was removed since does not come back by a retry.
    Raises NotFound, InvalidRequest, TooManyFactors, TooManyRequests, FactorLocked or
    IdempotencyKeyReused.
    """
    factor_id, pin = device.factor_id, device.pin
    known = there.find(factor_id)
    if known or idempotency.already_applied(there.ledger, attempt):
        return known or missing(), True
    is_proven = there.pin is not None and pin is not None
    if there.pin and pin is not None:
        pins.check(caller, there.pin, pins.Try("/pin", pin, device.source), now)

    def add_it(old: Factors) -> tuple[Factors, DomainEvent | None]:
        idempotency.already_applied(old.ledger, attempt)
        if old.find(factor_id):
            # The same came twice in this moment.
            return old, None
        usable_from = old.usable_from(now, is_proven=is_proven)
        made = Factor(factor_id, device.kind, now, usable_from, device.name, device.secret)
        noted = replace(old, ledger=idempotency.note(old.ledger, attempt, now))
        return noted.with_factor(made), event("account.factor_added", made)

    return change(caller, add_it, now).find(factor_id) or missing(), False


def change(
    caller: Citizen,
    change_it: Callable[[Factors], tuple[Factors, DomainEvent | None]],
    now: datetime,
) -> Factors:
    """Keep what a change makes of a citizen's factors, with its entry; none changes nothing."""
    citizen_id, kept = caller.citizen_id, Factors()

    def decide(owner: Profile) -> Decision[Profile, Effects] | None:
        nonlocal kept
        kept, event = change_it(storage.load_factors(citizen_id))
        if event is None:
            return None
        return Decision(owner, (event,), Effects(also=[storage.writing_factors(citizen_id, kept)]))

    author = Author.of(caller, now)
    changes.apply(lambda: profiles.load(citizen_id), decide, citizens.store_profile, author)
    return kept


def event(type_: CitizenEvent, factor: Factor) -> DomainEvent:
    """Return the entry that says what became of a factor."""
    return DomainEvent(type_, {"factor": factor.kind, "factor_id": factor.factor_id})


def missing() -> Factor:
    """Refuse what is not there; raises NotFound."""
    raise NotFound
