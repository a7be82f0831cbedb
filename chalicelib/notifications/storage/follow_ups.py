"""Notices to look after again, by the time when that is due."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import DeleteError, PutError

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.domain import FollowUp
from chalicelib.notifications.storage._records import FOLLOW, FollowUpRecord

_TIDY_AFTER: Final = timedelta(days=7)


def plan_follow_up(follow_up: FollowUp) -> None:
    """Keep when to look after a notice, in place of what was planned before."""
    _record(follow_up).save()


def replan(old: FollowUp, new: FollowUp) -> None:
    """Keep a later time, unless the notice was planned anew since."""
    try:
        _record(new).save(condition=FollowUpRecord.due_at == seconds(old.due_at))
    except PutError as error:
        condition_failed(error)


def forget_follow_up(follow_up: FollowUp) -> None:
    """Take out what is done, unless it was planned anew since."""
    as_seen = FollowUpRecord.due_at == seconds(follow_up.due_at)
    try:
        FollowUpRecord(*_keys(follow_up)).delete(condition=as_seen)
    except DeleteError as error:
        condition_failed(error)


def list_follow_ups(now: datetime, limit: int, part: Part = WHOLE) -> Iterator[FollowUp]:
    """Return notices that are due: the oldest of each bucket, up to a limit for each."""
    is_due, query = FollowUpRecord.due_at <= seconds(now), FollowUpRecord.to_do.query
    found = FOLLOW.read(lambda bucket: query(bucket, is_due, limit=limit), part)
    keys = [(one.pk, one.sk) for one in found]
    return map(_read, FollowUpRecord.batch_get(keys, consistent_read=True) if keys else ())


def _read(record: FollowUpRecord) -> FollowUp:
    due_at, checks = moment(record.due_at), int(record.checks)
    return FollowUp(record.pk[2:], record.sk[2:], due_at, record.origin, checks)


def _record(follow_up: FollowUp) -> FollowUpRecord:
    return FollowUpRecord(
        *_keys(follow_up),
        bucket=FOLLOW.of(follow_up.notification_id),
        due_at=seconds(follow_up.due_at),
        origin=follow_up.origin,
        checks=follow_up.checks,
        tidy_at=seconds(follow_up.due_at + _TIDY_AFTER),
    )


def _keys(follow_up: FollowUp) -> tuple[str, str]:
    return f"C#{follow_up.citizen_id}", f"F#{follow_up.notification_id}"
