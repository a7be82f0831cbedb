"""Couriers' reports: verified, kept each once, and applied to the parcel that they are about."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from chalicelib.core import wiring
from chalicelib.core.clock import rfc3339
from chalicelib.core.crypto import DecryptionError
from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    InvalidSignature,
    NotFound,
    TooManyRequests,
    TryAgain,
    Unauthenticated,
)
from chalicelib.core.i18n import Text
from chalicelib.core.ids import derived_id
from chalicelib.deliveries import couriers, proof, service, signatures, storage
from chalicelib.deliveries.accounts import Courier
from chalicelib.deliveries.domain import (
    AHEAD,
    BEFORE,
    REPORTS_KEPT,
    Delivery,
    Noted,
    Report,
    Status,
    heard,
)
from chalicelib.deliveries.service import Step
from chalicelib.identity import service as identity

_TRIES: Final = 8
_HOUR: Final = 3600
_REPORT_ID_LENGTH: Final = 12
_ANEW_SECONDS: Final = 1.0
_BEFORE_IT_WAS: Final = Text(
    "发生时间早于寄递单创建时间", "This is more than a day before the delivery was made"
)
Result = Literal["applied", "kept", "duplicate", "ignored"]


@dataclass(frozen=True, slots=True)
class Verified:
    """Who sent a message, and the id that it carries at every attempt."""

    courier: Courier
    message_id: str


def verify(courier_id: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Verified:
    """Return who signed a message; raises InvalidSignature, also for a courier that is unknown.

    The stamp is compared with the run's clock and with the machine's, which in production are one.
    """
    moments = (now, wiring.clock().outside())
    try:
        return _verified(courier_id, headers, body, now, moments)
    except (NotFound, signatures.BadSignature) as error:
        # The secret may have been turned a moment ago, in another process.
        if not couriers.forget(_ANEW_SECONDS):
            raise InvalidSignature from error
    try:
        return _verified(courier_id, headers, body, now, moments)
    except (NotFound, signatures.BadSignature) as error:
        raise InvalidSignature from error


def report(sender: Verified, delivery_id: str, given: Report, now: datetime) -> Result:
    """Keep a report and move the parcel if it should move; the same message again does nothing.

    Raises NotFound for what is not this courier's, InvalidRequest for a time that is to come or
    more than a day before the delivery was made, and TooManyRequests when a parcel has had more
    reports than a journey has.
    """
    outside = wiring.clock().outside()
    if given.occurred_at > max(now, outside) + AHEAD:
        raise _wrong_time("future", Text("发生时间晚于当前时间", "This is in the future"))
    report_id = derived_id(sender.courier.courier_id, sender.message_id, length=_REPORT_ID_LENGTH)
    for _ in range(_TRIES):
        old = service.load(delivery_id)
        if old.courier_id != sender.courier.courier_id or not old.released:
            raise NotFound
        # Couriers go by their own clocks, which know nothing of the run's.
        if given.occurred_at < old.created_at - BEFORE - max(now - outside, timedelta()):
            raise _wrong_time("past", _BEFORE_IT_WAS)
        if storage.report_exists(delivery_id, report_id):
            return "duplicate"
        if old.reports >= REPORTS_KEPT:
            raise TooManyRequests(retry_after=_HOUR)
        new = _keep(old, report_id, given, sender.courier.courier_id, now)
        if new:
            return "applied" if new.status is not old.status else "kept"
    raise TryAgain(retry_after=1)


def _wrong_time(code: str, detail: Text) -> InvalidRequest:
    return InvalidRequest(errors=[FieldError("/data/occurred_at", code, detail)])


def _verified(
    courier_id: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    moments: Sequence[datetime],
) -> Verified:
    courier = couriers.find(courier_id)
    live = couriers.live_secrets(courier, now)
    return Verified(courier, signatures.verify(live, headers, body, moments))


def _keep(
    old: Delivery, report_id: str, given: Report, courier_id: str, now: datetime
) -> Delivery | None:
    """Store a report with what it changes; None when something else came first."""
    proved = not old.proof_needed or proof.is_right(old.delivery_id, given.proof_code)
    new = heard(old, given, now, proof=proved)
    moved = new.status is not old.status
    noted = Noted(
        report_id, given.status, given.occurred_at, now, _sealed(old, report_id, given), moved
    )
    step = Step(new, _type(old, new), facts=_facts(new, given))
    new, entry, _ = service.put_together(old, step, f"courier:{courier_id}", now)
    return new if storage.store(new, entry, noted=noted) else None


def _type(old: Delivery, new: Delivery) -> str:
    if new.status is not old.status:
        return f"delivery.{new.status.value}"
    return "delivery.flagged" if new.flag and new.flag is not old.flag else "delivery.report_kept"


def _facts(new: Delivery, given: Report) -> dict[str, str]:
    facts = {"reported": given.status.value, "occurred_at": rfc3339(given.occurred_at)}
    if new.status is Status.DELIVERED:
        began = new.picked_up_at or given.occurred_at
        facts["seconds_on_the_way"] = _seconds(given.occurred_at - began)
        facts["seconds_to_door"] = _seconds(given.occurred_at - new.created_at)
    return facts


def _seconds(span: timedelta) -> str:
    return str(max(0, round(span.total_seconds())))


def _sealed(delivery: Delivery, report_id: str, given: Report) -> str | None:
    words = {"location": given.location, "note": given.note}
    if not any(words.values()):
        return None
    try:
        key = identity.key_of(delivery.citizen_id)
    except Unauthenticated:
        # The citizen was erased; what the courier wrote about the door is not kept either.
        return None
    return key.seal(f"{delivery.delivery_id}/{report_id}", json.dumps(words, ensure_ascii=False))


def words_of(delivery: Delivery, noted: Noted) -> Mapping[str, str | None]:
    """Return the place and the note of a report in clear; nothing when they were erased."""
    if noted.sealed is None:
        return {}
    try:
        key = identity.key_of(delivery.citizen_id)
        text = key.open(f"{delivery.delivery_id}/{noted.report_id}", noted.sealed)
    except (NotFound, Unauthenticated, DecryptionError):
        return {}
    words: dict[str, str | None] = json.loads(text)
    return words
