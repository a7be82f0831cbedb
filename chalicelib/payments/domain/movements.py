"""Money that came and went, and a day's books of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.core.money import Money
from chalicelib.payments.domain.payments import Payment
from chalicelib.payments.domain.refunds import Refund, RefundStatus

RETURNED: Final = "+"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came (`what` is `in`), went back (the refund's id), or came back of a refund.

    Of the last, `what` is the refund's id behind RETURNED.
    """

    what: str
    payment_id: str
    provider: str
    office_id: str
    service_id: str
    method: str
    amount: Money
    at: datetime

    @property
    def came(self) -> bool:
        """Tell whether the money came to us."""
        return self.what == "in" or self.what.startswith(RETURNED)


@dataclass(frozen=True, slots=True)
class Books:
    """A provider's day compared with ours."""

    provider: str
    at: str
    totals: Mapping[str, int]
    differences: Sequence[Mapping[str, str]]


def no_sums() -> dict[str, int]:
    """Return the sums of a day on which nothing moved, in cents."""
    return {"in": 0, "out": 0, "their_in": 0, "their_out": 0}


def add(sums: dict[str, int], moved: Movement) -> None:
    """Add what moved to a day's sums."""
    sums["in" if moved.came else "out"] += moved.amount.cents


def changed_refunds(old: Payment, new: Payment) -> tuple[Refund, ...]:
    """Return the refunds that a change added or changed."""
    known = {one.refund_id: one for one in old.refunds}
    return tuple(one for one in new.refunds if known.get(one.refund_id) != one)


def is_first_money(old: Payment, new: Payment) -> bool:
    """Tell whether a change brought a payment its money."""
    return new.received > 0 and old.received == 0


def movements_between(old: Payment, new: Payment) -> tuple[Movement, ...]:
    """Return the money that moved by a change of a payment."""
    moved = []
    if is_first_money(old, new) and new.received_at:
        moved.append(_movement(new, "in", new.received, new.received_at))
    for refund in changed_refunds(old, new):
        if refund.status is RefundStatus.SUCCEEDED and refund.ended_at:
            moved.append(_movement(new, refund.refund_id, refund.amount, refund.ended_at))
        elif refund.returned and refund.ended_at:
            what = RETURNED + refund.refund_id
            moved.append(_movement(new, what, refund.amount, refund.ended_at))
    return tuple(moved)


def _movement(payment: Payment, what: str, cents: int, at: datetime) -> Movement:
    return Movement(
        what,
        payment.payment_id,
        payment.provider,
        payment.office_id,
        payment.service_id,
        payment.method,
        Money(cents, payment.currency),
        at,
    )
