"""One attempt at one message: taken by a lease, signed, sent, and what came of it kept."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chalicelib.core import wiring
from chalicelib.core.clock import rfc3339
from chalicelib.core.crypto import DecryptionError, SubjectKey
from chalicelib.core.errors import NotFound, Unauthenticated
from chalicelib.core.ids import new_id
from chalicelib.deliveries import couriers, destinations, messages, signatures, storage
from chalicelib.deliveries.accounts import Courier, State
from chalicelib.deliveries.destinations import NoAnswer, Unsafe
from chalicelib.deliveries.domain import DELIVERY_ID_LENGTH
from chalicelib.deliveries.endpoints import Endpoint, Outcome
from chalicelib.deliveries.messages import Attempted, Message
from chalicelib.identity import service as identity

_GOOD: Final = range(200, 300)
Now = Callable[[], datetime]


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


def attempt(message: Message, endpoint: Endpoint, tick: Now) -> Message | None:
    """Send a message once; None when another worker has it, or had it meanwhile."""
    # Read for each, so that a fresh secret signs from its first moment on.
    courier, lease = couriers.as_it_is(message.courier_id), new_id(8)
    # Who mends an endpoint wants to know whether it answers before messages go there again.
    is_wanted = courier.state is State.ACTIVE or message.is_ping
    if not is_wanted or not storage.lease_message(message, lease, tick()):
        return None
    data = _opened(message, courier)
    began = time.monotonic()
    status, answer, wait = _post(message, courier, data, tick())
    took = timedelta(seconds=time.monotonic() - began)
    outcome = Outcome(status, took, wait, good=status in _GOOD)
    attempted = Attempted(
        tick(),
        status,
        messages.shown(answer, _texts(data)),
        round(took.total_seconds() * 1000),
    )
    new = messages.after(message, attempted, tick(), good=outcome.good, wait=wait)
    if not storage.settle_message(new, lease):
        return None
    endpoint.note(outcome, tick())
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
    except (NotFound, Unauthenticated, DecryptionError):
        return None
    return opened


def _texts(data: dict[str, object] | None) -> dict[str, str]:
    address = (data or {}).get("address")
    return {k: str(v) for k, v in address.items()} if isinstance(address, dict) else {}
