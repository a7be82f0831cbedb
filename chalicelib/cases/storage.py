"""The table `cases`.

| what | pk | sk |
|---|---|---|
| wrong guesses at a receipt's code | K#number | B#misses |
| the history of a case | K#number | E#seq |
| a case | K#number | case |
| its form, materials and address | K#number | form |
| an event that was noted | K#number | seen#event |
| a citizen's case | C#citizen | K#time#case |
| an alert | A#subject | code |
| wrong guesses of a caller | G#source | misses |
| ratings of a service, by hall | T#service | office |
| ratings of all services, by hall | T#* | office |
| ratings of a hall, by day | O#office | day#service |
| an uploaded file (`uploads.storage`) | U#citizen | upload |

`number` is the plain receipt number, the second part of a case's id: id and receipt both lead to
the partition, and progress is one Query up to `case`. The index `work` holds cases by hall and
status in the order of their time (what is promised while limits run, when it was decided after),
and alerts by hall: open red ones, open yellow ones, and behind them those that were cleared. The
sparse index `watch` holds the cases whose limits are to be looked at, by that time. Neither carries
personal data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, cast

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import QueryError, TransactWriteError, UpdateError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.cases.domain import (
    CITIZEN_ID_LENGTH,
    Body,
    Case,
    Given,
    PaymentStatus,
    Status,
)
from chalicelib.cases.uploads import storage as uploads
from chalicelib.core.clock import rfc3339
from chalicelib.core.history import Entry, Head
from chalicelib.core.idempotency import Applied
from chalicelib.core.money import Money
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import (
    EntryRecord,
    Index,
    Record,
    Table,
    condition_failed,
    failed_conditions,
    raise_on,
    transaction,
)

_LISTED: Final = (
    "service", "office", "status", "lodged", "promised", "due", "decided", "claimed", "score",
    "kind", "level", "subject", "raised_at", "last_at", "times", "facts", "cleared_at",
    "cleared_by",
)  # fmt: skip
TABLE: Final = Table(
    "cases",
    (Index("work", "work", "work_at", _LISTED), Index("watch", "watch", "watch_at")),
    numbers=frozenset({"watch_at"}),
)
WATCH_BUCKETS: Final = 4
AlertKind = Literal["time_limit", "order", "content", "fee", "integrity"]
AlertLevel = Literal["yellow", "red"]
_STATE: Final = "case"
_BODY: Final = "form"
_MISSES: Final = "B#misses"
_WATCH: Final = "system:watch_deadlines"
# Behind the ranks of open alerts, 0 and 1.
_CLEARED: Final = "2#"
# No service has this id.
_ALL: Final = "*"


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Work(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "work"
        projection = IncludeProjection(list(_LISTED))

    work = UnicodeAttribute(hash_key=True)
    work_at = UnicodeAttribute(range_key=True)


class _Watch(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "watch"
        projection = KeysOnlyProjection()

    watch = UnicodeAttribute(hash_key=True)
    watch_at = NumberAttribute(range_key=True)


class _Case(_Kept):
    case = UnicodeAttribute()
    person = UnicodeAttribute()
    service = UnicodeAttribute()
    office = UnicodeAttribute()
    status = UnicodeAttribute()
    lodged = NumberAttribute()
    promised = NumberAttribute()
    due = NumberAttribute()
    member = UnicodeAttribute(null=True)
    fee = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    payment = UnicodeAttribute()
    payment_seen = UnicodeAttribute(null=True)
    delivery = UnicodeAttribute(null=True)
    delivery_status = UnicodeAttribute(null=True)
    delivery_seen = UnicodeAttribute(null=True)
    paused = NumberAttribute(null=True)
    paused_at = NumberAttribute(null=True)
    corrections = NumberAttribute(null=True)
    decided = NumberAttribute(null=True)
    claimed = UnicodeAttribute(null=True)
    score = NumberAttribute(null=True)
    alerted = NumberAttribute(null=True)
    alerts = UnicodeSetAttribute(null=True)
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()
    work = UnicodeAttribute(null=True)
    work_at = UnicodeAttribute(null=True)
    watch = UnicodeAttribute(null=True)
    watch_at = NumberAttribute(null=True)
    to_work = _Work()
    to_watch = _Watch()


class _Body(_Kept):
    form = UnicodeAttribute(null=True)
    materials = JSONAttribute()
    delivery = UnicodeAttribute(null=True)


class _Entry(EntryRecord):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _Part(_Kept):
    """Any item of a case's partition, read as what it is."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        kinds = {_STATE: _Case, _BODY: _Body, _MISSES: _Misses}
        return kinds.get(data["sk"]["S"], _Entry).from_raw_data(data)


