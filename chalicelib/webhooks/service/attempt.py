"""One attempt at one message: taken by a lease, signed, sent, and what came of it kept."""

import json
import random
import time
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.clock import rfc3339
from chalicelib.core.ids import new_id
from chalicelib.webhooks.domain.egress_denied import EgressDenied
from chalicelib.webhooks.domain.endpoint import Endpoint, Payload
from chalicelib.webhooks.domain.message import AttemptResult, Message, after, erased, redacted
from chalicelib.webhooks.domain.retry_schedule import JITTER
from chalicelib.webhooks.providers import egress
from chalicelib.webhooks.providers.egress import NoResponse
from chalicelib.webhooks.service import signing
from chalicelib.webhooks.service.circuit_breaker import CircuitBreaker, Outcome
from chalicelib.webhooks.service.sender import Clock, Sender

_GOOD: Final = range(200, 300)


def attempt(
    sender: Sender, message: Message, breaker: CircuitBreaker, clock: Clock
) -> Message | None:
    """Send a message once; None when another worker has it, or had it meanwhile."""
    # Read for each, so that a fresh secret signs from its first moment on.
    endpoint, lease = sender.owner.load(message.endpoint_id, clock()), new_id(8)
    # Who mends an endpoint wants to know whether it answers before messages go there again.
    is_wanted = endpoint.active or message.is_ping
    if not is_wanted or not sender.outbox.lease(message, lease, clock()):
        return None
    payload = sender.owner.open(message)
    if payload is None:
        return _erased(sender, message, lease, clock())
    began = time.monotonic()
    status, answer, wait = _post(message, endpoint, payload)
    took = timedelta(seconds=time.monotonic() - began)
    outcome = Outcome(status, took, wait, good=status in _GOOD)
    shown = redacted(answer, payload.private)
    result = AttemptResult(clock(), status, shown, round(took.total_seconds() * 1000))
    # Jitter needs no cryptography.
    jitter = random.uniform(-JITTER, JITTER)  # noqa: S311
    new = after(message, result, clock(), good=outcome.good, wait=wait, jitter=jitter)
    if not sender.outbox.settle(new, lease):
        return None
    breaker.note(outcome, clock())
    return new


def _erased(sender: Sender, message: Message, lease: str, now: datetime) -> Message | None:
    """End a message that has nothing to say any more, which its endpoint is not to blame for."""
    new = erased(message, AttemptResult(now, None, "the data was erased", 0), now)
    return new if sender.outbox.settle(new, lease) else None


def _post(
    message: Message, endpoint: Endpoint, payload: Payload
) -> tuple[int | None, bytes, timedelta | None]:
    body = _body(message, payload)
    # Receivers compare the stamp with their own clock, which knows nothing of the run's.
    stamped = dependencies.clock().outside()
    signed = signing.sign(endpoint.secrets, message.message_id, stamped, body)
    headers = {**signed, "Content-Type": "application/json", "User-Agent": "OneTrip-Webhooks/1"}
    try:
        answered = egress.post(egress.check(endpoint.url), body.encode(), headers)
    except (EgressDenied, NoResponse) as error:
        return None, str(error).encode(), None
    return answered.status, answered.body, answered.retry_after


def _body(message: Message, payload: Payload) -> str:
    occurred_at: str = rfc3339(message.occurred_at)
    facts = {"sequence": message.number, "occurred_at": occurred_at}
    # Beside `data` for whoever routes messages, within it for whoever only sees that.
    data = {**payload.data, **facts}
    whole = {"type": message.type, "timestamp": occurred_at, **facts, "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def ticking(now: datetime) -> Clock:
    """Return a clock that goes on from `now`."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)
