"""The couriers as this process saw them last: who has a parcel, and whose they are."""

from datetime import datetime
from typing import Final

from chalicelib.core.auth import Staff
from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.deliveries.couriers import domain, storage
from chalicelib.deliveries.couriers.domain import Courier
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.domain.delivery import Direction
from chalicelib.webhooks.service.directory import Directory

DIRECTORY: Final[Directory[Courier]] = Directory("courier", OUTBOX, storage)
everyone: Final = DIRECTORY.everyone
find: Final = DIRECTORY.find
forget: Final = DIRECTORY.forget
health: Final = DIRECTORY.health


def choose(office_id: str, direction: Direction, area: str, now: datetime) -> Courier | None:
    """Return the courier who should have a hall's parcel, if any can."""
    return domain.choose(everyone(), health(), office_id, direction, area, now)


def seen_by(staff: Staff) -> list[Courier]:
    """Return the city's couriers and those of one's own halls."""
    return [c for c in everyone() if c.office_id is None or c.office_id in staff.office_ids]


def check_seen(staff: Staff, courier_id: str) -> None:
    """Raise NotFound for another hall's courier."""
    office_id = find(courier_id).office_id
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound


def check_kept(staff: Staff, courier_id: str) -> None:
    """Raise NotFound or Forbidden for a courier that is not one's own to keep."""
    check_keeps(staff, find(courier_id).office_id)


def check_keeps(staff: Staff, office_id: str | None) -> None:
    """Raise Forbidden for the city's, which only `admin` keeps, and NotFound for another hall's."""
    if office_id is None and "admin" not in staff.roles:
        raise Forbidden
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound


def name_of(courier_id: str | None) -> str | None:
    """Return what a courier is called."""
    return DIRECTORY.name_of(courier_id) if courier_id else None
