"""Couriers' accounts: what they serve, and which of them has a parcel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.domain.account import Account, AccountState
from chalicelib.webhooks.domain.circuit_breaker import Health

MessageType = Literal[
    "delivery.requested",
    "delivery.cancelled",
    "delivery.address_changed",
    "delivery.status_requested",
    "delivery.ping",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier(Account):
    """A courier company: which areas and directions it serves.

    It works for the hall `office_id`, or for all halls of the city when that is None.
    `division_codes` are prefixes of GB/T 2260 codes.
    """

    division_codes: tuple[str, ...]
    services: frozenset[Direction]
    office_id: str | None = None

    @property
    def courier_id(self) -> str:
        """Return the id of the account, as parcels name it."""
        return self.account_id

    def reach(self, area: str) -> int:
        """Return how closely the courier's areas fit a division code; 0 when none does."""
        fitting = (len(code) for code in self.division_codes if area.startswith(code))
        return max(fitting, default=0)

    def can(self, office_id: str, direction: Direction, area: str) -> bool:
        """Tell whether the courier may be given such a parcel of a hall now."""
        is_at_work = self.state is AccountState.ACTIVE and self.office_id in (None, office_id)
        return is_at_work and direction in self.services and bool(self.reach(area))


def choose(  # noqa: PLR0913 - a parcel has these facts.
    couriers: Iterable[Courier],
    health: Mapping[str, Health],
    office_id: str,
    direction: Direction,
    area: str,
    now: datetime,
) -> Courier | None:
    """Return the courier for a parcel: who answers, fits the area best and has the least to do."""

    def order(courier: Courier) -> tuple[bool, int, int, str]:
        known = health.get(courier.courier_id, Health())
        return (not known.closed(now), -courier.reach(area), known.load, courier.courier_id)

    return min((c for c in couriers if c.can(office_id, direction, area)), key=order, default=None)