class _Seen(_Kept):
    pass


class _Mine(_Kept):
    case = UnicodeAttribute()


class _Misses(_Kept):
    window = NumberAttribute()
    misses = NumberAttribute(default=0)
    tidy_at = NumberAttribute()


class _Ratings(_Kept):
    number = NumberAttribute(default=0)
    total = NumberAttribute(default=0)


class _Alert(_Kept):
    kind = UnicodeAttribute()
    level = UnicodeAttribute()
    subject = UnicodeAttribute()
    office = UnicodeAttribute()
    raised_at = UnicodeAttribute()
    last_at = UnicodeAttribute()
    times = NumberAttribute(default=0)
    facts = JSONAttribute()
    cleared_at = UnicodeAttribute(null=True)
    cleared_by = UnicodeAttribute(null=True)
    work = UnicodeAttribute(null=True)
    work_at = UnicodeAttribute(null=True)
    to_work = _Work()


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a case: its state, what was applied for, and its history."""

    case: Case
    body: Body
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A case as the work list shows it."""

    case_id: str
    service_id: str
    office_id: str
    status: Status
    lodged_at: datetime
    promised_at: datetime
    due_at: datetime
    decided_at: datetime | None
    claimed_by: str | None
    score: int | None
    position: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rated, and the sum of their scores."""

    number: int
    total: int


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


@dataclass(frozen=True, slots=True)
class Looked:
    """What a receipt's look-up found: a case with its history, and its wrong guesses so far."""

    case: Case | None
    entries: tuple[Entry, ...]
    window: int
    misses: int


def load(case_id: str) -> Case | None:
    """Return a case without its body."""
    try:
        found = _Case.get(_pk(case_id), _STATE, consistent_read=True)
    except _Case.DoesNotExist:
        return None
    return _case(found) if found.case == case_id else None


def load_with_body(case_id: str) -> tuple[Case, Body] | None:
    """Return a case with what was applied for; `wanted_delivery` is filled."""
    found = _Part.query(_pk(case_id), _Part.sk.between(_STATE, _BODY), consistent_read=True)
    whole = _whole(case_id, found)
    return (whole.case, whole.body) if whole else None


def load_whole(case_id: str) -> Whole | None:
    """Return all of a case, in one Query."""
    return _whole(case_id, _Part.query(_pk(case_id), _Part.sk <= _BODY, consistent_read=True))


def load_entries(case_id: str) -> list[Entry]:
    """Return the history of a case."""
    found = _Entry.query(_pk(case_id), _Entry.sk.startswith("E#"), consistent_read=True)
    return [record.to_entry() for record in found]


def load_progress(number: str) -> Looked:
    """Return what a receipt's partition holds but the body, in one Query."""
    found: list[Any] = list(_Part.query(f"K#{number}", _Part.sk <= _STATE))
    cases = [_case(record) for record in found if isinstance(record, _Case)]
    entries = tuple(record.to_entry() for record in found if isinstance(record, _Entry))
    for record in found:
        if isinstance(record, _Misses):
            window, misses = int(record.window), int(record.misses)
            return Looked(next(iter(cases), None), entries, window, misses)
    return Looked(next(iter(cases), None), entries, 0, 0)


def list_of(citizen_id: str, position: str | None, limit: int) -> Page[str]:
    """Return the ids of a citizen's cases, newest first."""
    pk, mine = f"C#{citizen_id}", _Mine.sk
    below = mine < position if position else mine.startswith("K#")
    found = list(_Mine.query(pk, below, scan_index_forward=False, limit=limit + 1))
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(record.case for record in found[:limit]), more)


def list_work(  # noqa: PLR0913 - a list is cut by these.
    office_id: str,
    status: Status,
    first: datetime | None,
    last: datetime | None,
    after: str | None,
    limit: int | None,
) -> list[Listed]:
    """Return a hall's cases of a status by their time, from `first` up to before `last`; one Query.

    `after` is the position of the last one seen.
    """
    lowest = f"{after}!" if after else _seconds(first) if first else "!"
    span = _Work.work_at.between(lowest, _seconds(last) if last else "~")
    found = _Case.to_work.query(f"{office_id}#{status.value}", span, limit=limit)
    return [_listed(record) for record in found]


def list_decided(office_id: str, status: Status, after: str | None, limit: int) -> list[Listed]:
    """Return a hall's cases of a status whose limits no longer run, the last decided first."""
    below = _Work.work_at < after if after else None
    key = f"{office_id}#{status.value}"
    found = _Case.to_work.query(key, below, scan_index_forward=False, limit=limit)
    return [_listed(record) for record in found]


