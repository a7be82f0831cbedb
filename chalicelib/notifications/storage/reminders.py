"""Reminders to be sent, by the time when they are due."""

from datetime import datetime
from typing import cast, get_args

from pynamodb.exceptions import DeleteError, PutError

from chalicelib.core import worker
from chalicelib.core.attributes import moment, seconds
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.domain import Due, Reminder
from chalicelib.notifications.storage._records import DUE, ReminderRecord


def plan_reminder(due: Due, version: int, tidy_at: datetime) -> None:
    """Keep when a reminder is due, unless a later version of the appointment said so already."""
    record = ReminderRecord(
        *_reminder_keys(due),
        bucket=DUE.of(due.appointment_id),
        due_at=seconds(due.due_at),
        version=version,
        tidy_at=seconds(tidy_at),
    )
    is_news = ReminderRecord.pk.does_not_exist() | (ReminderRecord.version < version)
    try:
        record.save(condition=is_news)
    except PutError as error:
        condition_failed(error)


def forget_reminder(due: Due) -> None:
    """Take a reminder out that is done, unless it was planned anew since."""
    as_seen = ReminderRecord.due_at == seconds(due.due_at)
    try:
        ReminderRecord(*_reminder_keys(due)).delete(condition=as_seen)
    except DeleteError as error:
        condition_failed(error)


def list_due(now: datetime, limit: int, part: Part = WHOLE) -> list[Due]:
    """Return reminders that are due: the oldest of each bucket, up to a limit for each."""
    is_due = ReminderRecord.due_at <= seconds(now)
    query = ReminderRecord.to_send.query
    found = DUE.read(lambda bucket: query(bucket, is_due, limit=limit), part)
    read = worker.readable("send_reminders", found, _due, name=lambda one: one.sk)
    return [one for one in read if one.reminder in get_args(Reminder)]


def _due(record: ReminderRecord) -> Due:
    _, appointment_id, reminder = record.sk.split("#")
    return Due(record.pk[2:], appointment_id, cast("Reminder", reminder), moment(record.due_at))


def _reminder_keys(due: Due) -> tuple[str, str]:
    return f"C#{due.citizen_id}", f"R#{due.appointment_id}#{due.reminder}"
