"""The couriers as this process saw them last, with their opened secrets and their health."""

import threading
import time
from datetime import datetime
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.deliveries.couriers import domain, storage
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.domain.circuit_breaker import Health

_CACHED_SECONDS: Final = 5
# So much at most does a guess at a name or a secret make us read.
_ANEW_SECONDS: Final = 1.0


class _Cache:
    """What was read within the last five seconds, and the opened secrets of these versions."""

    def __init__(self) -> None:
        self._couriers: dict[str, Courier] = {}
        self._secrets: dict[tuple[str, int], dict[str, str]] = {}
        self._health: dict[str, Health] = {}
        self._read_at = self._health_read_at = -float(_CACHED_SECONDS)
        self._lock = threading.Lock()

    def all(self) -> dict[str, Courier]:
        if time.monotonic() - self._read_at >= _CACHED_SECONDS:
            with self._lock:
                began = time.monotonic()
                self._couriers = {c.courier_id: c for c in storage.load_all()}
                self._read_at = began
        return self._couriers

    def health(self) -> dict[str, Health]:
        if time.monotonic() - self._health_read_at >= _CACHED_SECONDS:
            self._health = OUTBOX.load_all_health()
            self._health_read_at = time.monotonic()
        return self._health

    def forget(self, older_than: float = 0.0) -> bool:
        old = time.monotonic() - self._read_at >= older_than
        if old:
            self._read_at = -float(_CACHED_SECONDS)
        return old

    def secrets(self, courier: Courier) -> dict[str, str]:
        opened = self._secrets.get((courier.courier_id, courier.version))
        if opened is None:
            key = key_of(courier)
            opened = {s.sealed: key.open("secret", s.sealed) for s in courier.secrets}
            self._secrets = {
                **{k: v for k, v in self._secrets.items() if k[0] != courier.courier_id},
                (courier.courier_id, courier.version): opened,
            }
        return opened


_cache: Final = _Cache()


def everyone() -> list[Courier]:
    """Return all couriers by id, as they were within the last five seconds."""
    return list(_cache.all().values())


def find(courier_id: str) -> Courier:
    """Return a courier; raises NotFound."""
    courier = _cache.all().get(courier_id)
    if courier is None and forget(_ANEW_SECONDS):
        courier = _cache.all().get(courier_id)
    if courier is None:
        raise NotFound
    return courier


def load(courier_id: str) -> Courier:
    """Return a courier as it is at this moment; raises NotFound."""
    courier = storage.load(courier_id)
    if courier is None:
        raise NotFound
    return courier


def choose(office_id: str, direction: Direction, area: str, now: datetime) -> Courier | None:
    """Return the courier who should have a hall's parcel, if any can."""
    return domain.choose(everyone(), health(), office_id, direction, area, now)


def seen_by(staff: Staff) -> list[Courier]:
    """Return the city's couriers and those of one's own halls."""
    return [c for c in everyone() if c.office_id is None or c.office_id in staff.office_ids]


def check_seen(staff: Staff, courier_id: str) -> None:
    """Raise NotFound for another hall's courier."""
    office_id = find(courier_id).office_id
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound


def check_keeps(staff: Staff, office_id: str | None) -> None:
    """Raise Forbidden for the city's, which only `admin` keeps, and NotFound for another hall's."""
    if office_id is None and "admin" not in staff.roles:
        raise Forbidden
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound


def name_of(courier_id: str | None) -> str | None:
    """Return what a courier is called."""
    courier = _cache.all().get(courier_id or "")
    return courier.name if courier else None


def health() -> dict[str, Health]:
    """Return what is known of all endpoints, as it was within the last five seconds."""
    return _cache.health()


def forget(older_than: float = 0.0) -> bool:
    """Read the couriers anew the next time, unless that was done within so many seconds."""
    return _cache.forget(older_than)


def forget_stale() -> bool:
    """Read the couriers anew after a guess; False when that was done a moment ago."""
    return forget(_ANEW_SECONDS)


def live_secrets(courier: Courier, now: datetime) -> list[str]:
    """Return the secrets that hold now in clear, newest first."""
    opened = _cache.secrets(courier)
    return [opened[secret.sealed] for secret in courier.live_secrets(now)]


def key_of(courier: Courier) -> SubjectKey:
    """Return the key under which a courier's secrets and pings are sealed."""
    subject = subject_of(courier.courier_id)
    return dependencies.vault().key_of(subject, bytes.fromhex(courier.wrapped_key))


def subject_of(courier_id: str) -> str:
    """Return the name of a courier's key."""
    return f"courier:{courier_id}"
