"""What a person has open, and what forbids them to book."""

from collections.abc import Iterable
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.booking_limits import Guard
from chalicelib.appointments.storage._records import GuardRecord
from chalicelib.core.attributes import optional_moment, seconds
from chalicelib.core.tables import condition_failed


def load_guard(person: str) -> Guard:
    """Return what a person has open."""
    try:
        return _guard(GuardRecord.get(*guard_keys(person), consistent_read=True))
    except GuardRecord.DoesNotExist:
        return Guard()


def join_guards(account: str, person: str) -> None:
    """Let an account's guard count for the person from now on, and their suspension with it."""
    _free(person)
    guard_record(account).update([GuardRecord.alias.set(person)])
    guard = load_guard(account)
    _suspend(person, guard)
    actions: list[Any] = [
        attribute.add(set(marks))
        for attribute, marks in (
            (GuardRecord.services, guard.services),
            (GuardRecord.times, guard.times),
            (GuardRecord.no_shows, guard.no_shows),
            (GuardRecord.changes, guard.changes),
        )
        if marks
    ]
    if actions:
        guard_record(person).update([*actions, GuardRecord.revision.add(1)])


def _free(person: str) -> None:
    """Let a guard be its own again that counted for another since their number was corrected.

    What it counted is the other's, who has it already.
    """
    record = GuardRecord
    marks = (record.services, record.times, record.no_shows, record.changes)
    actions: list[Any] = [one.remove() for one in (*marks, record.suspended_until, record.alias)]
    try:
        guard_record(person).update(
            [*actions, record.revision.add(1)], condition=record.alias.exists()
        )
    except UpdateError as error:
        condition_failed(error)


def _suspend(person: str, guard: Guard) -> None:
    """Suspend somebody for as long as another guard of theirs is; a longer time stays."""
    if guard.suspended_until is None:
        return
    until, record = seconds(guard.suspended_until), GuardRecord
    is_longer = record.suspended_until.does_not_exist() | (record.suspended_until < until)
    try:
        guard_record(person).update(
            [record.suspended_until.set(until), record.revision.add(1)], condition=is_longer
        )
    except UpdateError as error:
        condition_failed(error)


def bar(persons: Iterable[str], citizen_id: str) -> None:
    """Let an account book for nobody any more, also by a booking that is on its way."""
    for person in persons:
        guard_record(person).update([GuardRecord.gone.add({citizen_id})])


def write_bar(write: TransactWrite, person: str, booker: str, guard: Guard) -> None:
    """Let a booker (`domain.booker`) book for the person no more, in a change's own transaction.

    It fails when the guard has changed since it was read: something may have been booked.
    """
    actions: list[Any] = [GuardRecord.gone.add({booker}), GuardRecord.revision.add(1)]
    write.update(guard_record(person), actions, condition=_unchanged(guard))


def forget_changes(person: str, marks: Iterable[str]) -> None:
    """Take marks of other days' changes off a person's guard."""
    guard_record(person).update(
        [GuardRecord.changes.delete(set(marks)), GuardRecord.revision.add(1)]
    )


def guard_record(person: str) -> GuardRecord:
    """Return the record of what a person has open, to be changed."""
    return GuardRecord(*guard_keys(person))


def counts_for(*bookers: Any) -> Condition:
    """Return the condition on a person's guard that an account, and a booker, may act for them.

    It fails also where the guard is an account's that became a person since.
    """
    is_there: Condition = GuardRecord.alias.does_not_exist()
    for booker in bookers:
        is_there &= ~GuardRecord.gone.contains(booker)
    return is_there


def write_release(
    write: TransactWrite, person: str, ended: Appointment, no_show: Guard | None, *, alone: bool
) -> None:
    """Count an appointment no longer, in its own transaction; `no_show` is the guard after.

    `alone` says that it is counted under no other name, or it fails.
    """
    actions: list[Any] = [
        GuardRecord.services.delete({ended.service_id}),
        GuardRecord.times.delete(set(ended.times)),
        GuardRecord.revision.add(1),
    ]
    if no_show and no_show.no_shows:
        actions.append(GuardRecord.no_shows.set(set(no_show.no_shows)))
    if no_show and no_show.suspended_until:
        actions.append(GuardRecord.suspended_until.set(seconds(no_show.suspended_until)))
    is_all = GuardRecord.alias.does_not_exist() if alone else None
    write.update(guard_record(person), actions, condition=is_all)


def write_strikes(write: TransactWrite, person: str, guard: Guard) -> None:
    """Keep what somebody missed in a change's own transaction."""
    until = guard.suspended_until
    strikes, suspended = GuardRecord.no_shows, GuardRecord.suspended_until
    actions: list[Any] = [
        strikes.set(set(guard.no_shows)) if guard.no_shows else strikes.remove(),
        suspended.set(seconds(until)) if until else suspended.remove(),
        GuardRecord.revision.add(1),
    ]
    write.update(guard_record(person), actions)


def write_guard(write: TransactWrite, person: str, guard: Guard) -> None:
    """Keep a whole guard in a change's own transaction, unless it changed since it was read."""
    until = guard.suspended_until
    marks = (
        (GuardRecord.services, guard.services),
        (GuardRecord.times, guard.times),
        (GuardRecord.no_shows, guard.no_shows),
        (GuardRecord.changes, guard.changes),
    )
    actions: list[Any] = [a.set(set(kept)) if kept else a.remove() for a, kept in marks]
    suspended = GuardRecord.suspended_until
    actions.append(suspended.set(seconds(until)) if until else suspended.remove())
    actions.append(GuardRecord.revision.set(guard.revision + 1))
    write.update(guard_record(person), actions, condition=_unchanged(guard))


def _unchanged(guard: Guard) -> Condition:
    revision = GuardRecord.revision
    same: Condition = revision == guard.revision if guard.revision else revision.does_not_exist()
    return same


def guard_keys(person: str) -> tuple[str, str]:
    """Return the keys of what a person has open."""
    return f"P#{person}", "guard"


def _guard(record: GuardRecord) -> Guard:
    return Guard(
        frozenset(record.services or ()),
        frozenset(record.times or ()),
        int(record.revision or 0),
        frozenset(record.no_shows or ()),
        optional_moment(record.suspended_until),
        record.alias,
        frozenset(record.gone or ()),
        frozenset(record.changes or ()),
    )
