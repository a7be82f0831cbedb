"""Sending: what is due goes out, in order for each parcel, at least once and by one worker a time.

A message was written with the change that it tells of. A worker takes it by a lease, sends it and
keeps what came of it; one that is killed in between leaves a lease that ends within a minute, and
the message goes out again under the same id. While an endpoint does not answer, a circuit breaker
holds all of its messages back; other couriers' go on in threads of their own.
"""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import metrics, worker
from chalicelib.core.events import Event
from chalicelib.deliveries import couriers, messages, sending, storage
from chalicelib.deliveries.accounts import State
from chalicelib.deliveries.endpoints import Endpoint
from chalicelib.deliveries.messages import Message
from chalicelib.deliveries.sending import Now

_NAME: Final = "send_courier_messages"
# A run looks at so many of those that wait longest, and sends some of them, so that two runs of one
# courier rarely want the same.
_SEEN: Final = 400
_PAGE: Final = 100
_AT_ONCE: Final = 8
_RUN_FOR: Final = timedelta(seconds=45)
_SHORTEST_WAIT: Final = timedelta(seconds=1)
_GLANCE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run did: messages that were taken, and attempts that failed."""

    good: int = 0
    failed: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        """Count both."""
        return Sent(self.good + other.good, self.failed + other.failed)


def work(event: Event, now: datetime) -> None:
    """Send at once what a change wrote; what is slow or does not answer is left to the timer.

    A ping goes in any case: it asks how things stand.
    """
    subject, _ = messages.subject_of(event.data.get("message", "")) or ("", 0)
    courier_id = event.data.get("courier", "")
    if not subject or not courier_id:
        return
    endpoint = Endpoint(courier_id)
    is_well = endpoint.health.closed(now) and not endpoint.health.slow(now)
    if is_well or event.type == "courier.pinged":
        send_subject(subject, endpoint, ticking(now))


def send_due(now: datetime, run_for: timedelta = _RUN_FOR, *, patient: bool = False) -> Sent:
    """Send what is due, each courier's in a thread of its own; returns within `run_for` or so.

    A `patient` run waits for what falls due within that time, as after a short Retry-After. A
    parcel whose messages cannot be read or kept is set aside until the next run, and so is a
    courier.
    """
    tick = ticking(now)
    couriers.forget()
    active = [c.courier_id for c in couriers.everyone() if c.state is State.ACTIVE]
    if not active:
        return Sent()

    def send(courier_id: str) -> Sent:
        return send_courier(courier_id, tick, now + run_for, patient=patient)

    with ThreadPoolExecutor(len(active), "courier") as threads:
        return sum(worker.each(_NAME, active, send, through=threads.map), Sent())


def send_courier(courier_id: str, tick: Now, until: datetime, *, patient: bool = False) -> Sent:
    """Send what is due for one courier, page by page, until nothing is or time is up."""
    endpoint, total, aside = Endpoint(courier_id), Sent(), set[str]()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        while tick() < until and couriers.find(courier_id).state is State.ACTIVE:
            done, known_bad = Sent(), len(aside)
            if endpoint.look().closed(tick()):
                done = _send_page(endpoint, tick, until, threads, aside)
                total += done
            idle = done == Sent() and len(aside) == known_bad
            # What was set aside stays due, and would be waited for again and again.
            if idle and not (patient and not aside and _wait(endpoint, tick, until)):
                break
    return total


def send_subject(subject: str, endpoint: Endpoint, tick: Now) -> Sent:
    """Send what is due about one parcel to one courier, in order; stops at the first failure."""
    return _send_in_order(_unsent(subject, endpoint.courier_id), endpoint, tick)


def ticking(now: datetime) -> Now:
    """Return a clock that goes on from `now`."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _send_page(
    endpoint: Endpoint, tick: Now, until: datetime, threads: ThreadPoolExecutor, aside: set[str]
) -> Sent:
    """Send some of what waits longest; what else happens to the endpoint may end it early.

    `aside` are the parcels that this run could not send about, to which it adds.
    """
    due = storage.list_due(endpoint.courier_id, tick(), _SEEN)
    waiting = sorted(due.keys() - aside)
    # Chance needs no cryptography.
    chosen = random.sample(waiting, min(_PAGE, len(waiting)))
    firsts = _firsts([subject for subject in chosen if due[subject] == [1]])
    stopped = threading.Event()

    def send(subject: str) -> tuple[str, Sent]:
        if stopped.is_set():
            return subject, Sent()
        first = firsts.get(subject)
        unsent = [first] if first else _unsent(subject, endpoint.courier_id)
        done = _send_in_order(unsent, endpoint, tick)
        if done.failed and not (tick() < until and endpoint.health.closed(tick())):
            stopped.set()
        return subject, done

    done = dict(worker.each(_NAME, chosen, send, through=threads.map))
    aside |= set(chosen) - done.keys()
    return sum(done.values(), Sent())


def _firsts(subjects: Sequence[str]) -> dict[str, Message]:
    """Return parcels' first messages, before which there is no other to ask for, at one go.

    When one of them cannot be read, none is returned, and each is read for itself.
    """
    try:
        return {message.subject: message for message in storage.load_messages(subjects)}
    except (AttributeError, LookupError, TypeError, ValueError):
        return {}


def _unsent(subject: str, courier_id: str) -> list[Message]:
    mine = [m for m in storage.messages_of(subject) if m.courier_id == courier_id]
    unsent = [message for message in mine if message.state is not messages.State.SENT]
    return [m for m in unsent if m.state is messages.State.WAITING or not m.is_ping]


def _send_in_order(unsent: Sequence[Message], endpoint: Endpoint, tick: Now) -> Sent:
    total = Sent()
    for index, message in enumerate(unsent):
        ready = message.state is messages.State.WAITING and message.due_at <= tick()
        if ready:
            metrics.waited(_NAME, [message.due_at])
        new = sending.attempt(message, endpoint, tick) if ready else message
        if new is None:
            break
        if new.state is not messages.State.SENT:
            _hold_back(unsent[index + 1 :], new, tick())
            total += Sent(failed=1) if ready else Sent()
            break
        total += Sent(good=1)
    return total


def _hold_back(followers: Sequence[Message], blocking: Message, now: datetime) -> None:
    # They would only be found again and again, and others of the courier behind them never.
    for message in () if blocking.is_ping else followers:
        if blocking.state is messages.State.FAILED:
            held = replace(message, state=messages.State.FAILED, settled_at=now)
        else:
            held = replace(message, due_at=blocking.due_at + timedelta(seconds=1))
        if message.state is messages.State.WAITING and held.due_at >= message.due_at:
            storage.replace_message(message, held, now)


def _wait(endpoint: Endpoint, tick: Now, until: datetime) -> bool:
    """Wait until something can be sent; False, at once, when that is not before the run's end."""
    due = storage.next_due(endpoint.courier_id)
    if due is None:
        return False
    # What is due and was not sent is in another run's hands.
    wake = max(due, endpoint.health.open_until or due, tick() + _SHORTEST_WAIT)
    if wake >= until:
        return False
    while tick() < wake:
        time.sleep(_GLANCE_SECONDS)
    return True
