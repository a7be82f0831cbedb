"""What sending to an endpoint is like: its breaker kept, staff told, the hopeless disabled."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import logs
from chalicelib.deliveries import couriers, messages, storage
from chalicelib.deliveries.accounts import Health

_LOG: Final = logging.getLogger("onetrip.couriers")
_GONE: Final = 410
_HOLDING: Final = (429, 503)
_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: the HTTP status if any, how long it took, what it asked to wait."""

    status: int | None
    took: timedelta
    wait: timedelta | None
    good: bool


class Endpoint:
    """What a run knows of a courier's endpoint.

    It is read once, and again when another run told something else meanwhile: a good attempt at an
    endpoint that was well costs no call of the table.
    """

    def __init__(self, courier_id: str) -> None:
        """Read what is known."""
        self.courier_id = courier_id
        self._health = storage.load_health(courier_id)
        self._lock = threading.Lock()

    @property
    def health(self) -> Health:
        """Return what is known now."""
        return self._health

    def look(self) -> Health:
        """Read anew, as other runs may have found out."""
        with self._lock:
            self._health = storage.load_health(self.courier_id)
            return self._health

    def note(self, outcome: Outcome, now: datetime) -> None:
        """Keep what an attempt told, and tell staff when it changes how things stand."""
        if outcome.status == _GONE:
            couriers.disable(self.courier_id, "gone", now)
            return
        asked = outcome.wait if outcome.status in _HOLDING else None
        hold = min(asked, messages.LONGEST_WAIT) if asked else None
        with self._lock:
            for _ in range(_TRIES):
                old = self._health
                new = old.after(now, outcome.took, good=outcome.good, hold=hold)
                if new == old or storage.store_health(self.courier_id, old, new):
                    self._health = new
                    _tell_staff(self.courier_id, old, new, now)
                    return
                self._health = storage.load_health(self.courier_id)


def _tell_staff(courier_id: str, old: Health, new: Health, now: datetime) -> None:
    if new.hopeless(now):
        couriers.disable(courier_id, "days_of_failure", now)
    elif new.troubled != old.troubled:
        couriers.note(courier_id, "courier.troubled" if new.troubled else "courier.recovered", now)
    else:
        return
    logs.configure()
    _LOG.warning("courier", extra={"provider": courier_id, "reason": _reason(new, now)})


def _reason(health: Health, now: datetime) -> str:
    if health.hopeless(now):
        return "disabled"
    return "troubled" if health.troubled else "recovered"
