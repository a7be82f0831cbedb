"""What a freed or an added seat does for those who wait, and who is left out of a family."""

from datetime import datetime
from typing import Final, cast

from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.appointments.waiting.service import joining, offers
from chalicelib.catalogue import service as catalogue
from chalicelib.core.event_facts_of_halls import AppointmentFacts
from chalicelib.core.events import Event

_FREES: Final = {
    "appointment.cancelled": "slot",
    "appointment.expired": "slot",
    "appointment.rescheduled": "freed",
}
_ADDS: Final = frozenset({"office.timetable_changed", "office.reopened"})


def follow_up(event: Event, now: datetime) -> None:
    """Offer what an event freed or added to those who wait for it. Idempotent.

    Nobody waits for who is of the family no more: what is offered for them could not be accepted.
    """
    if event.type in _ADDS:
        for office_id, category in catalogue.current().groups:
            if office_id == event.subject:
                offers.look(office_id, category, now)
    if event.type == "family.removed":
        joining.leave_for(event.subject, str(event.data["member"]), now)
    if event.type not in _FREES:
        return
    facts = cast("AppointmentFacts", event.data)
    freed = facts.get("freed") if _FREES[event.type] == "freed" else facts.get("slot")
    key = parse_slot_id(freed or "")
    if key:
        offers.pass_on(key, now)
        group = catalogue.current().groups.get((key.office_id, key.category))
        if group and group.long:
            # It may have been a visit of several slots, and make room for one.
            offers.look(key.office_id, key.category, now)
