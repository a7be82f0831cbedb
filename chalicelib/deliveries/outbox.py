"""Sending: what is due goes out, in order for each parcel, at least once and by one worker a time.

A message was written with the change that it tells of. A worker takes it by a lease, sends it and
keeps what came of it; one that is killed in between leaves a lease that ends within a minute, and
the message goes out again under the same id. While an endpoint does not answer, a circuit breaker
holds all of its messages back; other couriers' go on in threads of their own.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import logs, wiring
from chalicelib.core.clock import rfc3339
from chalicelib.core.crypto import SubjectKey, Undecipherable
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.events import Event
from chalicelib.core.ids import new_id
from chalicelib.deliveries import couriers, destinations, messages, signatures, storage
from chalicelib.deliveries.accounts import Courier, Health, State
from chalicelib.deliveries.destinations import NoAnswer, Unsafe
from chalicelib.deliveries.domain import DELIVERY_ID_LENGTH
from chalicelib.deliveries.messages import Attempted, Message
from chalicelib.identity import service as identity

_LOG: Final = logging.getLogger("onetrip.couriers")
_GONE: Final = 410
_HOLDING: Final = (429, 503)
_PAGE: Final = 25
_AT_ONCE: Final = 4
_RUN_FOR: Final = timedelta(seconds=45)
_TRIES: Final = 8
Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run did: messages that were taken, and attempts that failed."""

    good: int = 0
    failed: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        """Count both."""
        return Sent(self.good + other.good, self.failed + other.failed)


def work(event: Event, now: datetime) -> None:
    """Send at once what a change wrote; what is slow or does not answer is left to the timer."""
    subject, _ = messages.subject_of(event.data.get("message", "")) or ("", 0)
    courier_id = event.data.get("courier", "")
    if not subject or not courier_id:
        return
    health = storage.load_health(courier_id)
    if health.closed(now) and (health.slow_until is None or health.slow_until <= now):
        send_subject(subject, courier_id, ticking(now))


def send_due(now: datetime, run_for: timedelta = _RUN_FOR) -> Sent:
    """Send what is due, each courier's in a thread of its own; returns within `run_for` or so."""
    tick = ticking(now)
    couriers.forget()
    active = [c.courier_id for c in couriers.everyone() if c.state is State.ACTIVE]
    if not active:
        return Sent()
    with ThreadPoolExecutor(len(active), "courier") as threads:
        until = now + run_for
        done = threads.map(lambda courier_id: send_courier(courier_id, tick, until), active)
        return sum(done, Sent())


def send_courier(courier_id: str, tick: Now, until: datetime) -> Sent:
    """Send what is due for one courier, page by page, until nothing is or time is up."""

    def may_go_on() -> bool:
        return tick() < until and storage.load_health(courier_id).closed(tick())

    stopped = threading.Event()

    def send(subject: str) -> Sent:
        if stopped.is_set():
            return Sent()
        done = send_subject(subject, courier_id, tick)
        if done.failed and not may_go_on():
            stopped.set()
        return done

    total = Sent()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        while not stopped.is_set() and may_go_on():
            subjects = storage.list_due(courier_id, tick(), _PAGE)
            done = sum(threads.map(send, subjects), Sent())
            total += done
            if done == Sent():
                break
    return total


def send_subject(subject: str, courier_id: str, tick: Now) -> Sent:
    """Send what is due about one parcel to one courier, in order; stops at the first failure."""
    total = Sent()
    courier = couriers.find(courier_id)
    mine = [m for m in storage.messages_of(subject) if m.courier_id == courier_id]
    unsent = [m for m in mine if m.state is not messages.State.SENT]
    for index, message in enumerate(unsent):
        ready = message.state is messages.State.WAITING and message.due_at <= tick()
        new = _attempt(message, courier, tick) if ready else message
        if new is None:
            break
        if new.state is not messages.State.SENT:
            _hold_back(unsent[index + 1 :], new, tick())
            total += Sent(failed=1) if ready else Sent()
            break
        total += Sent(good=1)
    return total


