"""An appointment as an iCalendar object (RFC 5545)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from chalicelib.appointments.domain.appointments import Appointment, AppointmentStatus
from chalicelib.catalogue import service as catalogue
from chalicelib.core.i18n import Lang, Text

_REMIND_BEFORE = timedelta(hours=2)
_BRING = Text("请携带", "Bring")
_FOR = Text("{service}({name})", "{service} ({name})")
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


def _alarm(words: str) -> "icalendar.Alarm":  # type: ignore[name-defined]  # noqa: F821 - lazy.
    import icalendar  # noqa: PLC0415 - cold start.

    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", -_REMIND_BEFORE)
    return alarm
