"""What a freed or an added seat does for those who wait, and for whom one acts no more."""

from contextlib import suppress
from datetime import datetime
from typing import Final, cast

from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.appointments.draws.service import persons as draws
from chalicelib.appointments.waiting.service import joining, offers
from chalicelib.catalogue import service as catalogue
from chalicelib.core.errors import NotFound
from chalicelib.core.event_facts_of_halls import AppointmentFacts
from chalicelib.core.events import Event
from chalicelib.identity import service as identity

_FREES: Final = {
    "appointment.cancelled": "slot",
    "appointment.expired": "slot",
    "appointment.rescheduled": "freed",
}
_LEAVES: Final = frozenset(
    {
        "family.declined",
        "family.disputed",
        "family.removed",
        "family.revoked",
        "family.unconfirmed",
    }
)
_ADDS: Final = frozenset({"office.timetable_changed", "office.reopened"})


def follow_up(event: Event, now: datetime) -> None:
    """Offer what an event freed or added to those who wait for it. Idempotent.

    Nobody waits, or stands in a draw, for whom they may book no more: what is offered for them
    could not be accepted, and they themselves could not join.
    """
    if event.type in _ADDS:
        for office_id, category in catalogue.current().groups:
            if office_id == event.subject:
                offers.look(office_id, category, now)
    if event.type in _LEAVES:
        _leave(event.subject, str(event.data["member"]), now)
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


def _leave(citizen_id: str, member_id: str, now: datetime) -> None:
    status = None
    with suppress(NotFound):
        # They may have agreed again since.
        status = identity.find_member(citizen_id, member_id).status(now)
    if status != "active":
        # For who has not agreed nobody enters a draw, but may wait on their own account.
        draws.withdraw_for(citizen_id, member_id)
    if status not in ("active", "offered"):
        joining.leave_for(citizen_id, member_id, now)
