"""Money that came and does not match what was asked for: another sum, currency or account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.core.four_eyes import Word
from chalicelib.core.money import Money

Act = Literal["accept", "return"]


@dataclass(frozen=True, slots=True)
class UnmatchedMoney:
    """Money that came at a moment and is not believed, why, and what two persons made of it."""

    reason: str
    amount: Money
    at: datetime
    asked: Word | None = None
    decided: Word | None = None


def unmatched_facts(money: UnmatchedMoney) -> dict[str, str]:
    """Return what entries say of unmatched money: never the words of those who decide."""
    return {
        "reason": money.reason,
        "held_amount": str(money.amount.cents),
        "held_currency": money.amount.currency,
    }
