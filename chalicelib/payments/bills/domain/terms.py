"""What an issuer says of a bill, and what that comes to on a day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from chalicelib.core.clock import office_time

BillKind = Literal["fine", "fee", "exam", "tuition", "insurance", "other"]
StatementType = Literal["bill.created", "bill.changed", "bill.cancelled"]
# What a late fee's share of a day is counted in: a permille is a thousand of these.
MILLIONTHS: Final = 1_000_000
_RANK: Final[dict[StatementType, int]] = {
    "bill.created": 0,
    "bill.changed": 1,
    "bill.cancelled": 2,
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a bill, in cents."""

    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class LateFee:
    """What each day after the last adds: millionths of the sum, and no more than `cap` cents.

    Administrative Penalty Law, article 72: three percent a day, never more than the fine itself.
    """

    millionths_a_day: int
    cap: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What is to be paid, by when, by whom.

    `owner` is the keyed hash of a person's document or of an organisation's credit code, None where
    it is whoever holds number and code. `code_hash` stands for the code.
    """

    kind: BillKind
    title: str
    items: tuple[Item, ...]
    due_on: date
    late_fee: LateFee | None
    owner: str | None
    code_hash: str

    @property
    def sum(self) -> int:
        """Return what the items come to, in cents."""
        return sum(item.cents for item in self.items)

    def late_fee_on(self, day: date) -> int:
        """Return the late fee of a day of the offices, in whole cents, rounded down."""
        days = (day - self.due_on).days
        if self.late_fee is None or days <= 0:
            return 0
        grown = self.sum * self.late_fee.millionths_a_day * days // MILLIONTHS
        return min(grown, self.late_fee.cap)

    def amount_on(self, day: date) -> int:
        """Return what is to be paid on a day of the offices, in cents."""
        return self.sum + self.late_fee_on(day)


@dataclass(frozen=True, slots=True, order=True)
class Order:
    """Where a statement stands among those about its bill, in whatever order they come.

    The issuer's number decides; of two that bear the same one, the later in a bill's life, and then
    a digest of what they say.
    """

    sequence: int
    rank: int
    digest: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What an issuer says of a bill, once."""

    type: StatementType
    sequence: int
    terms: Terms
    digest: str

    @property
    def order(self) -> Order:
        """Return where it stands among the others."""
        return Order(self.sequence, _RANK[self.type], self.digest)


def day_of(moment: datetime) -> date:
    """Return the day of the offices (Shanghai) in which a moment lies."""
    return office_time(moment).date()
