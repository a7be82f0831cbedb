"""Unmatched money, which is kept in its payment."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.core.attributes import moment
from chalicelib.core.clock import rfc3339
from chalicelib.core.four_eyes import Word
from chalicelib.core.money import Money
from chalicelib.payments.domain.unmatched import UnmatchedMoney
from chalicelib.payments.storage._records import PaymentRecord


def unmatched_fields(money: UnmatchedMoney) -> dict[str, object]:
    """Return what is kept of unmatched money beside the reason."""
    return {
        "cents": money.amount.cents,
        "currency": money.amount.currency,
        "at": rfc3339(money.at),
        "asked": _facts(money.asked),
        "decided": _facts(money.decided),
    }


def read_unmatched(record: PaymentRecord) -> UnmatchedMoney:
    """Read unmatched money; where its reason alone was kept the sum is 0, and asked for anew."""
    fields = record.held_facts
    if not fields:
        return UnmatchedMoney(record.held, Money(0, record.currency), moment(record.created))
    amount, at = Money(fields["cents"], fields["currency"]), datetime.fromisoformat(fields["at"])
    return UnmatchedMoney(record.held, amount, at, _word(fields["asked"]), _word(fields["decided"]))


def _facts(word: Word | None) -> dict[str, str] | None:
    if word is None:
        return None
    return {"act": word.act, "by": word.by, "at": rfc3339(word.at), "reason": word.reason}


def _word(fields: Mapping[str, str] | None) -> Word | None:
    if not fields:
        return None
    at = datetime.fromisoformat(fields["at"])
    return Word(fields["act"], fields["by"], at, fields["reason"])
