"""Couriers' accounts: what they serve, their secrets, and which of them has a parcel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from chalicelib.core.decisions import Versioned
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.domain.account import OVERLAP, AccountState, Secret
from chalicelib.webhooks.domain.circuit_breaker import Health

MessageType = Literal[
    "delivery.requested",
    "delivery.cancelled",
    "delivery.address_changed",
    "delivery.status_requested",
    "delivery.ping",
]


@dataclass(frozen=True, slots=True)
class Courier(Versioned):
    """A courier company: where its messages go, which areas and directions it serves.

    It works for the hall `office_id`, or for all halls of the city when that is None.
    `division_codes` are prefixes of GB/T 2260 codes; `secrets` has the newest first, sealed under
    the courier's own key; `pings` counts the tests of the connection.
    """

    courier_id: str
    name: str
    endpoint: str
    division_codes: tuple[str, ...]
    services: frozenset[Direction]
    wrapped_key: str
    secrets: tuple[Secret, ...]
    state: AccountState = AccountState.ACTIVE
    pings: int = 0
    office_id: str | None = None
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.courier_id

    def reach(self, area: str) -> int:
        """Return how closely the courier's areas fit a division code; 0 when none does."""
        fitting = (len(code) for code in self.division_codes if area.startswith(code))
        return max(fitting, default=0)

    def can(self, office_id: str, direction: Direction, area: str) -> bool:
        """Tell whether the courier may be given such a parcel of a hall now."""
        is_at_work = self.state is AccountState.ACTIVE and self.office_id in (None, office_id)
        return is_at_work and direction in self.services and bool(self.reach(area))

    def live_secrets(self, now: datetime) -> tuple[Secret, ...]:
        """Return the secrets that hold now, newest first."""
        return tuple(s for s in self.secrets if s.until is None or s.until > now)

    def rotated(self, sealed: str, now: datetime) -> "Courier":
        """Return the account with a new secret; the one before holds for another 24 hours."""
        ending = [
            replace(secret, until=min(filter(None, (secret.until, now + OVERLAP))))
            for secret in self.live_secrets(now)
        ]
        # More than two at a time would only make the header longer.
        return replace(self, secrets=(Secret(sealed), *ending[:1]))


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
