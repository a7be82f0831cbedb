"""A refund and its transition table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from chalicelib.core.event_types import PaymentEvent
from chalicelib.payments.domain.errors import NoSuchTransition

# What is abnormal waits until the merchant says where the money is to go.
ProviderRefundState = Literal["unknown", "pending", "abnormal", "succeeded", "failed"]


class RefundStatus(StrEnum):
    """The states of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUND_EVENT_OF: Final[Mapping[RefundStatus, PaymentEvent]] = {
    RefundStatus.SUCCEEDED: "payment.refund_succeeded",
    RefundStatus.FAILED: "payment.refund_failed",
}


REFUND_TRANSITIONS: Final[Mapping[RefundStatus, frozenset[RefundStatus]]] = {
    RefundStatus.PENDING: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
    # A payer's bank may send back what the provider had sent (Stripe, "Failed refunds").
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Refund:
    """One giving back of a part or the whole; `needs_approval` until a second person agreed.

    `sent_at` is when the provider was first asked for it, `trouble` why it has not gone yet: the
    provider's code of a refusal that passes, or ABNORMAL. `went_at` is when it went, although it
    came back.
    """

    refund_id: str
    amount: int
    reason: str
    asked_by: str
    asked_at: datetime
    status: RefundStatus = RefundStatus.PENDING
    needs_approval: bool = False
    approved_by: str | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    trouble: str | None = None
    went_at: datetime | None = None

    @property
    def returned(self) -> bool:
        """Tell whether it went, and came back."""
        return self.status is RefundStatus.FAILED and self.went_at is not None

    @property
    def approved(self) -> bool:
        """Tell whether it may go: no second person is needed, or one has agreed."""
        return not self.needs_approval or self.approved_by is not None

    @property
    def waits(self) -> bool:
        """Tell whether it waits for a second person to agree."""
        return self.status is RefundStatus.PENDING and not self.approved

    def to(self, status: RefundStatus, now: datetime) -> "Refund":
        """Return the refund in its end; raises NoSuchTransition."""
        if status not in REFUND_TRANSITIONS[self.status]:
            raise NoSuchTransition(f"{self.status} → {status}")
        went = self.ended_at if self.status is RefundStatus.SUCCEEDED else None
        went_at = now if status is RefundStatus.SUCCEEDED else went
        return replace(self, status=status, ended_at=now, trouble=None, went_at=went_at)
