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
    # The keys go by seconds: what is submitted and approved at once reads in this order.
    notices = sorted(map(_notice, records[:limit]), key=lambda one: one.place, reverse=True)
    return Page(tuple(notices), more)


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
    waits = NoticeRecord.push_state == notice.push_state.value
    lease = notice.lease_until
    as_seen = NoticeRecord.lease == seconds(lease) if lease else NoticeRecord.lease.does_not_exist()
    due = NoticeRecord.push_state.set(PushState.DUE.value)
    return _update(notice, [due, NoticeRecord.lease.set(seconds(until))], waits & as_seen)


def release(notice: Notice) -> None:
    """Give the lease back, so that the next attempt need not wait for its end."""
    _update(notice, [NoticeRecord.lease.remove()], _leased(notice))


def note_asked(notice: Notice, asked_of: str, now: datetime) -> bool:
    """Note, before it is, that a service is asked; False when the lease was lost meanwhile."""
    actions: list[Action] = [
        NoticeRecord.asked.set(seconds(now)),
        NoticeRecord.asked_of.set(asked_of),
    ]
    return _update(notice, actions, _leased(notice))


def advance(notice: Notice) -> bool:
    """Go on to the next channel; False when the lease was lost meanwhile."""
    return _update(notice, _on_next_channel(notice), _leased(notice))


def postpone(notice: Notice) -> None:
    """Let a notice wait on its channel until quiet hours are over."""
    later = NoticeRecord.push_state.set(PushState.LATER.value)
    _update(notice, [later, NoticeRecord.lease.remove()], _leased(notice))


def settle(notice: Notice, push_state: PushState, message_id: str = "") -> bool:
    """Note what became of a notice outside; False when that was settled before, and stays."""
    is_due = NoticeRecord.push_state == PushState.DUE.value
    actions: list[Action] = [
        NoticeRecord.push_state.set(push_state.value),
        NoticeRecord.lease.remove(),
    ]
    if message_id:
        actions.append(NoticeRecord.message_id.set(message_id))
    return _update(notice, actions, is_due)


def note_report(notice: Notice, push_state: PushState) -> None:
    """Note what a service reported in the end of what it took."""
    _update(notice, [NoticeRecord.push_state.set(push_state.value)], _sent_over(notice))


def reopen(notice: Notice) -> bool:
    """Make what did not arrive due over the next channel; False when another did so before."""
    due = NoticeRecord.push_state.set(PushState.DUE.value)
    return _update(notice, [due, *_on_next_channel(notice)], _sent_over(notice))


def _on_next_channel(notice: Notice) -> list[Action]:
    following = notice.on_next_channel()
    return [
        NoticeRecord.channel.set(following.channel),
        NoticeRecord.route.set(list(following.route)),
        NoticeRecord.asked.remove(),
        NoticeRecord.message_id.remove(),
        NoticeRecord.asked_of.remove(),
    ]


def _leased(notice: Notice) -> Any:
    assert notice.lease_until  # noqa: S101 - only who holds a lease goes on.
    is_due = NoticeRecord.push_state == PushState.DUE.value
    return is_due & (NoticeRecord.lease == seconds(notice.lease_until))


def _sent_over(notice: Notice) -> Any:
    is_sent = NoticeRecord.push_state == PushState.SENT.value
    return is_sent & (NoticeRecord.channel == notice.channel)


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
        channel=notice.channel or None,
        route=list(notice.route) or None,
        asked=optional_seconds(notice.asked_at),
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
        record.channel or "",
        tuple(record.route or ()),
        optional_moment(record.asked),
        record.message_id or "",
        record.asked_of or "",
    )
