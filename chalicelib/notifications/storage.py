"""The table `notifications`.

| what | pk | sk |
|---|---|---|
| a notice | C#citizen | N#notification |
| the consents of a subscription | C#citizen | S#subscription |
| a reminder to be sent | C#citizen | R#appointment#reminder |
| a platform's access token | T#platform | token |

A notice's id begins with the time of its event, so the inbox is the citizen's partition read
backwards. The sparse index `due` holds reminders by the time when they are due, in a few buckets;
a reminder that is done is deleted. Nothing here is a history: what happened stands with the things
that the notices tell of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_args

from pynamodb.attributes import (
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.attributes import (
    bucket,
    ledger_of,
    moment,
    optional_moment,
    optional_seconds,
    read_ledger,
    seconds,
)
from chalicelib.core.idempotency import Ledger
from chalicelib.core.pagination import Page
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Index, Record, Table, condition_failed
from chalicelib.notifications.domain import KEPT_FOR, Due, Notice, Outer, Reminder

TABLE: Final = Table(
    "notifications", (Index("due", "bucket", "due_at"),), numbers=frozenset({"due_at"})
)
BUCKETS: Final = 4


class _Kept(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    bucket = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class _Notice(_Kept):
    event = UnicodeAttribute()
    event_id = UnicodeAttribute()
    template_version = NumberAttribute()
    subject = UnicodeAttribute()
    facts = JSONAttribute()
    created = NumberAttribute()
    read = NumberAttribute(null=True)
    outer = UnicodeAttribute()
    lease = NumberAttribute(null=True)
    tidy_at = NumberAttribute()


class _Consents(_Kept):
    remaining = NumberAttribute()
    version = NumberAttribute()
    ledger = JSONAttribute()
    # The notices for which a consent was taken and whose message is on its way.
    held = UnicodeSetAttribute(null=True)


class _Reminder(_Kept):
    bucket = UnicodeAttribute()
    due_at = NumberAttribute()
    version = NumberAttribute()
    tidy_at = NumberAttribute()
    to_send = _DueIndex()


class _Token(_Kept):
    sealed = UnicodeAttribute(null=True)
    key = UnicodeAttribute(null=True)
    serial = NumberAttribute(default=0)
    expires = NumberAttribute(default=0)
    renewing = NumberAttribute(default=0)


@dataclass(frozen=True, slots=True)
class Consents:
    """How many messages of a subscription may be sent, and the attempts that added some."""

    remaining: int = 0
    version: int = 0
    ledger: Ledger = ()
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Token:
    """A platform's access token, sealed under a key that is kept wrapped beside it."""

    sealed: str
    wrapped_key: str
    serial: int
    expires_at: datetime


