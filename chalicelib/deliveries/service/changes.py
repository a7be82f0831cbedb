"""How a delivery changes: its record, its entry and its courier's messages, all or none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.core.changes import Applied, Author, Change, append, apply
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import NotFound
from chalicelib.core.event_types import DeliveryEvent
from chalicelib.core.tables import Addition
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers.domain import MessageType
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.delivery import DELIVERY_ID_LENGTH, Delivery, TrackingEvent
from chalicelib.identity import service as identity
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.service.sender import compose


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
    type_: DeliveryEvent
    tells: tuple[Outgoing, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    event: TrackingEvent | None = None


def load(delivery_id: str) -> Delivery:
    """Return a delivery; raises NotFound."""
    delivery = storage.load(delivery_id) if len(delivery_id) == DELIVERY_ID_LENGTH else None
    if delivery is None:
        raise NotFound
    return delivery


@dataclass(frozen=True, slots=True)
class Effects:
    """What is kept with a delivery's next version: messages, and the event that brought it."""

    messages: tuple[Message, ...] = ()
    event: TrackingEvent | None = None
    also: tuple[Addition, ...] = ()


def change(
    find: Callable[[], Delivery], decide: Callable[[Delivery], Step | None], author: Author
) -> Applied[Delivery]:
    """Change a delivery in one transaction; raises what `find` and `decide` raise, and TryAgain."""

    def decision(old: Delivery) -> Decision[Delivery, Effects] | None:
        step = decide(old)
        return _decision(old, step, author.now) if step else None

    return apply(find, decision, _store, author)


def create(step: Step, author: Author, also: Addition | None = None) -> Delivery | None:
    """Keep a new delivery with its first entry and messages, and what is kept `also` with it.

    None when it is there already, or that does not hold.
    """
    nothing = replace(step.delivery, version=0)
    decision = _decision(nothing, replace(step, delivery=nothing), author.now)
    effects = replace(decision.effects, also=(also,) if also else ())
    write = append(nothing, replace(decision, effects=effects), author)
    return write.new if _store(write) else None


def _decision(old: Delivery, step: Step, now: datetime) -> Decision[Delivery, Effects]:
    messages = _messages(step.delivery, step.tells, now)
    new = replace(step.delivery, messages=old.messages + len(messages))
    facts = {**_facts(old, new), **step.facts}
    if messages:
        facts["message"] = messages[-1].message_id
    effects = Effects(tuple(messages), step.event)
    return Decision(new, (DomainEvent(step.type_, facts),), effects)


def _store(change: Change[Delivery, Effects]) -> bool:
    effects = change.effects
    also = [OUTBOX.enqueue(effects.messages), *effects.also, *change.also]
    return storage.store(change.new, change.entries[0], event=effects.event, also=also)


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
