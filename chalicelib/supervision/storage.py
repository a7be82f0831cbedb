"""The table `supervision`.

| what | pk | sk |
|---|---|---|
| an alert | A#subject | code |

The index `work` holds alerts by hall (`H#office`, `H#*` for those of every hall, or `C#` for those
of none): open red ones, open yellow ones, and behind them those that were cleared, each in the
order of time.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.operand import Path
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.transactions import TransactWrite

from chalicelib.core.clock import rfc3339
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Index, Record, Table, condition_failed
from chalicelib.supervision.domain import Alert, AlertFilter, AlertKind, AlertLevel

_LISTED: Final = (
    "kind", "level", "subject", "office", "raised_at", "last_at", "times", "facts", "cleared_at",
    "cleared_by",
)  # fmt: skip
TABLE: Final = Table("supervision", (Index("work", "work", "work_at", _LISTED),))
# Behind the ranks of open alerts, 0 and 1.
_CLEARED: Final = "2#"
# Lies with the facts, which the index has: `|anna|bob|`, no sign of which is in a user name.
_HIDDEN_FROM: Final = "hidden_from"
_BETWEEN: Final = "|"


class _Work(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "work"
        projection = IncludeProjection(list(_LISTED))

    work = UnicodeAttribute(hash_key=True)
    work_at = UnicodeAttribute(range_key=True)


class _Alert(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region

    kind = UnicodeAttribute()
    level = UnicodeAttribute()
    subject = UnicodeAttribute()
    office = UnicodeAttribute(null=True)
    raised_at = UnicodeAttribute()
    last_at = UnicodeAttribute()
    times = NumberAttribute(default=0)
    facts = JSONAttribute()
    cleared_at = UnicodeAttribute(null=True)
    cleared_by = UnicodeAttribute(null=True)
    work = UnicodeAttribute(null=True)
    work_at = UnicodeAttribute(null=True)
    to_work = _Work()


def raise_alert(alert: Alert) -> None:
    """Keep an alert open; raising it again counts it and opens it anew."""
    _record(alert.subject, alert.code).update(_raising(alert))


def clear_alert(subject: str, code: str, at: datetime, by: str) -> None:
    """Close an alert; one that is not there stays so."""
    try:
        actions = _clearing(subject, code, at, by)
        _record(subject, code).update(actions, condition=_Alert.pk.exists())
    except UpdateError as error:
        condition_failed(error)


def find_alert(subject: str, code: str) -> Alert | None:
    """Return an alert about a thing, open or cleared."""
    return next((alert for alert in alerts_of(subject) if alert.code == code), None)


def alerts_of(subject: str) -> list[Alert]:
    """Return all alerts about a thing, the cleared ones too; one Query."""
    return [_alert(record) for record in _Alert.query(f"A#{subject}")]


def list_alerts(
    staff_id: str, office_id: str | None, wanted: AlertFilter, position: str | None, limit: int
) -> list[tuple[str, Alert]]:
    """Return alerts of a hall (None: of no hall) with their positions; one Query.

    Open ones have the red ones first, and then the oldest; of cleared ones the last is first. Those
    that are hidden from who asks are left out.
    """
    seen: Any = ~Path("facts").contains(f"{_BETWEEN}{staff_id}{_BETWEEN}")
    if wanted.kind:
        seen &= _Alert.kind == wanted.kind
    span = _Work.work_at.between(f"{position or ''}!", _CLEARED)
    if wanted.cleared:
        span = _Work.work_at.between(_CLEARED, position or "~")
    records = _Alert.to_work.query(
        _list_of(office_id),
        span,
        seen,
        scan_index_forward=not wanted.cleared,
        # The span of cleared ones holds its own end, which was seen already.
        limit=limit + (1 if wanted.cleared and position else 0),
    )
    pairs = [(str(record.work_at), _alert(record)) for record in records]
    return [pair for pair in pairs if pair[0] != position][:limit]


def write_raised(write: TransactWrite, alert: Alert) -> None:
    """Raise an alert in another room's transaction."""
    write.update(_record(alert.subject, alert.code), _raising(alert))


def write_cleared(
    write: TransactWrite, subject: str, codes: Iterable[str], at: datetime, by: str
) -> None:
    """Clear alerts about a thing in another room's transaction."""
    for code in sorted(codes):
        write.update(_record(subject, code), _clearing(subject, code, at, by))


def write_moved(write: TransactWrite, subject: str, codes: Iterable[str], office_id: str) -> None:
    """Give alerts about a thing to another hall, in another room's transaction."""
    for code in sorted(codes):
        office, work = _Alert.office.set(office_id), _Alert.work.set(_list_of(office_id))
        write.update(_record(subject, code), [office, work], condition=_Alert.pk.exists())


def _record(subject: str, code: str) -> _Alert:
    return _Alert(f"A#{subject}", code)


def _list_of(office_id: str | None) -> str:
    return f"H#{office_id}" if office_id else "C#"


def _raising(alert: Alert) -> list[Any]:
    rank, last_at = 0 if alert.level == "red" else 1, rfc3339(alert.last_raised_at)
    office = _Alert.office.set(alert.office_id) if alert.office_id else _Alert.office.remove()
    return [
        _Alert.kind.set(alert.kind),
        _Alert.level.set(alert.level),
        _Alert.subject.set(alert.subject),
        office,
        _Alert.raised_at.set(_Alert.raised_at | rfc3339(alert.raised_at)),
        _Alert.last_at.set(last_at),
        _Alert.facts.set(_kept_facts(alert)),
        _Alert.times.add(1),
        _Alert.cleared_at.remove(),
        _Alert.cleared_by.remove(),
        _Alert.work.set(_list_of(alert.office_id)),
        _Alert.work_at.set(f"{rank}#{last_at}#{alert.subject}#{alert.code}"),
    ]


def _clearing(subject: str, code: str, at: datetime, by: str) -> list[Any]:
    moment = rfc3339(at)
    return [
        _Alert.cleared_at.set(moment),
        _Alert.cleared_by.set(by),
        _Alert.work_at.set(f"{_CLEARED}{moment}#{subject}#{code}"),
    ]


def _kept_facts(alert: Alert) -> dict[str, str]:
    if not alert.hidden_from:
        return dict(alert.facts)
    names = _BETWEEN.join(sorted(alert.hidden_from))
    return {**alert.facts, _HIDDEN_FROM: f"{_BETWEEN}{names}{_BETWEEN}"}


def _alert(record: _Alert) -> Alert:
    facts = dict(record.facts)
    hidden_from = facts.pop(_HIDDEN_FROM, "").strip(_BETWEEN)
    return Alert(
        record.subject,
        record.sk,
        cast("AlertKind", record.kind),
        record.office,
        datetime.fromisoformat(record.raised_at),
        cast("AlertLevel", record.level),
        facts,
        datetime.fromisoformat(record.last_at),
        int(record.times),
        datetime.fromisoformat(record.cleared_at) if record.cleared_at else None,
        record.cleared_by,
        frozenset(hidden_from.split(_BETWEEN)) if hidden_from else frozenset(),
    )
