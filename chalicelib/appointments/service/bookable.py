"""What can be booked where: a service, at a hall whose counters serve it, in one of their slots.

Where seats are scarce, a slot comes out in the opening of its day.
"""

from datetime import date, datetime
from typing import Protocol

from chalicelib.appointments.domain.openings import Opening
from chalicelib.appointments.domain.slots import SlotClosed, SlotKey
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Group, Service
from chalicelib.core import dependencies
from chalicelib.core.errors import NotFound, unknown


class BookingRequest(Protocol):
    """What a citizen asks for."""

    @property
    def service_id(self) -> str:
        """The service to visit for."""

    @property
    def office_id(self) -> str:
        """The hall; the slot must be one of it."""

    @property
    def slot_id(self) -> SlotKey:
        """The time."""

    @property
    def for_member(self) -> str | None:
        """The member of the family whom it is for; None is the caller."""

    @property
    def case_id(self) -> str | None:
        """The case that it is the visit of."""


def service(service_id: str) -> Service:
    """Return a service; raises InvalidRequest."""
    try:
        return catalogue.service(service_id)
    except NotFound as error:
        raise unknown("/service_id") from error


def check_slot(wanted: Service, office_id: str, slot: SlotKey) -> None:
    """Refuse a slot of other counters than the service's; raises InvalidRequest."""
    try:
        catalogue.office(office_id)
    except NotFound as error:
        raise unknown("/office_id") from error
    if not wanted.bookable:
        raise unknown("/service_id")
    if (slot.office_id, slot.category) != (office_id, wanted.category):
        raise unknown("/slot_id")


def end_of(wanted: Service, slot: SlotKey) -> datetime:
    """Return when a visit that begins with a slot ends; raises SlotClosed if nobody serves it."""
    group = catalogue.current().groups.get((slot.office_id, wanted.category))
    if group is None:
        raise SlotClosed
    return slot.start + group.lasts(wanted.service_id)


def opening_of(slot: SlotKey) -> Opening | None:
    """Return the opening in which a slot comes out; None where it is out at once."""
    group = catalogue.current().groups.get((slot.office_id, slot.category))
    return opening_in(group, slot.day) if group else None


def opening_in(group: Group, day: date) -> Opening | None:
    """Return the opening of a day of some counters; None where all is out at once."""
    opens_at = group.release.opens(day)
    if opens_at is None:
        return None
    key = dependencies.vault().keyed_hash("opening", f"{group.category}/{day}")
    return Opening(day, opens_at, group.release.ramp_seconds, key.encode())
