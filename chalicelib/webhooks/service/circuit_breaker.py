"""The circuit breaker of an endpoint as a run keeps it: read, moved by attempts, and told of."""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import logs
from chalicelib.core.changes import until_stored
from chalicelib.webhooks.domain.circuit_breaker import Health
from chalicelib.webhooks.domain.retry_schedule import LONGEST_WAIT
from chalicelib.webhooks.service.sender import Outbox, Sender

_LOG: Final = logging.getLogger("onetrip.webhooks")
_GONE: Final = 410
_HOLDING: Final = (429, 503)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: the HTTP status if any, how long it took, what it asked to wait."""

    status: int | None
    took: timedelta
    wait: timedelta | None
    good: bool


class CircuitBreaker:
    """What a run knows of an endpoint.

    It is read once, and again when another run told something else meanwhile: a good attempt at an
    endpoint that was well costs no call of the table.
    """

    def __init__(self, sender: Sender, endpoint_id: str) -> None:
        """Read what is known."""
        self.endpoint_id = endpoint_id
        self._sender = sender
        self._health = sender.outbox.load_health(endpoint_id)
        self._lock = threading.Lock()

    @property
    def health(self) -> Health:
        """Return what is known now."""
        return self._health

    def refresh(self) -> Health:
        """Read anew, as other runs may have found out."""
        with self._lock:
            self._health = self._sender.outbox.load_health(self.endpoint_id)
            return self._health

    def note(self, outcome: Outcome, now: datetime) -> None:
        """Keep what an attempt told, and tell the owner when it changes how things stand."""
        if outcome.status == _GONE:
            self._sender.owner.disable(self.endpoint_id, "gone", now)
            return
        wait = outcome.wait if outcome.status in _HOLDING else None
        old, new = self._move(outcome, min(wait, LONGEST_WAIT) if wait else None, now)
        self._tell_owner(old, new, now)

    def _move(
        self, outcome: Outcome, hold: timedelta | None, now: datetime
    ) -> tuple[Health, Health]:
        """Return what was known before and is known now; raises TryAgain."""
        outbox = self._sender.outbox

        def write() -> tuple[Health, Health] | None:
            old = self._health
            new = old.after(now, outcome.took, good=outcome.good, hold=hold)
            if new == old or outbox.store_health(self.endpoint_id, old, new):
                self._health = new
                return old, new
            self._health = outbox.load_health(self.endpoint_id)
            return None

        with self._lock:
            return until_stored(write)

    def _tell_owner(self, old: Health, new: Health, now: datetime) -> None:
        owner = self._sender.owner
        if new.hopeless(now):
            owner.disable(self.endpoint_id, "days_of_failure", now)
        elif new.troubled != old.troubled:
            owner.note_health(self.endpoint_id, troubled=new.troubled, now=now)
        else:
            return
        logs.configure()
        facts = {"provider": self.endpoint_id, "reason": _reason(new, now)}
        _LOG.warning("endpoint_health", extra=facts)


def reset(outbox: Outbox, endpoint_id: str) -> None:
    """Forget that an endpoint did not answer, so that it is tried at once."""

    def write() -> bool | None:
        old = outbox.load_health(endpoint_id)
        return outbox.store_health(endpoint_id, old, Health(load=old.load)) or None

    until_stored(write)


def _reason(health: Health, now: datetime) -> str:
    if health.hopeless(now):
        return "disabled"
    return "troubled" if health.troubled else "recovered"
