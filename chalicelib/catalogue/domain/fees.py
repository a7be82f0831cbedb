"""What a service costs, and who pays its couriers, read from the catalogue's JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.core.money import Money


@dataclass(frozen=True, slots=True)
class Fee:
    """What a service costs, and the rule that says so; the city pays couriers but for `courier`."""

    amount: Money
    basis: str | None
    courier: Money | None = None

    def due(self, *, by_courier: bool) -> Money | None:
        """Return what an application is to pay, with the line of its courier; None for nothing."""
        line = self.courier.cents if by_courier and self.courier else 0
        cents = self.amount.cents + line
        return Money(cents, self.amount.currency) if cents else None


def parse_fee(data: Mapping[str, Any]) -> Fee:
    """Read what a service costs from the catalogue's JSON; raises ValueError."""
    fee = data.get("fee")
    amount = Money(fee["cents"], fee["currency"]) if fee else Money(0)
    return Fee(amount, fee.get("basis") if fee else None, _courier_fee(data, amount))


def _courier_fee(data: Mapping[str, Any], amount: Money) -> Money | None:
    said = data.get("courier_fee")
    # A fee that goes with the booking is paid before anybody says whether a courier comes.
    if said and (data.get("prepaid") or said["currency"] != amount.currency):
        message = f"{data['id']}: no fee that the courier can be a line of: {said!r}"
        raise ValueError(message)
    return Money(said["cents"], said["currency"]) if said else None
