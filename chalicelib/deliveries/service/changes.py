"""How a delivery changes: its record, its entry and its courier's messages, all or none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from chalicelib.core import history, idempotency
from chalicelib.core.errors import NotFound, TryAgain
from chalicelib.core.idempotency import Attempt
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers.domain import MessageType
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.delivery import DELIVERY_ID_LENGTH, Delivery, TrackingEvent
from chalicelib.identity import service as identity
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service.sender import compose

_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a courier is told: the parcel's own, unless another is named."""

    type_: MessageType
    data: Mapping[str, object] = field(default_factory=dict)
    courier_id: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A decided change: the delivery after it, what it is called, and what the courier is told.

    `event` is the tracking event that brought it.
    """

    delivery: Delivery
    type_: str
    tells: tuple[Outgoing, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    event: TrackingEvent | None = None


def load(delivery_id: str) -> Delivery:
    """Return a delivery; raises NotFound."""
    delivery = storage.load(delivery_id) if len(delivery_id) == DELIVERY_ID_LENGTH else None
    if delivery is None:
        raise NotFound
    return delivery


def change(
    find: Callable[[], Delivery],
    decide: Callable[[Delivery], Step | None],
    actor: str,
    now: datetime,
    attempt: Attempt | None = None,
) -> tuple[Delivery, bool]:
    """Change a delivery in one transaction; tells whether the same attempt had done so before."""
    for _ in range(_TRIES):
        old = find()
        if attempt and idempotency.already_applied(old.ledger, attempt):
            return old, True
        step = decide(old)
        if step is None:
            return old, False
        new = store(old, step, actor, now, attempt)
        if new:
            return new, False
    raise TryAgain(retry_after=1)


def store(
    old: Delivery, step: Step, actor: str, now: datetime, attempt: Attempt | None = None
) -> Delivery | None:
    """Keep a step with its entry and its messages; None when something else came first."""
    messages = _messages(step.delivery, step.tells, now)
    new = replace(step.delivery, messages=old.messages + len(messages))
    facts = {**_facts(old, new), **step.facts}
    if messages:
        facts["message"] = messages[-1].message_id
    entry = history.append(
        old.delivery_id, old.head, type_=step.type_, at=now, actor=actor, data=facts
    )
    ledger = idempotency.note(old.ledger, attempt, now) if attempt else old.ledger
    new = replace(new, version=entry.seq, head=entry.head, ledger=ledger)
    also = [OUTBOX.enqueue(messages)]
    return new if storage.store(new, entry, event=step.event, also=also) else None


def _messages(delivery: Delivery, tells: tuple[Outgoing, ...], now: datetime) -> list[Message]:
    if not tells or delivery.courier_id is None:
        return []
    key = identity.key_of(delivery.citizen_id)
    return [
        compose(
            delivery.delivery_id,
            number,
            outgoing.courier_id or delivery.courier_id,
            outgoing.type_,
            {"delivery_id": delivery.delivery_id, **outgoing.data},
            key,
            now,
        )
        for number, outgoing in enumerate(tells, delivery.messages + 1)
    ]


def _facts(old: Delivery, new: Delivery) -> dict[str, str]:
    facts = {
        "case": new.case_id,
        "office": new.office_id,
        "service": new.service_id,
        "direction": new.direction,
        "area": new.area,
        "status": new.status.value,
    }
    if new.courier_id:
        facts["courier"] = new.courier_id
    if old.courier_id and old.courier_id != new.courier_id:
        facts["former_courier"] = old.courier_id
    if new.flag and new.flag is not old.flag:
        facts["flag"] = new.flag.value
    if old.flag and new.flag is not old.flag:
        facts["answered_flag"] = old.flag.value
    return facts
