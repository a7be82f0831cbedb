"""What a notice says of an event, and whether it is still so.

Events come late, twice and in any order. The inbox is a record and takes each of them, dated by
the event; but a phone rings only for what is true at that moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from chalicelib.appointments import service as appointments
from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.appointments.waiting.domain import is_night
from chalicelib.cases import service as cases
from chalicelib.cases.domain import Case
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import NotFound
from chalicelib.core.event_facts import CitizenFacts, PaymentFacts
from chalicelib.core.event_facts_of_halls import AppointmentFacts, WaitingFacts
from chalicelib.core.event_types import AppointmentEvent
from chalicelib.core.events import Event
from chalicelib.core.ids import CITIZEN_ID_LENGTH
from chalicelib.notifications.service import bills

# The state in which an appointment is while the news of the event are news.
_STATES: Final[Mapping[AppointmentEvent, AppointmentStatus]] = {
    "appointment.booked": AppointmentStatus.BOOKED,
    "appointment.rescheduled": AppointmentStatus.BOOKED,
    "appointment.cancelled": AppointmentStatus.CANCELLED,
    "appointment.time_kept": AppointmentStatus.BOOKED,
    "appointment.called": AppointmentStatus.CALLED,
    "appointment.missed": AppointmentStatus.NO_SHOW,
}
_FACTS_IN_NOTICES: Final = ("service", "office", "ticket", "counter", "amount", "currency", "until")


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What to tell: ids and plain values, and whether it is `current`.

    `appointment` is the one that the event is about, as it is now.
    """

    facts: Mapping[str, str]
    current: bool
    appointment: Appointment | None = None


def citizen_of(event: Event) -> str | None:
    """Return whom an event is about: ids of their things begin with theirs, but a bill's.

    None for a bill that is nobody's here.
    """
    if event.type.startswith("bill."):
        return bills.payer_of(event)
    return event.subject[:CITIZEN_ID_LENGTH]


def facts_of(event: Event, citizen_id: str) -> EventFacts:
    """Return what an event says, with the citizen's thing that it is about as it is now."""
    if event.type.startswith("bill."):
        return EventFacts(*bills.facts_of(event, citizen_id))
    return _of_thing(event, citizen_id)


def _of_thing(event: Event, citizen_id: str) -> EventFacts:
    facts = {name: event.data[name] for name in _FACTS_IN_NOTICES if event.data.get(name)}
    of_payment = cast("PaymentFacts", event.data)
    if "refund_amount" in of_payment:
        # A refund's entry tells the payment's sum too, as each of its entries does.
        facts["amount"] = of_payment["refund_amount"]
    if event.type.startswith("family."):
        return EventFacts(_member(cast("CitizenFacts", event.data).get("member")), current=True)
    if event.type.startswith(("appointment.", "draw.", "waiting.")):
        is_booked = event.type.startswith("appointment.")
        return _of_appointment(event, facts) if is_booked else _of_waiting(event, facts)
    if event.type.startswith("case."):
        return _of_case(event, event.subject, facts)
    if event.type.startswith("certificate."):
        # What an organisation holds its managers are told of, as of what is done for it.
        facts["mandate"] = citizen_id
    if of_payment.get("appointment"):
        appointment = load_appointment(of_payment["appointment"])
        return EventFacts(
            {**(appointment_facts(appointment) if appointment else {}), **facts}, current=True
        )
    if "service" in facts or not of_payment.get("case"):
        return EventFacts(facts, current=True)
    of_case = _of_case(event, of_payment["case"], facts)
    return EventFacts(of_case.facts, current=True)


def appointment_facts(appointment: Appointment) -> dict[str, str]:
    """Return what notices say of an appointment."""
    return {
        "service": appointment.service_id,
        "office": appointment.slot.office_id,
        "start": rfc3339(appointment.start),
        **_for_whom(appointment),
    }


def _for_whom(thing: Appointment | Case) -> dict[str, str]:
    mandate = {"mandate": thing.granted_by} if thing.granted_by else {}
    return {**_member(thing.for_member), **mandate}


def _member(member_id: str | None) -> dict[str, str]:
    return {"member": member_id} if member_id else {}


def load_appointment(appointment_id: str) -> Appointment | None:
    """Return an appointment, if there is such a one."""
    try:
        return appointments.load(appointment_id)
    except NotFound:
        return None


def _of_appointment(event: Event, facts: dict[str, str]) -> EventFacts:
    appointment = load_appointment(event.subject)
    if appointment is None:
        return EventFacts(facts, current=False)
    facts |= appointment_facts(appointment)
    event_facts = cast("AppointmentFacts", event.data)
    if event_facts.get("reason") == "hall_closed":
        facts["closure"] = event_facts.get("closure", "")
    is_current = appointment.status is _STATES.get(
        cast("AppointmentEvent", event.type), appointment.status
    )
    slot = parse_slot_id(event_facts.get("slot", ""))
    if slot:
        facts["start"] = rfc3339(slot.start)
        # It may have been moved since: then the news are those of another slot.
        is_current = is_current and slot == appointment.slot
    return EventFacts(facts, current=is_current, appointment=appointment)


def _of_waiting(event: Event, facts: dict[str, str]) -> EventFacts:
    """Return what is offered or drawn; at night nobody's phone rings, and the inbox alone tells."""
    slot = parse_slot_id(cast("WaitingFacts", event.data).get("slot", ""))
    if slot:
        facts |= {"office": slot.office_id, "start": rfc3339(slot.start)}
    is_aloud = not is_night(event.moment)
    return EventFacts(facts, current=is_aloud)


def _of_case(event: Event, case_id: str, facts: dict[str, str]) -> EventFacts:
    try:
        case = cases.load(case_id)
    except NotFound:
        return EventFacts(facts, current=False)
    about = {"service": case.service_id, "office": case.office_id, **_for_whom(case)}
    return EventFacts({**about, **facts}, current=event.data.get("status") == case.status.value)
