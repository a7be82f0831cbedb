"""Alerts, in their own partitions and in a hall's list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, cast

from pynamodb.exceptions import UpdateError
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import Case
from chalicelib.cases.storage._records import AlertRecord, Work
from chalicelib.core.clock import rfc3339
from chalicelib.core.tables import condition_failed

AlertKind = Literal["time_limit", "order", "content", "fee", "integrity"]
AlertLevel = Literal["yellow", "red"]
# Behind the ranks of open alerts, 0 and 1.
_CLEARED: Final = "2#"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a supervisor should see; `code` tells it apart on its subject.

    `cleared_by` is whose act cleared it: the step that answered it, or a supervisor's own.
    """

    subject: str
    code: str
    kind: AlertKind
    level: AlertLevel
    office_id: str
    raised_at: str
    last_at: str
    times: int = 1
    facts: Mapping[str, str] = field(default_factory=dict)
    cleared_at: str | None = None
    cleared_by: str | None = None


def raise_alert(alert: Alert) -> None:
    """Keep an alert open; raising it again counts it and opens it anew."""
    AlertRecord(_alert_pk(alert.subject), alert.code).update(_raising(alert))


def clear_alert(subject: str, code: str, at: datetime, by: str) -> None:
    """Close an alert; one that is not there stays so."""
    try:
        record = AlertRecord(_alert_pk(subject), code)
        actions = _clearing(subject, code, rfc3339(at), by)
        record.update(actions, condition=AlertRecord.pk.exists())
    except UpdateError as error:
        condition_failed(error)


def list_open_alerts(
    office_id: str, kind: str | None, after: str | None, limit: int
) -> list[tuple[str, Alert]]:
    """Return a hall's open alerts with their positions: red first, then the oldest."""
    span = Work.work_at.between(f"{after or ''}!", _CLEARED)
    wanted = AlertRecord.kind == kind if kind else None
    found = AlertRecord.to_work.query(f"alerts#{office_id}", span, wanted, limit=limit)
    return [(str(record.work_at), _alert(record)) for record in found]


def list_cleared_alerts(
    office_id: str, kind: str | None, before: str | None, limit: int
) -> list[tuple[str, Alert]]:
    """Return a hall's cleared alerts with their positions, the last cleared first."""
    span = Work.work_at.between(_CLEARED, before or "~")
    wanted = AlertRecord.kind == kind if kind else None
    key = f"alerts#{office_id}"
    more = 1 if before else 0
    found = AlertRecord.to_work.query(
        key, span, wanted, scan_index_forward=False, limit=limit + more
    )
    pairs = [(str(record.work_at), _alert(record)) for record in found]
    # The span holds its own end, which was seen already.
    return [pair for pair in pairs if pair[0] != before][:limit]


def alerts_of(subject: str) -> list[Alert]:
    """Return all alerts of one thing, the cleared ones too."""
    return [_alert(record) for record in AlertRecord.query(_alert_pk(subject))]


def write_raised(write: TransactWrite, alert: Alert) -> None:
    """Raise an alert in a case's own transaction."""
    write.update(AlertRecord(_alert_pk(alert.subject), alert.code), _raising(alert))


def write_cleared(write: TransactWrite, old: Case, new: Case, at: str, by: str) -> None:
    """Clear in a case's own transaction the alerts that it no longer names."""
    for code in sorted(old.alerts - new.alerts):
        alert = AlertRecord(_alert_pk(new.case_id), code)
        write.update(alert, _clearing(new.case_id, code, at, by))


def _alert_pk(subject: str) -> str:
    return f"A#{subject}"


def _raising(alert: Alert) -> list[Any]:
    rank = 0 if alert.level == "red" else 1
    return [
        AlertRecord.kind.set(alert.kind),
        AlertRecord.level.set(alert.level),
        AlertRecord.subject.set(alert.subject),
        AlertRecord.office.set(alert.office_id),
        AlertRecord.raised_at.set(AlertRecord.raised_at | alert.raised_at),
        AlertRecord.last_at.set(alert.last_at),
        AlertRecord.facts.set(dict(alert.facts)),
        AlertRecord.times.add(1),
        AlertRecord.cleared_at.remove(),
        AlertRecord.cleared_by.remove(),
        AlertRecord.work.set(f"alerts#{alert.office_id}"),
        AlertRecord.work_at.set(f"{rank}#{alert.last_at}#{alert.subject}#{alert.code}"),
    ]


def _clearing(subject: str, code: str, at: str, by: str) -> list[Any]:
    return [
        AlertRecord.cleared_at.set(at),
        AlertRecord.cleared_by.set(by),
        AlertRecord.work_at.set(f"{_CLEARED}{at}#{subject}#{code}"),
    ]


def _alert(record: AlertRecord) -> Alert:
    return Alert(
        record.subject,
        record.sk,
        cast("AlertKind", record.kind),
        cast("AlertLevel", record.level),
        record.office,
        record.raised_at,
        record.last_at,
        int(record.times),
        record.facts,
        record.cleared_at,
        record.cleared_by,
    )
