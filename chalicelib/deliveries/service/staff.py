"""What staff of a hall do with deliveries: exceptions first, another courier, an end by hand."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Address
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import NotFound, WrongStatus
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.deliveries import storage
from chalicelib.deliveries.domain.delivery import Delivery
from chalicelib.deliveries.domain.track import ENDED, EVENT_OF, DeliveryStatus
from chalicelib.deliveries.service import changes, steps
from chalicelib.deliveries.service.addresses import address_of
from chalicelib.deliveries.service.changes import Outgoing, Step
from chalicelib.deliveries.service.requests import able_courier
from chalicelib.identity import service as identity

_REASON: Final = "delivery"


def board(staff: Staff, office_id: str, position: str | None, limit: int) -> Page[Delivery]:
    """Return a hall's deliveries, those with a flag first; raises NotFound."""
    if office_id not in staff.office_ids:
        raise NotFound
    return storage.list_lane(office_id, position, limit)


def look(staff: Staff, delivery_id: str, now: datetime) -> tuple[Delivery, Address]:
    """Return a delivery with its address in clear, the look recorded; raises NotFound."""
    delivery = _of_hall(staff, delivery_id)
    identity.record_access(
        delivery.citizen_id,
        staff,
        _REASON,
        f"delivery:{delivery_id}",
        now,
        office_id=delivery.office_id,
    )
    return delivery, address_of(delivery)


def assign(
    staff: Staff, delivery_id: str, courier_id: str, attempt: Attempt, now: datetime
) -> Applied[Delivery]:
    """Give a parcel that nobody has fetched to another courier.

    Raises NotFound, InvalidRequest or WrongStatus.
    """

    def decide(old: Delivery) -> Step | None:
        if old.courier_id == courier_id:
            return None
        if not old.changeable or old.track.rank:
            raise WrongStatus(current=old.status)
        courier = able_courier(courier_id, old.office_id, old.direction, old.area)
        return steps.assign(old, courier, now)

    return changes.change(
        lambda: _of_hall(staff, delivery_id), decide, Author(staff.actor, now, attempt)
    )


def resolve(
    staff: Staff, delivery_id: str, ending: DeliveryStatus | None, attempt: Attempt, now: datetime
) -> Applied[Delivery]:
    """Clear a flag, and end the parcel by hand where the courier's word is not to be had.

    Raises NotFound or WrongStatus.
    """

    def decide(old: Delivery) -> Step | None:
        cleared = replace(old, flag=None, flagged_at=None, asked=False, watch_at=now + old.quiet)
        if ending is None:
            return Step(cleared, "delivery.resolved") if old.flag else None
        if old.track.end is ending and not old.flag:
            return None
        if old.ended and old.track.end is not ending:
            raise WrongStatus(current=old.status)
        ended = replace(cleared, track=replace(old.track, end=ending))
        moved = old.status is not ending
        tells: tuple[Outgoing, ...] = ()
        if moved and ending is DeliveryStatus.CANCELLED and old.released:
            tells = (Outgoing("delivery.cancelled"),)
        return Step(ended, EVENT_OF[ending] if moved else "delivery.resolved", tells)

    if ending is not None and ending not in ENDED:
        raise WrongStatus(current=ending)
    return changes.change(
        lambda: _of_hall(staff, delivery_id), decide, Author(staff.actor, now, attempt)
    )


def _of_hall(staff: Staff, delivery_id: str) -> Delivery:
    delivery = changes.load(delivery_id)
    if delivery.office_id not in staff.office_ids:
        raise NotFound
    return delivery
