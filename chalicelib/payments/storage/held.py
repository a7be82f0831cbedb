"""Held money, which is kept in its payment."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.core.attributes import moment
from chalicelib.core.clock import rfc3339
from chalicelib.core.four_eyes import Word
from chalicelib.core.money import Money
from chalicelib.payments.domain import Held
from chalicelib.payments.storage._records import PaymentRecord


def held_facts(held: Held) -> dict[str, object]:
    """Return what is kept of held money beside the reason."""
    return {
        "cents": held.amount.cents,
        "currency": held.amount.currency,
        "at": rfc3339(held.at),
        "asked": _facts(held.asked),
        "decided": _facts(held.decided),
    }


def read_held(record: PaymentRecord) -> Held:
    """Read held money; of such as was kept by its reason alone the sum is 0, and asked for anew."""
    found = record.held_facts
    if not found:
        return Held(record.held, Money(0, record.currency), moment(record.created))
    amount, at = Money(found["cents"], found["currency"]), datetime.fromisoformat(found["at"])
    return Held(record.held, amount, at, _word(found["asked"]), _word(found["decided"]))


def _facts(word: Word | None) -> dict[str, str] | None:
    if word is None:
        return None
    return {"act": word.act, "by": word.by, "at": rfc3339(word.at), "reason": word.reason}


def _word(found: Mapping[str, str] | None) -> Word | None:
    if not found:
        return None
    at = datetime.fromisoformat(found["at"])
    return Word(found["act"], found["by"], at, found["reason"])
