"""When a case must be done: what the law gives and what the office promises.

The day of lodging does not count; the last day ends when the hall closes; a last day on which
offices are closed moves to the next working day (Civil Code of the PRC, articles 200 to 203).
"""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from chalicelib.cases.domain.case import Case, CasePart
from chalicelib.cases.domain.steps import STEPS, StepName
from chalicelib.catalogue.domain import Office, Service, TimeLimit, calendar
from chalicelib.core.clock import OFFICE_ZONE, office_time

_YELLOW_SHARE: Final = 0.8
_END_OF_DAY: Final = time(23, 59, 59)
_CHECKED_WITHIN: Final = timedelta(days=1)
# A courier brought originals, and nobody looked at them in time.
ORIGINALS_UNCHECKED: Final = "originals_unchecked"
# How long a case waits for another visit after one that was missed.
_VISIT_WAIT_DAYS: Final = 10


def promised(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the office promises to decide."""
    limit = TimeLimit(service.promised_working_days, "working_days")
    return min(_end(limit, office, lodged_at), due(service, office, lodged_at))


def due(service: Service, office: Office, lodged_at: datetime) -> datetime:
    """Return until when the law wants it decided."""
    return _end(service.legal_limit, office, lodged_at)


def working_days_from(days: int, office: Office, moment: datetime) -> datetime:
    """Return until when a department decides its part that opened at a moment."""
    return _end(TimeLimit(days, "working_days"), office, moment)


def another_visit_by(office: Office, missed_at: datetime) -> datetime:
    """Return until when a case waits for another visit after one that was missed."""
    return working_days_from(_VISIT_WAIT_DAYS, office, missed_at)


def paused(case: Case, step: StepName | None, now: datetime) -> Case:
    """Let the limits stand still while the citizen must correct, pay or come, and go on after that.

    `step` is the one that waits for the case's fee, if one does.
    """
    must_pay = step is not None and case.status in STEPS[step].froms
    if not case.running:
        case = replace(case, visit_by=None)
    must_come = case.visit_by is not None
    waits = must_pay or must_come or case.waits_for_correction
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


def limits(case: Case) -> tuple[tuple[str, datetime], ...]:
    """Return when each time limit speaks, in order: 80 % of the promise, the promise, the law.

    What corrections and the fee took does not count: the promise has moved by it, and its span has
    not grown.
    """
    span = case.promised_at - case.lodged_at - case.paused
    return (
        ("promise_near", case.promised_at - span * (1 - _YELLOW_SHARE)),
        ("promise_missed", case.promised_at),
        ("law_missed", case.due_at),
    )


def next_look(case: Case) -> datetime | None:
    """Return when the next limit speaks, or parts' corrections are asked; None for never.

    A department's limit runs on while another's correction is awaited.
    """
    runs = case.running and not case.paused_at
    rest = [at for _, at in limits(case)[case.alerted :]] if runs else []
    gather = [case.gather_at] if case.gather_at else []
    visit = [case.visit_by] if case.visit_by and case.running else []
    check = [at for at in (originals_due(case),) if at and ORIGINALS_UNCHECKED not in case.alerts]
    of_parts = [one.limit for one in _untold_parts(case) if one.limit]
    return min([*rest[:1], *gather, *visit, *check, *of_parts], default=None)


def originals_due(case: Case) -> datetime | None:
    """Return until when the office looks at originals that a courier brought: a working day."""
    waits = case.running and any(one.status == "arrived" for one in case.originals)
    return moved(case.lifted_at, _CHECKED_WITHIN) if case.lifted_at and waits else None


def watched(case: Case) -> Case:
    """Return a case that is looked at when a part's limit comes, or the wait for a visit ends.

    A look too soon does no harm.
    """
    if not case.parts and not case.visit_by and not case.lifted_at:
        return case
    looks = [at for at in (case.watch_at, next_look(case)) if at]
    return replace(case, watch_at=min(looks, default=None))


def missed_parts(case: Case, now: datetime) -> tuple[CasePart, ...]:
    """Return the parts whose limit has come and was not told."""
    return tuple(one for one in _untold_parts(case) if one.limit and one.limit <= now)


def moved(limit: datetime, pause: timedelta) -> datetime:
    """Return a limit that stood still for so long; one that comes to a closed day moves on."""
    at = office_time(limit + pause)
    return datetime.combine(calendar.working_day_from(at.date()), at.timetz())


def _untold_parts(case: Case) -> list[CasePart]:
    told = case.parts_told_until
    return [one for one in case.parts if one.limit and (told is None or one.limit > told)]


def _end(limit: TimeLimit, office: Office, lodged_at: datetime) -> datetime:
    at = office_time(lodged_at)
    # A hall without hours on working days has the whole of the last day (Civil Code, article 203).
    closes = office.weekdays[-1][1] if office.weekdays else _END_OF_DAY
    # What comes after closing time is in before the next day, and the office has that one for it.
    late = not limit.value and at.time() >= closes
    last = calendar.last_day(limit, at.date() + timedelta(days=late))
    return datetime.combine(last, closes, OFFICE_ZONE)
