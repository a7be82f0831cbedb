"""What the payment providers' stand-ins know: trades, refunds, and who is to be told.

All is kept in a file, so that a run that is stopped finds its money again.
"""

import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from infra.local.stand_ins.base import Cut

Mode = Literal["normal", "silent", "twice", "slow", "cut"]
MODES: Final[tuple[Mode, ...]] = ("normal", "silent", "twice", "slow", "cut")
# Stripe and WeChat Pay try for days; a person at this machine would not wait.
_PAUSES: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
_SLOW_SECONDS: Final = 10.0
_REFUND_SECONDS: Final = 2.0


@dataclass(slots=True)
class Back:
    """Money on its way back; `settles_at` is when a pending one succeeds, in seconds."""

    refund_id: str
    reference: str
    cents: int
    at: str
    settles_at: float = 0.0
    failed: bool = False
    by: Literal["us", "dashboard", "dispute"] = "us"
    abnormal: bool = False
    returned_at: str | None = None

    @property
    def state(self) -> Literal["pending", "abnormal", "succeeded", "failed"]:
        """Return how far it is."""
        if self.failed:
            return "failed"
        if self.abnormal:
            return "abnormal"
        return "succeeded" if time.time() >= self.settles_at else "pending"


@dataclass(slots=True)
class Trade:
    """One order at a provider; `handle` is what the person's action names it by."""

    provider: str
    number: str
    reference: str
    handle: str
    cents: int
    currency: str
    title: str
    method: str
    made_at: str
    expires_at: str | None = None
    notify_url: str = ""
    state: Literal["open", "paid", "closed", "refused"] = "open"
    paid_at: str | None = None
    backs: dict[str, Back] = field(default_factory=dict)

    @property
    def given_back(self) -> int:
        """Return what went back or is on its way."""
        return sum(one.cents for one in self.backs.values() if one.state != "failed")


Notify = Callable[[Trade, str, Back | None], None]