def list_to_watch(now: datetime) -> list[str]:
    """Return the ids of the cases whose limits are to be looked at."""
    found: list[str] = []
    for bucket in range(WATCH_BUCKETS):
        due = _Watch.watch_at <= int(now.timestamp())
        found += [record.pk[2:] for record in _Case.to_watch.query(str(bucket), due)]
    return found


def load_by_number(number: str) -> Case | None:
    """Return the case of a plain receipt number."""
    try:
        return _case(_Case.get(f"K#{number}", _STATE, consistent_read=True))
    except _Case.DoesNotExist:
        return None


def create(case: Case, body: Body, entry: Entry) -> bool:
    """Keep a new case, all or nothing; False when its number is taken."""
    mine = _Mine(
        f"C#{case.citizen_id}", f"K#{_seconds(case.lodged_at)}#{case.case_id}", case=case.case_id
    )
    try:
        with transaction() as write:
            write.save(_record(case), condition=_Case.pk.does_not_exist())
            write.save(_body_record(case.case_id, body))
            write.save(_entry(case.case_id, entry))
            write.save(mine)
            uploads.write_given(write, case, body.materials, case.lodged_at)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def store_change(  # noqa: PLR0913 - what a change may carry.
    old: Case,
    new: Case,
    entries: Sequence[Entry],
    *,
    body: Body | None = None,
    given: Sequence[Given] = (),
    event_id: str | None = None,
    rated_on: str | None = None,
    alert: Alert | None = None,
) -> bool:
    """Keep the next version with its entries; False when the old one is not what is there.

    `body` replaces what was applied for, `given` are the materials new in it; `event_id` marks an
    event as noted; `rated_on` is the day (YYYYMMDD) on which the new score is counted; `alert` is
    raised with it. Alerts that the new version no longer names are cleared.
    """
    try:
        with transaction() as write:
            write.save(_record(new), condition=_is_still(old))
            for entry in entries:
                write.save(_entry(new.case_id, entry))
            if body:
                write.save(_body_record(new.case_id, body))
                given_at = datetime.fromisoformat(entries[0].at)
                uploads.write_given(write, new, given, given_at)
            if event_id:
                seen = _Seen(_pk(new.case_id), f"seen#{event_id}")
                write.save(seen, condition=_Seen.pk.does_not_exist())
            if rated_on and new.score:
                for pk, sk in _rating_keys(new, rated_on):
                    counted: list[Any] = [_Ratings.number.add(1), _Ratings.total.add(new.score)]
                    write.update(_Ratings(pk, sk), counted)
            if alert:
                write.update(_Alert(_alert_pk(alert.subject), alert.code), _raising(alert))
            last = entries[-1]
            _write_cleared(write, old, new, last.at, last.actor)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def was_noted(case_id: str, event_id: str) -> bool:
    """Tell whether an event was noted in a case."""
    try:
        _Seen.get(_pk(case_id), f"seen#{event_id}", consistent_read=True)
    except _Seen.DoesNotExist:
        return False
    return True


def store_watch(
    old: Case, new: Case, at: datetime, alert: Alert | None = None, *, by: str = _WATCH
) -> bool:
    """Keep what `new` says of looks and alerts, which is no new version; False as store_change.

    `alert` is raised with it; alerts that `new` no longer names are cleared, `by` whom.
    """
    try:
        with transaction() as write:
            write.save(_record(new), condition=_is_still(old))
            if alert:
                write.update(_Alert(_alert_pk(alert.subject), alert.code), _raising(alert))
            _write_cleared(write, old, new, rfc3339(at), by)
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def raise_alert(alert: Alert) -> None:
    """Keep an alert open; raising it again counts it and opens it anew."""
    _Alert(_alert_pk(alert.subject), alert.code).update(_raising(alert))


def clear_alert(subject: str, code: str, at: datetime, by: str) -> None:
    """Close an alert; one that is not there stays so."""
    try:
        record = _Alert(_alert_pk(subject), code)
        actions = _clearing(subject, code, rfc3339(at), by)
        record.update(actions, condition=_Alert.pk.exists())
    except UpdateError as error:
        condition_failed(error)


def list_open_alerts(
    office_id: str, kind: str | None, after: str | None, limit: int
) -> list[tuple[str, Alert]]:
    """Return a hall's open alerts with their positions: red first, then the oldest."""
    span = _Work.work_at.between(f"{after or ''}!", _CLEARED)
    wanted = _Alert.kind == kind if kind else None
    found = _Alert.to_work.query(f"alerts#{office_id}", span, wanted, limit=limit)
    return [(str(record.work_at), _alert(record)) for record in found]