def ticking(now: datetime) -> Now:
    """Return a clock that goes on from `now`."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def compose(  # noqa: PLR0913 - a message has these facts.
    subject: str,
    number: int,
    courier_id: str,
    type_: messages.Type,
    data: dict[str, object],
    key: SubjectKey,
    now: datetime,
) -> Message:
    """Make a message; its data are sealed until it is sent."""
    sealed = key.seal(messages.message_id(subject, number), json.dumps(data, ensure_ascii=False))
    return Message(subject, number, courier_id, type_, now, sealed, now)


def _hold_back(followers: list[Message], blocking: Message, now: datetime) -> None:
    # They would only be found again and again, and others of the courier behind them never.
    for message in followers:
        if blocking.state is messages.State.FAILED:
            held = replace(message, state=messages.State.FAILED, settled_at=now)
        else:
            held = replace(message, due_at=blocking.due_at + timedelta(seconds=1))
        if message.state is messages.State.WAITING and held.due_at >= message.due_at:
            storage.replace_message(message, held, now)


def _attempt(message: Message, courier: Courier, tick: Now) -> Message | None:
    """Send a message once; None when another worker has it, or had it meanwhile."""
    lease = new_id(8)
    if courier.state is not State.ACTIVE or not storage.lease_message(message, lease, tick()):
        return None
    data = _opened(message, courier)
    began = time.monotonic()
    status, answer, retry_after = _post(message, courier, data, tick())
    took = timedelta(seconds=time.monotonic() - began)
    good = status is not None and status // 100 == 2  # noqa: PLR2004 - the class of success.
    private = _texts(data)
    attempted = Attempted(
        tick(), status, messages.shown(answer, private), round(took.total_seconds() * 1000)
    )
    new = messages.after(message, attempted, tick(), good=good, wait=retry_after)
    if not storage.settle_message(new, lease):
        return None
    _tell_health(courier, status, took, tick(), good=good, hold=retry_after)
    return new


def _post(
    message: Message, courier: Courier, data: dict[str, object] | None, now: datetime
) -> tuple[int | None, bytes, timedelta | None]:
    if data is None:
        return None, b"the citizen's data was erased", None
    occurred_at = rfc3339(message.occurred_at)
    facts = {"sequence": message.number, "occurred_at": occurred_at}
    # Beside `data` for whoever routes messages, within it for whoever only sees that.
    whole = {"type": message.type, "timestamp": occurred_at, **facts, "data": {**data, **facts}}
    body = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    # Receivers compare the stamp with their own clock, which knows nothing of the run's.
    stamped = wiring.clock().outside()
    signed = signatures.sign(couriers.live_secrets(courier, now), message.message_id, stamped, body)
    headers = {**signed, "Content-Type": "application/json", "User-Agent": "OneTrip-Webhooks/1"}
    try:
        answered = destinations.post(destinations.check(courier.endpoint), body.encode(), headers)
    except (Unsafe, NoAnswer) as error:
        return None, str(error).encode(), None
    return answered.status, answered.body, answered.retry_after


def _opened(message: Message, courier: Courier) -> dict[str, object] | None:
    try:
        of_delivery = len(message.subject) == DELIVERY_ID_LENGTH
        key = identity.key_of(message.subject[:8]) if of_delivery else couriers.key_of(courier)
        opened: dict[str, object] = json.loads(key.open(message.message_id, message.sealed))
    except (NotFound, Unauthenticated, Undecipherable):
        return None
    return opened


def _texts(data: dict[str, object] | None) -> dict[str, str]:
    address = (data or {}).get("address")
    return {k: str(v) for k, v in address.items()} if isinstance(address, dict) else {}


def _tell_health(  # noqa: PLR0913 - an attempt has these facts.
    courier: Courier,
    status: int | None,
    took: timedelta,
    now: datetime,
    *,
    good: bool,
    hold: timedelta | None,
) -> None:
    courier_id = courier.courier_id
    if status == _GONE:
        couriers.disable(courier_id, "gone", now)
        return
    held = min(hold, messages.LONGEST_WAIT) if hold and status in _HOLDING else None
    for _ in range(_TRIES):
        old = storage.load_health(courier_id)
        new = old.after(now, took, good=good, hold=held)
        if new == old or storage.store_health(courier_id, old, new):
            _tell_staff(courier_id, old, new, now)
            return


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
