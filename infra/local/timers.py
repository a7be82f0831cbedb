"""The functions that run by the clock, run on one machine."""

import logging
import threading
from datetime import date
from typing import Final

from chalicelib.core import logs, wiring
from chalicelib.core.clock import office_time
from functions import generate_slots, release_expired, watch_deadlines

_LOG: Final = logging.getLogger("onetrip.timers")
_EVERY_SECONDS: Final = 30


class Timers:
    """Runs what is due, now and then and whenever the clock was moved."""

    def __init__(self) -> None:
        """Begin with today's slots made."""
        self._lock = threading.Lock()
        self._slots_made_on: date | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Run what is due every half minute, beside the server."""
        threading.Thread(target=self._run_for_ever, daemon=True).start()

    def stop(self) -> None:
        """Begin no other run."""
        self._stopped.set()

    def run_due(self) -> None:
        """Run what is due; a failure is logged and tried again the next time."""
        with self._lock:
            try:
                now = wiring.clock().now()
                release_expired.run(now)
                watch_deadlines.run(now)
                today = office_time(now).date()
                if self._slots_made_on != today:
                    generate_slots.run(now)
                    self._slots_made_on = today
            except Exception:  # noqa: BLE001 - the run goes on, and the log tells.
                logs.configure()
                _LOG.exception("a timer failed")

    def _run_for_ever(self) -> None:
        while not self._stopped.wait(_EVERY_SECONDS):
            self.run_due()