def list_cleared_alerts(
    office_id: str, kind: str | None, before: str | None, limit: int
) -> list[tuple[str, Alert]]:
    """Return a hall's cleared alerts with their positions, the last cleared first."""
    span = _Work.work_at.between(_CLEARED, before or "~")
    wanted = _Alert.kind == kind if kind else None
    key = f"alerts#{office_id}"
    more = 1 if before else 0
    found = _Alert.to_work.query(key, span, wanted, scan_index_forward=False, limit=limit + more)
    pairs = [(str(record.work_at), _alert(record)) for record in found]
    # The span holds its own end, which was seen already.
    return [pair for pair in pairs if pair[0] != before][:limit]


def alerts_of(subject: str) -> list[Alert]:
    """Return all alerts of one thing, the cleared ones too."""
    return [_alert(record) for record in _Alert.query(_alert_pk(subject))]


def count_miss(number: str, window: int, tidy_at: datetime) -> int:
    """Count a wrong guess at a receipt; return how many there are in this window."""
    return _count(f"K#{number}", _MISSES, window, tidy_at)


def count_miss_of(source: str, window: int, tidy_at: datetime) -> int:
    """Count a wrong guess of a caller; return how many there are in this window."""
    return _count(f"G#{source}", "misses", window, tidy_at)


def ratings_of(service_id: str | None) -> dict[str, Tally]:
    """Return the ratings of a service, or of all, by hall; raises TryAgain."""
    try:
        found = list(_Ratings.query(f"T#{service_id or _ALL}"))
    except QueryError as error:
        raise_on(error)
        return {}
    return {record.sk: Tally(int(record.number), int(record.total)) for record in found}


def ratings_between(office_id: str, first: str, last: str) -> list[tuple[str, str, Tally]]:
    """Return a hall's ratings as (day, service, tally), for days written YYYYMMDD."""
    found = _Ratings.query(f"O#{office_id}", _Ratings.sk.between(first, f"{last}~"))
    return [(*_pair(record.sk), Tally(int(record.number), int(record.total))) for record in found]


def forget_body(case_id: str) -> None:
    """Drop what is sealed of a case, for ever; again is the same."""
    try:
        gone: list[Any] = [_Body.form.remove(), _Body.delivery.remove()]
        _Body(_pk(case_id), _BODY).update(gone, condition=_Body.pk.exists())
    except UpdateError as error:
        condition_failed(error)


def _count(pk: str, sk: str, window: int, tidy_at: datetime) -> int:
    record, tidy = _Misses(pk, sk), _Misses.tidy_at.set(int(tidy_at.timestamp()))
    try:
        record.update([_Misses.misses.add(1), tidy], condition=_Misses.window == window)
    except UpdateError as error:
        condition_failed(error)
        actions: list[Any] = [_Misses.misses.set(1), _Misses.window.set(window), tidy]
        record.update(actions)
    return int(record.misses)


def _is_still(old: Case) -> Any:
    is_same_version = _Case.version == old.version
    has_same_alerts = (
        _Case.alerts == set(old.alerts) if old.alerts else _Case.alerts.does_not_exist()
    )
    has_same_look = (
        _Case.watch_at == int(old.watch_at.timestamp())
        if old.watch_at
        else _Case.watch_at.does_not_exist()
    )
    return is_same_version & has_same_alerts & has_same_look


def _number(case_id: str) -> str:
    return case_id[CITIZEN_ID_LENGTH:]


def _pk(case_id: str) -> str:
    return f"K#{_number(case_id)}"


def _alert_pk(subject: str) -> str:
    return f"A#{subject}"


def _rating_keys(case: Case, day: str) -> list[tuple[str, str]]:
    return [
        (f"T#{case.service_id}", case.office_id),
        (f"T#{_ALL}", case.office_id),
        (f"O#{case.office_id}", f"{day}#{case.service_id}"),
    ]


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition("#")
    return first, second


def _raising(alert: Alert) -> list[Any]:
    rank = 0 if alert.level == "red" else 1
    return [
        _Alert.kind.set(alert.kind),
        _Alert.level.set(alert.level),
        _Alert.subject.set(alert.subject),
        _Alert.office.set(alert.office_id),
        _Alert.raised_at.set(_Alert.raised_at | alert.raised_at),
        _Alert.last_at.set(alert.last_at),
        _Alert.facts.set(dict(alert.facts)),
        _Alert.times.add(1),
        _Alert.cleared_at.remove(),
        _Alert.cleared_by.remove(),
        _Alert.work.set(f"alerts#{alert.office_id}"),
        _Alert.work_at.set(f"{rank}#{alert.last_at}#{alert.subject}#{alert.code}"),
    ]


