"""Alerts about a case: which there are, and which a change answers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain.case import Case, CasePart
from chalicelib.cases.domain.deadlines import ORIGINALS_UNCHECKED
from chalicelib.core.clock import rfc3339
from chalicelib.supervision.domain import Alert, AlertLevel

# A department has not decided its part in time.
PART_MISSED: Final = "part_missed"
TIME_ALERTS: Final = frozenset({"promise_near", "promise_missed", "law_missed", PART_MISSED})
# What a citizen must correct is told at once; who asks again has not told all.
ASKED_AGAIN: Final = "correction_asked_again"
# A rejected part that is needed waits for the lead.
PART_REJECTED: Final = "part_rejected"
# Who missed the visit has not chosen another in time; the office goes on without.
VISIT_MISSED: Final = "visit_missed"
# What stood for a paper was revoked since; only a supervisor clears it.
CERTIFICATE_REVOKED: Final = "certificate_revoked"
# A person does not agree with what a machine decided; only a supervisor clears it.
MACHINE_DISAGREED: Final = "machine_disagreed"
_BY_HAND: Final = frozenset({CERTIFICATE_REVOKED, MACHINE_DISAGREED})
STANDING_ALERTS: Final = (
    TIME_ALERTS
    | _BY_HAND
    | {
        ASKED_AGAIN,
        ORIGINALS_UNCHECKED,
        PART_REJECTED,
        VISIT_MISSED,
    }
)


def answered(case: Case) -> Case:
    """Drop the alerts that a rightful change answers; standing ones once it is decided."""
    decided = case.decided_at or case.ended
    kept = _BY_HAND if decided else STANDING_ALERTS
    kept = kept if case.late_parts else kept - {PART_MISSED}
    has_arrived = any(one.status == "arrived" for one in case.originals)
    kept = kept if has_arrived else kept - {ORIGINALS_UNCHECKED}
    return replace(case, alerts=case.alerts & kept)


def of_refused_step(case: Case, code: str, facts: Mapping[str, str], now: datetime) -> Alert:
    """Return the alert about a step that was refused."""
    return Alert(case.case_id, code, "order", case.office_id, now, facts=facts)


def with_corrections_again(case: Case, by: str, now: datetime) -> tuple[Case, Alert]:
    """Return a case with the alert about corrections that were asked for again, by whom."""
    marked = replace(case, alerts=case.alerts | {ASKED_AGAIN})
    return marked, of_corrections(case, by, now)


def with_refused_part(case: Case, by: str, now: datetime) -> tuple[Case, Alert]:
    """Return a case with the alert about a rejected part, by whom."""
    marked = replace(case, alerts=case.alerts | {PART_REJECTED})
    alert = Alert(case.case_id, PART_REJECTED, "content", case.office_id, now, facts={"by": by})
    return marked, alert


def with_missed_parts(case: Case, late: Sequence[CasePart]) -> tuple[Case, Alert]:
    """Return a case with the alert about parts that are late, one or more."""
    until = max(one.limit for one in late if one.limit)
    codes = case.alerts | {PART_MISSED}
    facts = {
        "service": case.service_id,
        "receipt": case.receipt_number,
        "parts": " ".join(one.part_id for one in late),
        "departments": " ".join(dict.fromkeys(one.department_id for one in late)),
        "promised_at": rfc3339(until),
    }
    alert = Alert(case.case_id, PART_MISSED, "time_limit", case.office_id, until, facts=facts)
    return replace(case, alerts=codes, parts_told_until=until), alert


def with_unchecked_originals(case: Case, now: datetime) -> tuple[Case, Alert]:
    """Return a case with the alert that originals have come, and nobody looked at them."""
    facts = {"service": case.service_id, "receipt": case.receipt_number}
    code, office_id = ORIGINALS_UNCHECKED, case.office_id
    alert = Alert(case.case_id, code, "time_limit", office_id, now, "yellow", facts)
    return replace(case, alerts=case.alerts | {code}), alert


def with_missed_visit(case: Case, now: datetime) -> tuple[Case, Alert]:
    """Return a case with the alert that nobody came, and no other visit was chosen."""
    facts = {"service": case.service_id, "receipt": case.receipt_number}
    code, office_id = VISIT_MISSED, case.office_id
    alert = Alert(case.case_id, code, "content", office_id, now, "yellow", facts)
    return replace(case, alerts=case.alerts | {code}), alert


def with_disagreement(case: Case, by: str, now: datetime) -> tuple[Case, Alert]:
    """Return a case with the alert that somebody disagrees with a machine's yes."""
    marked = replace(case, alerts=case.alerts | {MACHINE_DISAGREED})
    facts = {"by": by, "receipt": case.receipt_number}
    code, office_id = MACHINE_DISAGREED, case.office_id
    return marked, Alert(case.case_id, code, "content", office_id, now, facts=facts)


def of_corrections(case: Case, staff_id: str, now: datetime) -> Alert:
    """Return the alert about corrections that were asked for again."""
    facts = {"corrections": str(case.corrections), "by": staff_id}
    return Alert(case.case_id, ASKED_AGAIN, "content", case.office_id, now, "yellow", facts)


def of_revoked_certificate(
    case: Case, certificate_id: str, told: Alert | None, now: datetime
) -> Alert | None:
    """Return the alert about a certificate that stood for a paper, and was revoked since.

    `told` is what was raised of others before; None where it has told of this one.
    """
    known = told.facts["certificate"].split() if told else []
    if certificate_id in known:
        return None
    facts = {"certificate": " ".join([*known, certificate_id]), "receipt": case.receipt_number}
    code, office_id = CERTIFICATE_REVOKED, case.office_id
    return Alert(case.case_id, code, "integrity", office_id, now, facts=facts)


def of_time_limit(case: Case, code: str, at: datetime) -> Alert:
    """Return the alert about a time limit that came at a time."""
    level: AlertLevel = "yellow" if code == "promise_near" else "red"
    facts = {
        "service": case.service_id,
        "receipt": case.receipt_number,
        "promised_at": rfc3339(case.promised_at),
        "due_at": rfc3339(case.due_at),
    }
    return Alert(case.case_id, code, "time_limit", case.office_id, at, level, facts)
