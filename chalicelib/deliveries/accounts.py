"""Couriers' accounts: whom to send where, their secrets, and what is known of their endpoint."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger
from chalicelib.deliveries.domain import Direction
from chalicelib.deliveries.messages import whole

OVERLAP: Final = timedelta(hours=24)
TROUBLE_AFTER: Final = 5
DISABLE_AFTER: Final = timedelta(days=5)
SLOW: Final = timedelta(seconds=2)
SLOW_FOR: Final = timedelta(minutes=5)
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(minutes=15)


class State(StrEnum):
    """Whether a courier works for us; `disabled` is what its endpoint brought about."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Secret:
    """A sealed secret of Standard Webhooks; one that was replaced ends at `until`."""

    sealed: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Courier:
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
    state: State = State.ACTIVE
    pings: int = 0
    office_id: str | None = None
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    def reach(self, area: str) -> int:
        """Return how closely the courier's areas fit a division code; 0 when none does."""
        fitting = (len(code) for code in self.division_codes if area.startswith(code))
        return max(fitting, default=0)

    def can(self, office_id: str, direction: Direction, area: str) -> bool:
        """Tell whether the courier may be given such a parcel of a hall now."""
        is_at_work = self.state is State.ACTIVE and self.office_id in (None, office_id)
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


@dataclass(frozen=True, slots=True)
class Health:
    """What sending to a courier's endpoint was like: a circuit breaker with its memory.

    `open_until` holds all sending back; `failing_since` begins a time of nothing but failure;
    `slow_until` keeps the courier out of the queue workers; `load` counts its open deliveries.
    """

    failures: int = 0
    open_until: datetime | None = None
    failing_since: datetime | None = None
    slow_until: datetime | None = None
    load: int = 0

    def closed(self, now: datetime) -> bool:
        """Tell whether messages may be sent now."""
        return self.open_until is None or self.open_until <= now

    def slow(self, now: datetime) -> bool:
        """Tell whether the endpoint took long lately."""
        return self.slow_until is not None and self.slow_until > now

    @property
    def troubled(self) -> bool:
        """Tell whether staff were told that the endpoint does not answer."""
        return self.failures >= TROUBLE_AFTER

    def after(
        self, now: datetime, took: timedelta, *, good: bool, hold: timedelta | None = None
    ) -> "Health":
        """Return what is known after an attempt; `hold` is what the endpoint asked us to wait."""
        slow_until = now + SLOW_FOR if took >= SLOW else self.slow_until
        if good:
            # One that was on its way does not undo what another was asked to wait.
            held = None if self.closed(now) or self.troubled else self.open_until
            return Health(open_until=held, slow_until=slow_until, load=self.load)
        failures = self.failures + 1
        pauses = [hold] if hold else []
        if failures >= TROUBLE_AFTER:
            doubled = _FIRST_PAUSE * 2 ** min(failures - TROUBLE_AFTER, 4)
            pauses.append(min(doubled, _LONGEST_PAUSE))
        return Health(
            failures,
            whole(now + max(pauses)) if pauses else self.open_until,
            self.failing_since or now,
            slow_until,
            self.load,
        )

    def hopeless(self, now: datetime) -> bool:
        """Tell whether there was nothing but failure for days."""
        return self.failing_since is not None and now - self.failing_since >= DISABLE_AFTER


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
