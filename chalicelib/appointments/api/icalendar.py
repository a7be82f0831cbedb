"""An appointment, and a hall's days, as iCalendar objects (RFC 5545)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.appointments.domain.feeds import BookedTime
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import CATEGORIES
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.i18n import Lang, Text

_REMIND_BEFORE = timedelta(hours=2)
_BRING = Text("请携带", "Bring")
_FOR = Text("{service}({name})", "{service} ({name})")
_NUMBERS = Text("{category}：{booked}/{capacity}", "{category}: {booked} of {capacity}")
# How often calendar programs ask again, where they ask us (RFC 7986).
_REFRESH = timedelta(minutes=15)
# No halls' entry is older.
_ZONE_FROM: Final = date(2020, 1, 1)
_STATUSES: Final[Mapping[AppointmentStatus, str]] = {
    AppointmentStatus.RESERVED: "TENTATIVE",
    AppointmentStatus.CANCELLED: "CANCELLED",
    AppointmentStatus.EXPIRED: "CANCELLED",
    AppointmentStatus.NO_SHOW: "CANCELLED",
}


def calendar(appointment: Appointment, name: str | None, lang: Lang, now: datetime) -> str:
    """Return the object; UID stays, SEQUENCE grows with each change.

    `name` is that of the family whom the appointment is for. Only what is to come has an alarm.
    """
    import icalendar  # noqa: PLC0415 - cold start.

    service = catalogue.service(appointment.service_id)
    office = catalogue.office(appointment.slot.office_id)
    bring = [m.name.in_language(lang) for m in service.materials if m.required]
    summary = service.name.in_language(lang)
    if name:
        summary = _FOR.in_language(lang, {"service": summary, "name": name})
    status = _STATUSES.get(appointment.status, "CONFIRMED")
    event = icalendar.Event()
    event.add("uid", f"{appointment.appointment_id}@onetrip")
    event.add("sequence", appointment.version - 1)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", appointment.start.astimezone(UTC))
    event.add("dtend", appointment.end.astimezone(UTC))
    event.add("summary", summary)
    event.add("location", office.name.in_language(lang))
    event.add("description", f"{_BRING.in_language(lang)}: {'; '.join(bring)}")
    event.add("status", status)
    if appointment.status in (AppointmentStatus.RESERVED, AppointmentStatus.BOOKED):
        event.add_component(_alarm(summary))
    calendar_ = icalendar.Calendar()
    calendar_.add("prodid", "-//OneTrip//Appointments//EN")
    calendar_.add("version", "2.0")
    calendar_.add("method", "CANCEL" if status == "CANCELLED" else "PUBLISH")
    calendar_.add_component(event)
    return str(calendar_.to_ical().decode())


def hall_calendar(office_id: str, times: Iterable[BookedTime], lang: Lang, now: datetime) -> str:
    """Return how many are booked in a hall when; no person is in it."""
    import icalendar  # noqa: PLC0415 - cold start.

    name = catalogue.office(office_id).name.in_language(lang)
    calendar_ = icalendar.Calendar()
    calendar_.add("prodid", "-//OneTrip//Halls//EN")
    calendar_.add("version", "2.0")
    calendar_.add("method", "PUBLISH")
    calendar_.add("x-wr-calname", name)
    calendar_.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    # An object has one component at least, also while nobody is booked (RFC 5545, 3.6).
    zone = icalendar.Timezone.from_tzinfo(OFFICE_ZONE, first_date=_ZONE_FROM)
    calendar_.add_component(zone)
    for one in times:
        category = CATEGORIES[one.key.category].in_language(lang)
        numbers = {"booked": str(one.booked), "capacity": str(one.capacity)}
        event = icalendar.Event()
        event.add("uid", f"{one.key.slot_id}@onetrip")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", one.key.start.astimezone(UTC))
        event.add("dtend", one.end.astimezone(UTC))
        event.add("summary", _NUMBERS.in_language(lang, {"category": category, **numbers}))
        event.add("location", name)
        event.add("transp", "TRANSPARENT")
        calendar_.add_component(event)
    return str(calendar_.to_ical().decode())


def _alarm(words: str) -> "icalendar.Alarm":  # type: ignore[name-defined]  # noqa: F821 - lazy.
    import icalendar  # noqa: PLC0415 - cold start.

    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", -_REMIND_BEFORE)
    return alarm
