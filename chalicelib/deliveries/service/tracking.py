"""Couriers' tracking updates: each kept once, and applied to the parcel that it is about."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core import dependencies
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from chalicelib.core.event_types import DeliveryEvent
from chalicelib.core.i18n import Text
from chalicelib.core.ids import derived_id
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers.service.authentication import VerifiedSender
from chalicelib.deliveries.domain import delivery as domain
from chalicelib.deliveries.domain.delivery import Delivery, TrackingEvent, TrackingUpdate
from chalicelib.deliveries.domain.track import EVENT_OF, DeliveryStatus
from chalicelib.deliveries.service import changes, proof
from chalicelib.deliveries.service.changes import Step
from chalicelib.identity import service as identity

_HOUR: Final = 3600
_EVENT_ID_LENGTH: Final = 12
_IN_FUTURE: Final = Text("发生时间晚于当前时间", "This is in the future")
_BEFORE_IT_WAS: Final = Text(
    "发生时间早于寄递单创建时间", "This is more than a day before the delivery was made"
)
Result = Literal["applied", "kept", "duplicate", "ignored"]


def apply(
    sender: VerifiedSender, delivery_id: str, update: TrackingUpdate, now: datetime
) -> Result:
    """Keep an update and move the parcel if it should move; the same message again does nothing.

    Raises NotFound for what is not this courier's, InvalidRequest for a time that is to come or
    more than a day before the delivery was made, and TooManyRequests when a parcel has had more
    updates than a journey has.
    """
    event_id = derived_id(sender.courier_id, sender.message_id, length=_EVENT_ID_LENGTH)
    outside = dependencies.clock().outside()
    if update.occurred_at > max(now, outside) + domain.AHEAD:
        raise _wrong_time("future", _IN_FUTURE)
    # Couriers go by their own clocks, which know nothing of the run's.
    ahead = max(now - outside, timedelta())

    def decide(old: Delivery) -> Step | None:
        if old.courier_id != sender.courier_id or not old.released:
            raise NotFound
        if update.occurred_at < old.created_at - domain.BEFORE - ahead:
            raise _wrong_time("past", _BEFORE_IT_WAS)
        if storage.event_exists(delivery_id, event_id):
            return None
        if old.events >= domain.MOST_EVENTS:
            raise TooManyRequests(retry_after=_HOUR)
        return _step(old, event_id, update, now)

    author = Author(f"courier:{sender.courier_id}", now)
    applied = changes.change(lambda: changes.load(delivery_id), decide, author)
    if not applied.changed:
        return "duplicate"
    return "applied" if applied.new.status is not applied.old.status else "kept"


def text_of(delivery: Delivery, event: TrackingEvent) -> Mapping[str, str | None]:
    """Return the place and the note of an event in clear; nothing when they were erased."""
    if event.sealed is None:
        return {}
    try:
        key = identity.key_of(delivery.citizen_id)
        text = key.open(f"{delivery.delivery_id}/{event.event_id}", event.sealed)
    except (NotFound, Unauthenticated, DecryptionError):
        return {}
    opened: dict[str, str | None] = json.loads(text)
    return opened


def _wrong_time(code: str, detail: Text) -> InvalidRequest:
    return InvalidRequest(errors=[FieldError("/data/occurred_at", code, detail)])


def _step(old: Delivery, event_id: str, update: TrackingUpdate, now: datetime) -> Step:
    """Decide what an update brings, and make what is kept of it."""
    is_right = old.takes_codes and proof.is_right(old.delivery_id, update.proof_code)
    proved = not old.proof_needed or is_right
    new = domain.apply(old, update, now, proof=proved)
    moved = new.status is not old.status
    event = TrackingEvent(
        event_id,
        update.status,
        update.occurred_at,
        now,
        _sealed_text(old, event_id, update),
        moved,
    )
    flagged = new.flag and new.flag is not old.flag
    unmoved: DeliveryEvent = "delivery.flagged" if flagged else "delivery.report_kept"
    type_ = EVENT_OF[new.status] if moved else unmoved
    return Step(new, type_, facts=_facts(new, update, moved=moved), event=event)


def _facts(new: Delivery, update: TrackingUpdate, *, moved: bool) -> dict[str, str]:
    facts = {"reported": update.status.value, "occurred_at": rfc3339(update.occurred_at)}
    if moved and new.status is DeliveryStatus.DELIVERED:
        began = new.picked_up_at or update.occurred_at
        facts["seconds_on_the_way"] = _seconds(update.occurred_at - began)
        facts["seconds_to_door"] = _seconds(update.occurred_at - new.created_at)
    return facts


def _seconds(span: timedelta) -> str:
    return str(max(0, round(span.total_seconds())))


def _sealed_text(delivery: Delivery, event_id: str, update: TrackingUpdate) -> str | None:
    text = {"location": update.location, "note": update.note}
    if not any(text.values()):
        return None
    try:
        key = identity.key_of(delivery.citizen_id)
    except Unauthenticated:
        # The citizen was erased; what the courier wrote about the door is not kept either.
        return None
    return key.seal(f"{delivery.delivery_id}/{event_id}", json.dumps(text, ensure_ascii=False))
