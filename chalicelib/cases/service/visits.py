"""The visit of a case: booked by its citizen, and shown by the case within seconds, by event.

Whether a visit is coming is asked of the appointment each time, so that events in any order end the
same.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases import storage
from chalicelib.cases.domain import Case, Effects
from chalicelib.cases.service import changes, queries
from chalicelib.core.changes import Author
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
        if new == old:
            return None
        what = DomainEvent("case.visit_updated", {"appointment": new.appointment_id or ""})
        return changes.decided(new, now, what, effects=Effects())

    changes.apply(lambda: _load(case_id), decide, Author(_ACTOR, now))


def is_visit_noted(event: Event) -> bool:
    """Tell whether the case shows the visit that an event tells of, as it is now."""
    case_id = event.data.get("case")
    if case_id is None:
        return True
    case = _load(case_id)
    return _with_visit(case, event.subject) == case


def _with_visit(case: Case, appointment_id: str) -> Case:
    (is_coming,) = registered("VISITS")
    if is_coming(appointment_id):
        return replace(case, appointment_id=appointment_id)
    if case.appointment_id == appointment_id:
        return replace(case, appointment_id=None)
    return case


def _load(case_id: str) -> Case:
    case = storage.load(case_id)
    if case is None:
        raise NotFound
    return case
