"""The visit of a case: booked by its citizen, and shown by the case within seconds, by event.

Whether a visit is coming is asked of the appointment each time, so that events in any order end the
same. After one that was missed the case waits ten working days for another, once for each: its
limits stand still, and the citizen is told until when. Then the office goes on, and supervisors are
told.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, Effects, alerts, deadlines
from chalicelib.cases.service import changes, queries
from chalicelib.catalogue import service as catalogue
from chalicelib.core.changes import Author
from chalicelib.core.clock import rfc3339
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.errors import FieldError, InvalidRequest, NotFound, WrongStatus
from chalicelib.core.events import Event
from chalicelib.core.i18n import Text
from chalicelib.core.plugins import registered

_ACTOR: Final = "system:follow_up"
_OTHER_SERVICE: Final = Text("该办件不属于此事项", "This case is of another service")


def check_visit(citizen_id: str, case_id: str, service_id: str) -> None:
    """Let an appointment be the visit of a case of the citizen's own.

    Raises NotFound, InvalidRequest for a case of another service, or WrongStatus for one that has
    ended.
    """
    case = queries.mine(citizen_id, case_id)
    if case.service_id != service_id:
        raise InvalidRequest(errors=[FieldError("/case_id", "other_service", _OTHER_SERVICE)])
    if case.ended:
        raise WrongStatus(current=case.status)


def note_visit(event: Event, now: datetime) -> None:
    """Take note of an appointment that is the visit of a case. Idempotent."""
    case_id = event.data.get("case")
    if case_id is None:
        return

    def decide(old: Case) -> changes.Decided | None:
        new = _with_visit(old, event.subject)
        if _waits_after(event, new):
            return _missed(new, event, now)
        if new == old:
            return None
        what = DomainEvent("case.visit_updated", {"appointment": new.appointment_id or ""})
        return changes.decided(new, now, what, effects=Effects())

    author, load = Author(_ACTOR, now), partial(_load, case_id)
    changes.apply(load, decide, author, done=lambda: storage.was_noted(case_id, event.event_id))


def is_visit_noted(event: Event) -> bool:
    """Tell whether the case shows the visit that an event tells of, as it is now."""
    case_id = event.data.get("case")
    if case_id is None:
        return True
    case = _load(case_id)
    is_shown = _with_visit(case, event.subject) == case
    return is_shown and (
        not _waits_after(event, case) or storage.was_noted(case_id, event.event_id)
    )


def end_wait(case_id: str, now: datetime) -> Case:
    """Go on with a case for which no other visit was chosen in time; supervisors are told."""

    def decide(old: Case) -> changes.Decided | None:
        if not old.visit_by or old.visit_by > now:
            return None
        new, alert = alerts.with_missed_visit(replace(old, visit_by=None), now)
        what = DomainEvent("case.visit_overdue", {})
        return changes.decided(new, now, what, effects=Effects(alert=alert))

    return changes.apply(partial(_load, case_id), decide, Author(storage.WATCH, now)).new


def _waits_after(event: Event, case: Case) -> bool:
    """Tell whether a case waits for another visit than the one that was missed."""
    return event.type == "appointment.missed" and case.running and case.appointment_id is None


def _missed(case: Case, event: Event, now: datetime) -> changes.Decided:
    office = catalogue.office(case.office_id)
    visit_by = deadlines.another_visit_by(office, now).replace(microsecond=0)
    facts = {"appointment": event.subject, "until": rfc3339(visit_by)}
    what, effects = DomainEvent("case.visit_missed", facts), Effects(event_id=event.event_id)
    return changes.decided(replace(case, visit_by=visit_by), now, what, effects=effects)


def _with_visit(case: Case, appointment_id: str) -> Case:
    (state_of,) = registered("VISITS")
    state = state_of(appointment_id)
    came = {appointment_id} if state == "came" else set()
    case = replace(case, visited=case.visited - {appointment_id} | came)
    if state != "none":
        alerts_left = case.alerts - {alerts.VISIT_MISSED}
        return replace(case, appointment_id=appointment_id, visit_by=None, alerts=alerts_left)
    if case.appointment_id == appointment_id:
        return replace(case, appointment_id=None)
    return case


def _load(case_id: str) -> Case:
    case = storage.load(case_id)
    if case is None:
        raise NotFound
    return case
