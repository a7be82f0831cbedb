"""Sending: what is due goes out, in order for each subject, at least once, by one worker a time.

A message was written with the change that it tells of. A worker takes it by a lease, sends it and
keeps what came of it; one that is killed in between leaves a lease that ends within a minute, and
the message goes out again under the same id. While an endpoint does not answer, a circuit breaker
holds all of its messages back; those of others go on in threads of their own.
"""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import logs, metrics, worker
from chalicelib.webhooks.domain.message import Message, MessageState, subject_of
from chalicelib.webhooks.service.attempt import attempt, ticking
from chalicelib.webhooks.service.circuit_breaker import CircuitBreaker
from chalicelib.webhooks.service.sender import Clock, Sender

# A run looks at so many of those that wait longest, and sends some of them, so that two runs of one
# endpoint rarely want the same.
_SEEN: Final = 400
_PAGE: Final = 100
_AT_ONCE: Final = 8
_RUN_FOR: Final = timedelta(seconds=45)
_SHORTEST_WAIT: Final = timedelta(seconds=1)
_GLANCE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class SendCounts:
    """What a run did: messages that were taken, attempts that failed, and what was sent before.

    An index shows for a while as due what is sent already.
    """

    good: int = 0
    failed: int = 0
    known: int = 0

    def __add__(self, other: "SendCounts") -> "SendCounts":
        """Count both."""
        known = self.known + other.known
        return SendCounts(self.good + other.good, self.failed + other.failed, known)


def send_now(
    sender: Sender, endpoint_id: str, message_id: str, now: datetime, *, anyway: bool = False
) -> None:
    """Send at once what was just written; what is slow or does not answer is left to the timer.

    `anyway` is for a ping, which asks how things stand.
    """
    subject, _ = subject_of(message_id) or ("", 0)
    if not subject:
        return
    breaker = CircuitBreaker(sender, endpoint_id)
    is_well = breaker.health.closed(now) and not breaker.health.slow(now)
    if is_well or anyway:
        send_subject(sender, subject, breaker, ticking(now))


def send_due(
    sender: Sender, now: datetime, run_for: timedelta = _RUN_FOR, *, patient: bool = False
) -> SendCounts:
    """Send what is due, each endpoint's in a thread of its own; returns within `run_for` or so.

    A `patient` run waits for what falls due within that time, as after a short Retry-After. A
    subject whose messages cannot be read or kept is set aside until the next run, and so is an
    endpoint.
    """
    clock = ticking(now)
    active = sender.owner.list_active()
    if not active:
        return SendCounts()

    def send(endpoint_id: str) -> SendCounts:
        return send_endpoint(sender, endpoint_id, clock, now + run_for, patient=patient)

    with ThreadPoolExecutor(len(active), "endpoint") as threads:
        return sum(worker.each(sender.name, active, send, through=threads.map), SendCounts())


def send_endpoint(
    sender: Sender, endpoint_id: str, clock: Clock, until: datetime, *, patient: bool = False
) -> SendCounts:
    """Send what is due to one endpoint, page by page, until nothing is or time is up."""
    breaker, total, aside = CircuitBreaker(sender, endpoint_id), SendCounts(), set[str]()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        while clock() < until and sender.owner.is_active(endpoint_id):
            sent, known_bad = SendCounts(), len(aside)
            if breaker.refresh().closed(clock()):
                sent = _send_page(sender, breaker, clock, until, threads, aside)
                total += sent
            idle = sent == SendCounts() and len(aside) == known_bad
            # What was set aside stays due, and would be waited for again and again.
            can_wait = patient and not aside
            if idle and not (can_wait and _wait(sender, breaker, clock, until)):
                break
    metrics.note(sender.name, logs.OPEN, int(not breaker.health.closed(clock())))
    return total


def send_subject(sender: Sender, subject: str, breaker: CircuitBreaker, clock: Clock) -> SendCounts:
    """Send what is due about one subject to one endpoint; stops at the first failure."""
    return _send_in_order(sender, _unsent(sender, subject, breaker.endpoint_id), breaker, clock)