def _write_cleared(write: TransactWrite, old: Case, new: Case, at: str, by: str) -> None:
    for code in sorted(old.alerts - new.alerts):
        alert = _Alert(_alert_pk(new.case_id), code)
        write.update(alert, _clearing(new.case_id, code, at, by))


def _clearing(subject: str, code: str, at: str, by: str) -> list[Any]:
    return [
        _Alert.cleared_at.set(at),
        _Alert.cleared_by.set(by),
        _Alert.work_at.set(f"{_CLEARED}{at}#{subject}#{code}"),
    ]


def _alert(record: _Alert) -> Alert:
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


def _entry(case_id: str, entry: Entry) -> _Entry:
    return _Entry(_pk(case_id), f"E#{entry.seq:06}", **EntryRecord.keys_of(entry))


def _body_record(case_id: str, body: Body) -> _Body:
    return _Body(
        _pk(case_id),
        _BODY,
        form=body.form,
        materials=[[given.material_id, given.upload_id] for given in body.materials],
        delivery=body.delivery,
    )


def _whole(case_id: str, found: Iterable[Any]) -> Whole | None:
    case, body, entries = None, Body(None), []
    for record in found:
        if isinstance(record, _Case):
            case = _case(record)
        elif isinstance(record, _Body):
            given = tuple(Given(*pair) for pair in record.materials)
            body = Body(record.form, given, record.delivery)
        elif isinstance(record, _Entry):
            entries.append(record.to_entry())
    if case is None or case.case_id != case_id:
        return None
    return Whole(replace(case, wanted_delivery=body.delivery), body, tuple(entries))


def _seconds(moment: datetime) -> str:
    return f"{int(moment.timestamp()):010}"


def _epoch(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds is not None else None


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _record(case: Case) -> _Case:
    listed_at = case.promised_at if case.running else case.decided_at or case.paused_at
    record = _Case(
        _pk(case.case_id),
        _STATE,
        case=case.case_id,
        person=case.person,
        service=case.service_id,
        office=case.office_id,
        status=case.status.value,
        lodged=_epoch(case.lodged_at),
        promised=_epoch(case.promised_at),
        due=_epoch(case.due_at),
        member=case.for_member,
        fee=case.fee.cents if case.fee else None,
        currency=case.fee.currency if case.fee else None,
        payment=case.payment_status,
        payment_seen=case.payment_seen,
        delivery=case.delivery_id,
        delivery_status=case.delivery_status,
        delivery_seen=case.delivery_seen,
        paused=int(case.paused.total_seconds()) or None,
        paused_at=_epoch(case.paused_at),
        corrections=case.corrections or None,
        decided=_epoch(case.decided_at),
        claimed=case.claimed_by,
        score=case.score,
        alerted=case.alerted or None,
        alerts=set(case.alerts) or None,
        version=case.version,
        hash=case.head.hash,
        ledger=[[a.key, a.fingerprint, a.at] for a in case.ledger],
        work=f"{case.office_id}#{case.status.value}",
        work_at=f"{_seconds(listed_at or case.lodged_at)}#{case.case_id}",
    )
    if case.watch_at:
        record.watch = str(sum(case.number.encode()) % WATCH_BUCKETS)
        record.watch_at = _epoch(case.watch_at)
    return record


def _case(record: _Case) -> Case:
    version = int(record.version)
    fee = record.fee
    return Case(
        record.case,
        record.person,
        record.service,
        record.office,
        Status(record.status),
        _when(record.lodged),
        _when(record.promised),
        _when(record.due),
        record.member,
        Money(int(fee), record.currency or "cny") if fee is not None else None,
        cast("PaymentStatus", record.payment),
        record.payment_seen,
        record.delivery,
        record.delivery_status,
        record.delivery_seen,
        timedelta(seconds=int(record.paused or 0)),
        _moment(record.paused_at),
        int(record.corrections or 0),
        _moment(record.decided),
        record.claimed,
        int(record.score) if record.score else None,
        _moment(record.watch_at),
        int(record.alerted or 0),
        frozenset(record.alerts or ()),
        version,
        Head(version, record.hash),
        tuple(Applied(*applied) for applied in record.ledger),
    )


def _listed(record: _Case) -> Listed:
    position = str(record.work_at)
    return Listed(
        _pair(position)[1],
        record.service,
        record.office,
        Status(record.status),
        _when(record.lodged),
        _when(record.promised),
        _when(record.due),
        _moment(record.decided),
        record.claimed,
        int(record.score) if record.score else None,
        position,
    )