def add_notice(notice: Notice) -> bool:
    """Keep a new notice; False when the same event made it before."""
    try:
        _record(notice).save(condition=_Notice.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return False
    return True


def load_notice(citizen_id: str, notification_id: str) -> Notice | None:
    """Return a citizen's notice."""
    try:
        record = _Notice.get(f"C#{citizen_id}", f"N#{notification_id}", consistent_read=True)
    except _Notice.DoesNotExist:
        return None
    return _notice(record)


def list_notices(citizen_id: str, position: str | None, limit: int) -> Page[Notice]:
    """Return a citizen's notices, newest first."""
    condition = _Notice.sk.between("N#", position or "N$")
    found = list(
        _Notice.query(f"C#{citizen_id}", condition, scan_index_forward=False, limit=limit + 2)
    )
    found = [record for record in found if record.sk != position][: limit + 1]
    more = found[limit - 1].sk if len(found) > limit else None
    return Page(tuple(_notice(record) for record in found[:limit]), more)


def mark_read(citizen_id: str, notification_id: str, now: datetime) -> Notice | None:
    """Note when a notice was first read and return it; None when there is none."""
    record = _Notice(f"C#{citizen_id}", f"N#{notification_id}")
    try:
        record.update(
            [_Notice.read.set(_Notice.read | seconds(now))], condition=_Notice.pk.exists()
        )
    except UpdateError as error:
        condition_failed(error)
        return None
    return _notice(record)


def claim(notice: Notice, until: datetime) -> bool:
    """Take over the sending of a notice whose lease was seen to be over; False when lost."""
    is_due = _Notice.outer == Outer.DUE.value
    lease = notice.lease_until
    as_seen = _Notice.lease == seconds(lease) if lease else _Notice.lease.does_not_exist()
    return _update(notice, [_Notice.lease.set(seconds(until))], is_due & as_seen)


def release(notice: Notice) -> None:
    """Give the lease back, so that the next attempt need not wait for its end."""
    assert notice.lease_until  # noqa: S101 - only who holds a lease gives it back.
    as_held = _Notice.lease == seconds(notice.lease_until)
    is_due = _Notice.outer == Outer.DUE.value
    _update(notice, [_Notice.lease.remove()], is_due & as_held)


def settle(notice: Notice, outer: Outer) -> None:
    """Note what became of a notice outside; what is settled stays."""
    is_due = _Notice.outer == Outer.DUE.value
    _update(notice, [_Notice.outer.set(outer.value), _Notice.lease.remove()], is_due)


def load_consents(citizen_id: str, subscription: str) -> Consents:
    """Return the consents that are left."""
    try:
        record = _Consents.get(f"C#{citizen_id}", f"S#{subscription}", consistent_read=True)
    except _Consents.DoesNotExist:
        return Consents()
    return _consents(record)


def list_consents(citizen_id: str) -> Mapping[str, Consents]:
    """Return a citizen's consents by subscription."""
    found = _Consents.query(f"C#{citizen_id}", _Consents.sk.startswith("S#"), consistent_read=True)
    return {record.sk[2:]: _consents(record) for record in found}


def add_consents(
    citizen_id: str, subscription: str, old: Consents, count: int, ledger: Ledger
) -> bool:
    """Set the number of consents; False when it changed since `old` was read."""
    if old.version:
        as_seen = (_Consents.version == old.version) & (_Consents.remaining == old.remaining)
    else:
        as_seen = _Consents.pk.does_not_exist()
    record = _Consents(f"C#{citizen_id}", f"S#{subscription}")
    actions: list[Action] = [
        _Consents.remaining.set(count),
        _Consents.version.set(old.version + 1),
        _Consents.ledger.set(ledger_of(ledger)),
    ]
    try:
        record.update(actions, condition=as_seen)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def take_consent(citizen_id: str, subscription: str, notification_id: str) -> bool:
    """Take one consent for a notice; taking it again is the same. False when none is left."""
    not_mine_yet = _Consents.held.does_not_exist() | ~_Consents.held.contains(notification_id)
    record = _Consents(f"C#{citizen_id}", f"S#{subscription}")
    actions: list[Action] = [_Consents.remaining.add(-1), _Consents.held.add({notification_id})]
    try:
        record.update(actions, condition=(_Consents.remaining >= 1) & not_mine_yet)
    except UpdateError as error:
        condition_failed(error)
        return notification_id in load_consents(citizen_id, subscription).held
    return True


def use_consent(citizen_id: str, subscription: str, notification_id: str) -> None:
    """Note that a taken consent was used; doing it twice is the same."""
    _let_go(citizen_id, subscription, notification_id, [])


def return_consent(citizen_id: str, subscription: str, notification_id: str) -> None:
    """Give back a taken consent that was not used; doing it twice is the same."""
    _let_go(citizen_id, subscription, notification_id, [_Consents.remaining.add(1)])


def clear_consents(citizen_id: str, subscription: str, notification_id: str) -> None:
    """Note that the platform knows of no consent."""
    _let_go(citizen_id, subscription, notification_id, [_Consents.remaining.set(0)])


def plan_reminder(due: Due, version: int, tidy_at: datetime) -> None:
    """Keep when a reminder is due, unless a later version of the appointment said so already."""
    record = _Reminder(
        *_reminder_keys(due),
        bucket=_bucket(due.appointment_id),
        due_at=seconds(due.due_at),
        version=version,
        tidy_at=seconds(tidy_at),
    )
    is_news = _Reminder.pk.does_not_exist() | (_Reminder.version < version)
    try:
        record.save(condition=is_news)
    except PutError as error:
        condition_failed(error)


def forget_reminder(due: Due) -> None:
    """Take a reminder out that is done, unless it was planned anew since."""
    as_seen = _Reminder.due_at == seconds(due.due_at)
    try:
        _Reminder(*_reminder_keys(due)).delete(condition=as_seen)
    except DeleteError as error:
        condition_failed(error)


def list_due(now: datetime, limit: int) -> Iterator[Due]:
    """Return reminders that are due, the oldest of each bucket first."""
    for number in range(BUCKETS):
        found = _Reminder.to_send.query(
            f"due#{number}", _Reminder.due_at <= seconds(now), limit=limit
        )
        for record in found:
            _, appointment_id, reminder = record.sk.split("#")
            if reminder in get_args(Reminder):
                yield Due(record.pk[2:], appointment_id, reminder, moment(record.due_at))


def load_token(platform: str) -> Token | None:
    """Return a platform's access token, which may be over."""
    for record in _token(platform):
        if record.sealed and record.key:
            serial, expires_at = int(record.serial), moment(record.expires)
            return Token(record.sealed, record.key, serial, expires_at)
    return None


def claim_renewal(platform: str, serial: int, now: datetime, until: datetime) -> bool:
    """Become the one who renews the token after `serial`; False when another is or has."""
    is_still_that = _Token.serial.does_not_exist() | (_Token.serial == serial)
    nobody_does = _Token.renewing.does_not_exist() | (_Token.renewing <= seconds(now))
    try:
        _Token(f"T#{platform}", "token").update(
            [_Token.serial.set(serial), _Token.renewing.set(seconds(until))],
            condition=is_still_that & nobody_does,
        )
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def store_token(platform: str, token: Token) -> None:
    """Keep a renewed token."""
    _Token(
        f"T#{platform}",
        "token",
        sealed=token.sealed,
        key=token.wrapped_key,
        serial=token.serial,
        expires=seconds(token.expires_at),
        renewing=0,
    ).save()


def end_renewal(platform: str, serial: int) -> None:
    """Let another try at once to renew the token after `serial`."""
    try:
        _Token(f"T#{platform}", "token").update(
            [_Token.renewing.set(0)], condition=_Token.serial == serial
        )
    except UpdateError as error:
        condition_failed(error)


def erase(citizen_id: str) -> None:
    """Remove all that is kept about a citizen."""
    keys = [(r.pk, r.sk) for r in _Kept.query(f"C#{citizen_id}", consistent_read=True)]
    with _Kept.batch_write() as batch:
        for pk, sk in keys:
            batch.delete(_Kept(pk, sk))


def _token(platform: str) -> Sequence[_Token]:
    try:
        return [_Token.get(f"T#{platform}", "token", consistent_read=True)]
    except _Token.DoesNotExist:
        return []


def _update(notice: Notice, actions: list[Action], condition: Any) -> bool:
    record = _Notice(f"C#{notice.citizen_id}", f"N#{notice.notification_id}")
    try:
        record.update(actions, condition=condition)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def _let_go(
    citizen_id: str, subscription: str, notification_id: str, actions: list[Action]
) -> None:
    record = _Consents(f"C#{citizen_id}", f"S#{subscription}")
    try:
        record.update(
            [_Consents.held.delete({notification_id}), *actions],
            condition=_Consents.held.contains(notification_id),
        )
    except UpdateError as error:
        condition_failed(error)


def _reminder_keys(due: Due) -> tuple[str, str]:
    return f"C#{due.citizen_id}", f"R#{due.appointment_id}#{due.reminder}"


def _bucket(appointment_id: str) -> str:
    return f"due#{bucket(appointment_id, BUCKETS)}"


def _consents(record: _Consents) -> Consents:
    ledger, held = read_ledger(record.ledger), frozenset(record.held or ())
    return Consents(int(record.remaining), int(record.version), ledger, held)


def _record(notice: Notice) -> _Notice:
    return _Notice(
        f"C#{notice.citizen_id}",
        f"N#{notice.notification_id}",
        event=notice.event,
        event_id=notice.event_id,
        template_version=notice.template_version,
        subject=notice.subject_id,
        facts=dict(notice.facts),
        created=seconds(notice.created_at),
        outer=notice.outer.value,
        lease=optional_seconds(notice.lease_until),
        tidy_at=seconds(notice.created_at + KEPT_FOR),
    )


def _notice(record: _Notice) -> Notice:
    return Notice(
        record.sk[2:],
        record.pk[2:],
        record.event,
        record.event_id,
        int(record.template_version),
        record.subject,
        record.facts,
        moment(record.created),
        optional_moment(record.read),
        Outer(record.outer),
        optional_moment(record.lease),
    )