def _send_page(  # noqa: PLR0913 - a page has these facts.
    sender: Sender,
    breaker: CircuitBreaker,
    clock: Clock,
    until: datetime,
    threads: ThreadPoolExecutor,
    aside: set[str],
) -> SendCounts:
    """Send some of what waits longest; what else happens to the endpoint may end it early.

    `aside` are the subjects about which this run could not send, to which it adds.
    """
    due = sender.outbox.list_due(breaker.endpoint_id, clock(), _SEEN)
    waiting = sorted(due.keys() - aside)
    # Chance needs no cryptography.
    chosen = random.sample(waiting, min(_PAGE, len(waiting)))
    firsts = _firsts(sender, [subject for subject in chosen if due[subject] == [1]])
    stopped = threading.Event()

    def send(subject: str) -> tuple[str, SendCounts]:
        if stopped.is_set():
            return subject, SendCounts()
        first = firsts.get(subject)
        unsent = [first] if first else _unsent(sender, subject, breaker.endpoint_id)
        sent = _send_in_order(sender, unsent, breaker, clock)
        if sent.failed and not (clock() < until and breaker.health.closed(clock())):
            stopped.set()
        return subject, sent

    sent_by_subject = dict(worker.each(sender.name, chosen, send, through=threads.map))
    aside |= set(chosen) - sent_by_subject.keys()
    return sum(sent_by_subject.values(), SendCounts())


def _firsts(sender: Sender, subjects: Sequence[str]) -> dict[str, Message]:
    """Return subjects' first messages, before which there is no other to ask for, at one go.

    When one of them cannot be read, none is returned, and each is read for itself.
    """
    try:
        return {message.subject: message for message in sender.outbox.load_first(subjects)}
    except (AttributeError, LookupError, TypeError, ValueError):
        return {}


def _unsent(sender: Sender, subject: str, endpoint_id: str) -> list[Message]:
    mine = [m for m in sender.outbox.load_all(subject) if m.endpoint_id == endpoint_id]
    unsent = [message for message in mine if message.state is not MessageState.SENT]
    return [m for m in unsent if m.state is MessageState.WAITING or not m.is_ping]


def _send_in_order(
    sender: Sender, unsent: Sequence[Message], breaker: CircuitBreaker, clock: Clock
) -> SendCounts:
    total = SendCounts()
    for index, message in enumerate(unsent):
        ready = message.state is MessageState.WAITING and message.due_at <= clock()
        if ready:
            metrics.waited(sender.name, [message.due_at])
        new = attempt(sender, message, breaker, clock) if ready else message
        if new is None:
            break
        if new.state is not MessageState.SENT:
            _hold_back(sender, unsent[index + 1 :], new, clock())
            total += SendCounts(failed=1) if ready else SendCounts()
            break
        total += SendCounts(good=1) if ready else SendCounts(known=1)
    return total


def _hold_back(
    sender: Sender, followers: Sequence[Message], blocking: Message, now: datetime
) -> None:
    # They would only be found again and again, and others of the endpoint behind them never.
    for message in () if blocking.is_ping else followers:
        if blocking.state is MessageState.FAILED:
            follower = replace(message, state=MessageState.FAILED, settled_at=now)
        else:
            follower = replace(message, due_at=blocking.due_at + timedelta(seconds=1))
        if message.state is MessageState.WAITING and follower.due_at >= message.due_at:
            sender.outbox.replace(message, follower, now)


def _wait(sender: Sender, breaker: CircuitBreaker, clock: Clock, until: datetime) -> bool:
    """Wait until something can be sent; False, at once, when that is not before the run's end."""
    due = sender.outbox.next_due(breaker.endpoint_id)
    if due is None:
        return False
    # What is due and was not sent is in another run's hands.
    wake = max(due, breaker.health.open_until or due, clock() + _SHORTEST_WAIT)
    if wake >= until:
        return False
    while clock() < wake:
        time.sleep(_GLANCE_SECONDS)
    return True
