"""What staff of a hall do with deliveries: exceptions first, another courier, an end by hand."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Address
from chalicelib.core.auth import Staff
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, WrongStatus
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.deliveries import couriers, service, storage
from chalicelib.deliveries.domain import ENDED, Delivery, Status
from chalicelib.deliveries.service import Outgoing, Step
from chalicelib.identity import service as identity

_REASON: Final = "delivery"


def board(staff: Staff, office_id: str, position: str | None, limit: int) -> Page[Delivery]:
    """Return a hall's deliveries, those with a flag first; raises NotFound."""
    if office_id not in staff.office_ids:
        raise NotFound
    return storage.list_lane(office_id, position, limit)


def look(staff: Staff, delivery_id: str, now: datetime) -> tuple[Delivery, Address]:
    """Return a delivery with its address in clear, the look recorded; raises NotFound."""
    found = _of_hall(staff, delivery_id)
    identity.record_look(found.citizen_id, staff.staff_id, _REASON, delivery_id, now)
    return found, service.address_of(found)


def assign(
    staff: Staff, delivery_id: str, courier_id: str, attempt: Attempt, now: datetime
) -> tuple[Delivery, bool]:
    """Give a parcel that nobody has fetched to another courier.

    Raises NotFound, InvalidRequest or WrongStatus.
    """

    def decide(old: Delivery) -> Step | None:
        if old.courier_id == courier_id:
            return None
        if not old.changeable or old.track.rank:
            raise WrongStatus(current=old.status)
        able = [c for c in couriers.everyone() if c.can(old.office_id, old.direction, old.area)]
        for courier in able:
            if courier.courier_id == courier_id:
                return service.assigned(old, courier, now)
        detail = Text("该快递公司无法承接", "This courier cannot take it")
        raise InvalidRequest(errors=[FieldError("/courier_id", "unavailable", detail)])

    return service.change(lambda: _of_hall(staff, delivery_id), decide, staff.actor, now, attempt)


def resolve(
    staff: Staff, delivery_id: str, ending: Status | None, attempt: Attempt, now: datetime
) -> tuple[Delivery, bool]:
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
        told: tuple[Outgoing, ...] = ()
        if moved and ending is Status.CANCELLED and old.released:
            told = (Outgoing("delivery.cancelled"),)
        return Step(ended, f"delivery.{ending.value}" if moved else "delivery.resolved", told)

    if ending is not None and ending not in ENDED:
        raise WrongStatus(current=ending)
    return service.change(lambda: _of_hall(staff, delivery_id), decide, staff.actor, now, attempt)


def _of_hall(staff: Staff, delivery_id: str) -> Delivery:
    found = service.load(delivery_id)
    if found.office_id not in staff.office_ids:
        raise NotFound
    return found
