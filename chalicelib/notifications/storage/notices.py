"""Notices: the inbox, and what became of each outside."""

from datetime import datetime
from typing import Any

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.attributes import moment, optional_moment, optional_seconds, seconds
from chalicelib.core.pagination import Page
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.domain import KEPT_FOR, Notice, PushState
from chalicelib.notifications.storage._records import NoticeRecord


def add_notice(notice: Notice) -> bool:
    """Keep a new notice; False when the same event made it before."""
    try:
        notice_record(notice).save(condition=NoticeRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return False
    return True


def load_notice(citizen_id: str, notification_id: str) -> Notice | None:
    """Return a citizen's notice."""
    try:
        record = NoticeRecord.get(f"C#{citizen_id}", f"N#{notification_id}", consistent_read=True)
    except NoticeRecord.DoesNotExist:
        return None
    return _notice(record)


def list_notices(citizen_id: str, position: str | None, limit: int) -> Page[Notice]:
    """Return a citizen's notices, newest first."""
    condition = NoticeRecord.sk.between("N#", position or "N$")
    records = list(
        NoticeRecord.query(f"C#{citizen_id}", condition, scan_index_forward=False, limit=limit + 2)
    )
    records = [record for record in records if record.sk != position][: limit + 1]
    more = records[limit - 1].sk if len(records) > limit else None
    return Page(tuple(_notice(record) for record in records[:limit]), more)


def mark_read(citizen_id: str, notification_id: str, now: datetime) -> Notice | None:
    """Note when a notice was first read and return it; None when there is none."""
    record = NoticeRecord(f"C#{citizen_id}", f"N#{notification_id}")
    try:
        record.update(
            [NoticeRecord.read.set(NoticeRecord.read | seconds(now))],
            condition=NoticeRecord.pk.exists(),
        )
    except UpdateError as error:
        condition_failed(error)
        return None
    return _notice(record)


def claim(notice: Notice, until: datetime) -> bool:
    """Take over the sending of a notice whose lease was seen to be over; False when lost."""
    is_due = NoticeRecord.push_state == PushState.DUE.value
    lease = notice.lease_until
    as_seen = NoticeRecord.lease == seconds(lease) if lease else NoticeRecord.lease.does_not_exist()
    return _update(notice, [NoticeRecord.lease.set(seconds(until))], is_due & as_seen)


def release(notice: Notice) -> None:
    """Give the lease back, so that the next attempt need not wait for its end."""
    assert notice.lease_until  # noqa: S101 - only who holds a lease gives it back.
    as_leased = NoticeRecord.lease == seconds(notice.lease_until)
    is_due = NoticeRecord.push_state == PushState.DUE.value
    _update(notice, [NoticeRecord.lease.remove()], is_due & as_leased)


def settle(notice: Notice, push_state: PushState) -> None:
    """Note what became of a notice outside; what is settled stays."""
    is_due = NoticeRecord.push_state == PushState.DUE.value
    _update(
        notice, [NoticeRecord.push_state.set(push_state.value), NoticeRecord.lease.remove()], is_due
    )


def _update(notice: Notice, actions: list[Action], condition: Any) -> bool:
    record = NoticeRecord(f"C#{notice.citizen_id}", f"N#{notice.notification_id}")
    try:
        record.update(actions, condition=condition)
    except UpdateError as error:
        condition_failed(error)
        return False
    return True


def notice_record(notice: Notice) -> NoticeRecord:
    """Return a notice as it is kept."""
    return NoticeRecord(
        f"C#{notice.citizen_id}",
        f"N#{notice.notification_id}",
        event=notice.event,
        event_id=notice.event_id,
        template_version=notice.template_version,
        subject=notice.subject_id,
        facts=dict(notice.facts),
        created=seconds(notice.created_at),
        push_state=notice.push_state.value,
        lease=optional_seconds(notice.lease_until),
        tidy_at=seconds(notice.created_at + KEPT_FOR),
    )


def _notice(record: NoticeRecord) -> Notice:
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
        PushState(record.push_state),
        optional_moment(record.lease),
    )