class Trades:
    """The money of all stand-ins; its methods may be called from any thread."""

    def __init__(self, now: Callable[[], datetime], file: Path | None = None) -> None:
        """Load what `file` keeps."""
        self.now = now
        self.mode: Mode = "normal"
        self.refund_seconds = _REFUND_SECONDS
        self.refunds_fail = False
        # The merchant's account is empty, or its calls are too many: no refund is taken for now.
        self.refunds_wait = False
        self.slow_seconds = _SLOW_SECONDS
        self._file = file
        self._lock = threading.RLock()
        self._trades: dict[str, Trade] = {}
        self._seen: set[str] = set()
        self._notifiers: dict[str, Notify] = {}
        if file and file.exists():
            self._load(json.loads(file.read_text()))

    def notify_by(self, provider: str, notify: Notify) -> None:
        """Let a provider's stand-in say how it tells what happened."""
        self._notifiers[provider] = notify

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold all others off, and keep what was changed."""
        with self._lock:
            yield
            self._store()

    def all(self) -> list[Trade]:
        """Return the trades, newest first."""
        with self._lock:
            return sorted(self._trades.values(), key=lambda one: one.made_at, reverse=True)

    def add(self, trade: Trade) -> None:
        """Take a new trade."""
        with self.changing():
            self._trades[trade.reference] = trade

    def find(self, provider: str, number: str) -> Trade | None:
        """Return a provider's trade of one of our numbers."""
        found = (one for one in self.all() if (one.provider, one.number) == (provider, number))
        return next(found, None)

    def by_reference(self, reference: str) -> Trade | None:
        """Return the trade of a provider's own id."""
        return self._trades.get(reference)

    def by_handle(self, handle: str) -> Trade | None:
        """Return the trade that a person's action names."""
        return next((one for one in self.all() if one.handle == handle), None)

    def decide(self, trade: Trade, outcome: str, paid: tuple[int, str] | None = None) -> bool:
        """Let a person pay, refuse, or pay although it is closed; False when it cannot be.

        What is `paid` may be another sum than was asked for, in cents of a currency.
        """
        with self.changing():
            late = outcome == "pay_late" and trade.state in ("closed", "refused")
            if trade.state != "open" and not late:
                return False
            trade.state = "refused" if outcome == "refuse" else "paid"
            if paid and trade.state == "paid":
                trade.cents, trade.currency = paid
            trade.paid_at = self.now().isoformat() if trade.state == "paid" else None
        self.tell(trade, trade.state)
        return True

    def close(self, trade: Trade) -> bool:
        """Close an order that is not paid; False when it is."""
        with self.changing():
            if trade.state == "paid":
                return False
            trade.state = "closed" if trade.state == "open" else trade.state
        return True

    def give_back(self, trade: Trade, refund_id: str, cents: int, *, at_once: bool) -> Back | None:
        """Give back once for each refund id; None when it is more than there is."""
        with self.changing():
            if refund_id in trade.backs:
                return trade.backs[refund_id]
            if trade.state != "paid" or not 0 < cents <= trade.cents - trade.given_back:
                return None
            seconds = 0.0 if at_once else self.refund_seconds
            back = Back(
                refund_id,
                f"re_{secrets.token_hex(12)}",
                cents,
                self.now().isoformat(),
                time.time() + seconds,
                self.refunds_fail,
            )
            trade.backs[refund_id] = back
        self.tell(trade, "refunded", back, seconds)
        return back

    def take_back(self, trade: Trade, by: Literal["dashboard", "dispute"], cents: int) -> Back:
        """Let the merchant's staff give back at the provider, or the payer's bank take."""
        with self.changing():
            prefix = "dp_" if by == "dispute" else "re_"
            reference = f"{prefix}{secrets.token_hex(12)}"
            back = Back(reference, reference, cents, self.now().isoformat(), by=by)
            trade.backs[reference] = back
        self.tell(trade, "refunded", back)
        return back

    def refused_for_now(self, refund_id: str) -> bool:
        """Tell whether a refund that is new is not taken for now."""
        known = any(refund_id in one.backs for one in self.all())
        return self.refunds_wait and not known

    def bring_back(self, back: Back, trade: Trade) -> None:
        """Let the payer's bank send back a refund that had succeeded."""
        with self.changing():
            back.failed, back.returned_at = True, self.now().isoformat()
        self.tell(trade, "refunded", back)

    def cut(self, what: str) -> None:
        """Cut the connection after acting, the first time that this is asked."""
        with self._lock:
            first = what not in self._seen
            self._seen.add(what)
        if self.mode == "cut" and first:
            raise Cut

    def tell(self, trade: Trade, what: str, back: Back | None = None, delay: float = 0.0) -> None:
        """Tell the product by the provider's signed notification, as the mode says."""
        notify, mode = self._notifiers.get(trade.provider), self.mode
        if notify is None or mode == "silent":
            return
        seconds = delay + (self.slow_seconds if mode == "slow" else 0.0)

        def run() -> None:
            for _ in range(2 if mode == "twice" else 1):
                notify(trade, what, back)

        self.later(seconds, run)

    def later(self, seconds: float, run: Callable[[], None]) -> None:
        """Do after a while what no request waits for."""

        def wait_and_run() -> None:
            time.sleep(seconds)
            run()

        threading.Thread(target=wait_and_run, daemon=True).start()

    def _store(self) -> None:
        if self._file is None:
            return
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(one) for one in self._trades.values()]))
        fresh.replace(self._file)

    def _load(self, kept: list[dict[str, Any]]) -> None:
        for one in kept:
            backs = {name: Back(**back) for name, back in one.pop("backs").items()}
            trade = Trade(**one, backs=backs)
            self._trades[trade.reference] = trade


def deliver(url: str, make: Callable[[], tuple[bytes, Mapping[str, str]]]) -> bool:
    """Send a notification, signed anew at each try, until it is taken."""
    for pause in _PAUSES:
        time.sleep(pause)
        body, headers = make()
        request = urllib.request.Request(url, body, dict(headers), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
        except (urllib.error.URLError, OSError):
            continue
        return True
    return False
