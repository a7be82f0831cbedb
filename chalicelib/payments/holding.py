"""What becomes of money that came and is not believed: two persons accept it, or send it back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.core import four_eyes, idempotency
from chalicelib.core.auth import Staff
from chalicelib.core.errors import Forbidden, WrongStatus
from chalicelib.core.four_eyes import Word
from chalicelib.core.idempotency import Attempt
from chalicelib.payments import refunds, settling, truths
from chalicelib.payments.domain import Act, Held, Payment, PaymentProviderDown, Status
from chalicelib.payments.providers.base import Unanswered

Decided = tuple[Payment, list[tuple[str, Mapping[str, str]]]]
_SECONDS: Final = frozenset({"supervisor", "admin"})


def decide(  # noqa: PLR0913 - a decision has these facts.
    staff: Staff, payment_id: str, act: Act, reason: str, attempt: Attempt, now: datetime
) -> tuple[Payment, bool, bool]:
    """Ask for held money to be accepted or sent back, or agree to what another person asked for.

    Tells whether it is decided by this word, and whether the same attempt had said so before. What
    is sent back goes by the event of late money. Raises NotFound, WrongStatus, Forbidden,
    SecondPersonNeeded or PaymentProviderDown.
    """
    word = Word(act, staff.actor, now, reason)

    def told(old: Payment) -> Decided:
        held = old.undecided
        if held is None or (act == "accept" and (old.finished or not held.amount.cents)):
            raise WrongStatus(current=old.status)
        if not four_eyes.is_agreed(held.asked, word):
            asked = replace(held, asked=word)
            return replace(old, held=asked), [(f"payment.held_{act}_asked", _facts(held))]
        if not staff.roles & _SECONDS:
            raise Forbidden
        new = replace(old, held=replace(held, decided=word))
        return _accepted(new, held, now) if act == "accept" else _returned(new, held, now)

    payment = _known(refunds.of_own_hall(staff, payment_id), now)
    again = idempotency.already_applied(payment.ledger, attempt)
    payment = settling.change(payment_id, told, staff.actor, now, attempt=attempt)
    held = payment.held
    return payment, bool(held and held.decided and held.decided.by == staff.actor), again


def _known(payment: Payment, now: datetime) -> Payment:
    """Return the payment with the sum that is held, asked for where it was not kept."""
    if payment.undecided is None or payment.undecided.amount.cents:
        return payment
    try:
        return settling.ask(payment, now)
    except Unanswered as error:
        raise PaymentProviderDown(retry_after=5) from error


def _accepted(old: Payment, held: Held, now: datetime) -> Decided:
    new = truths.came(old, held.amount, held.at).to(Status.SUCCEEDED, now)
    paid = {"receipt": new.receipt_number or ""}
    return new, [("payment.held_accepted", _facts(held)), ("payment.succeeded", paid)]


def _returned(old: Payment, held: Held, now: datetime) -> Decided:
    """Return the payment ended with money that nobody has a claim to: its event gives it back."""
    new = truths.came(old, held.amount, held.at)
    events = [("payment.held_returned", _facts(held))]
    if not old.finished:
        new = new.to(Status.CANCELLED, now)
        events.append(("payment.cancelled", {}))
    return new, [*events, ("payment.received_late", {})]


def _facts(held: Held) -> dict[str, str]:
    asked = {"asked_by": held.asked.by} if held.asked else {}
    return {**truths.held_facts(held), **asked}
