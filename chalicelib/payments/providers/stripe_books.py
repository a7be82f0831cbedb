"""Stripe's balance transactions, refunds and disputes, read as lines of a day and as what went.

An amount is the charge's own: the balance may settle it in another currency. What is made in the
dashboard, and what a payer's bank takes back, bears no metadata of ours; its `payment_intent` names
the payment. Source: Stripe API reference, Balance transactions (types), Refunds and Disputes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.core.money import Money
from chalicelib.payments.domain.provider_state import ExternalRefund
from chalicelib.payments.providers.base import Listed

_Object = Mapping[str, Any]
_IN: Final = frozenset({"charge", "payment"})
_OUT: Final = frozenset({"refund", "payment_refund", "payment_reversal"})
# A refund that the bank sent back to us: nothing went.
_UNDONE: Final = frozenset({"refund_failure", "payment_failure_refund"})
# Disputes, and what Stripe puts right; the sign says which way.
_ADJUSTED: Final = frozenset({"adjustment"})
_PRICED: Final = frozenset({"charge", "refund", "dispute"})
_PEOPLES: Final = _IN | _OUT | _UNDONE | _ADJUSTED
# An inquiry moves no money; a dispute that was won brought it back.
_TAKEN: Final = frozenset({"needs_response", "under_review", "lost"})


def moved(lines: Sequence[_Object]) -> list[Listed]:
    """Return the lines of people's money; fees, payouts and top-ups are the account's own.

    A refund that failed on its own day has not been. A line of which the shape is not known is
    unreadable, and leaves the others.
    """
    known = [line for line in lines if isinstance(line, dict) and line.get("type") in _PEOPLES]
    went, undone = _sources(known, _OUT), _sources(known, _UNDONE)
    never = went & undone
    pairs = _OUT | _UNDONE
    return [_line(one) for one in known if one["type"] not in pairs or _source_id(one) not in never]


def outside(refunds: Sequence[_Object], disputes: Sequence[_Object]) -> list[ExternalRefund]:
    """Return the refunds and disputes of a payment that are not by us, and took its money."""
    return [*_refunds(refunds), *_disputes(disputes)]


def _refunds(refunds: Sequence[_Object]) -> Iterator[ExternalRefund]:
    for one in refunds:
        if one.get("status") == "succeeded" and not _facts(one).get("refund_id"):
            yield ExternalRefund(str(one["id"]), _amount(one), "refund", _moment(one))


def _disputes(disputes: Sequence[_Object]) -> Iterator[ExternalRefund]:
    for one in disputes:
        if one.get("status") in _TAKEN:
            yield ExternalRefund(str(one["id"]), _amount(one), "chargeback", _moment(one))


def _line(line: _Object) -> Listed:
    try:
        return _listed(line)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return Listed("", Money(0), reference=str(line.get("id")), kind="unreadable")


def _listed(line: _Object) -> Listed:
    source = line.get("source")
    facts = source if isinstance(source, dict) else {}
    # Of what is not known the balance's own amount is all there is.
    amount = _amount(facts if facts.get("object") in _PRICED else line)
    payment_id = str(_facts(facts).get("payment_id") or "")
    reference = _id(facts.get("payment_intent"))
    if line["type"] in _IN:
        return Listed(payment_id, amount, None, reference or _source_id(line))
    refund_id = str(_facts(facts).get("refund_id") or _source_id(line))
    if line["type"] in _UNDONE or (line["type"] in _ADJUSTED and int(line["amount"]) > 0):
        return Listed(payment_id, amount, refund_id, reference, "returned")
    taken = line["type"] in _ADJUSTED
    return Listed(payment_id, amount, refund_id, reference, "chargeback" if taken else "")


def _sources(lines: Sequence[_Object], types: frozenset[str]) -> set[str]:
    return {_source_id(one) for one in lines if one["type"] in types}


def _amount(thing: _Object) -> Money:
    captured = thing.get("amount_captured") if thing.get("object") == "charge" else None
    cents = captured if isinstance(captured, int) and captured else thing["amount"]
    return Money(abs(int(cents)), str(thing["currency"]).lower())


def _moment(thing: _Object) -> datetime:
    return datetime.fromtimestamp(int(thing["created"]), UTC)


def _facts(thing: _Object) -> _Object:
    return thing.get("metadata") or {}


def _source_id(line: _Object) -> str:
    return _id(line.get("source")) or str(line.get("id"))


def _id(thing: object) -> str:
    """Return the id of an object that stands whole or as its bare id; empty for neither."""
    thing = thing.get("id") if isinstance(thing, dict) else thing
    return thing if isinstance(thing, str) else ""
