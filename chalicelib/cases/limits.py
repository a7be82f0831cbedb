"""When a case must be done: what the law gives and what the office promises.

The day of lodging does not count; the last day ends when the hall closes; a last day on which
offices are closed moves to the next working day (Civil Code of the PRC, articles 200 to 203).
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.cases.domain import STEPS, Case, Status, StepName, next_look
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Office, Service, TimeLimit, calendar
from chalicelib.core.clock import OFFICE_ZONE, office_time

_END_OF_DAY: Final = time(23, 59, 59)


def promised(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the office promises to decide."""
    limit = TimeLimit(service.promised_working_days, "working_days")
    return min(_end(limit, office, lodged_at), due(service, office, lodged_at))


def due(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the law wants it decided."""
    return _end(service.legal_limit, office, lodged_at)


def fee_step(case: Case) -> StepName | None:
    """Return the step that waits for the case's fee, until the office has it."""
    if not case.unpaid:
        return None
    service = catalogue.current().services.get(case.service_id)
    return service.fee_before if service else "issue"


def paused(case: Case, now: datetime) -> Case:
    """Let the limits stand still while the citizen must correct or pay, and go on after that."""
    step = fee_step(case)
    must_pay = step is not None and case.status in STEPS[step].froms
    waits = must_pay or case.status is Status.CORRECTION_REQUESTED
    if waits == (case.paused_at is not None):
        return case
    now = now.replace(microsecond=0)
    if waits:
        return replace(case, paused_at=now)
    return _resumed(case, now) if case.running else replace(case, paused_at=None)


def _resumed(case: Case, now: datetime) -> Case:
    pause = max(now - (case.paused_at or now), timedelta())
    due = moved(case.due_at, pause)
    promised = min(moved(case.promised_at, pause), due)
    took = case.paused + (promised - case.promised_at)
    resumed = replace(case, promised_at=promised, due_at=due, paused=took, paused_at=None)
    return replace(resumed, watch_at=next_look(resumed))


def moved(limit: datetime, pause: timedelta) -> datetime:
    """Return a limit that stood still for so long; one that comes to a closed day moves on."""
    at = office_time(limit + pause)
    return datetime.combine(calendar.working_day_from(at.date()), at.timetz())


def _end(limit: TimeLimit, office: Office, lodged_at: datetime) -> datetime:
    at = office_time(lodged_at)
    # A hall without hours on working days has the whole of the last day (Civil Code, article 203).
    closes = office.weekdays[-1][1] if office.weekdays else _END_OF_DAY
    # What comes after closing time is in before the next day, and the office has that one for it.
    late = not limit.value and at.time() >= closes
    last = calendar.last_day(limit, at.date() + timedelta(days=late))
    return datetime.combine(last, closes, OFFICE_ZONE)
