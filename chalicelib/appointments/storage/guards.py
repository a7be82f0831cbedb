"""What a person has open, and what forbids them to book."""

from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.appointments.domain import Guard
from chalicelib.appointments.storage._records import GuardRecord
from chalicelib.core.kept import optional_moment, seconds


def load_guard(person: str) -> Guard:
    """Return what a person has open."""
    try:
        return _guard(GuardRecord.get(*_keys(person), consistent_read=True))
    except GuardRecord.DoesNotExist:
        return Guard()


def join_guards(account: str, person: str) -> None:
    """Let an account's guard count for the person from now on."""
    guard_record(account).update([GuardRecord.alias.set(person)])
    services = load_guard(account).services
    if services:
        guard_record(person).update([GuardRecord.services.add(set(services))])


def guard_record(person: str) -> GuardRecord:
    """Return the record of what a person has open, to be changed."""
    return GuardRecord(*_keys(person))


def write_release(
    write: TransactWrite, person: str, service_id: str, no_show: Guard | None
) -> None:
    """Count a service no longer, in a change's own transaction; `no_show` is the guard after."""
    actions: list[Any] = [GuardRecord.services.delete({service_id})]
    if no_show and no_show.no_shows:
        actions.append(GuardRecord.no_shows.set(set(no_show.no_shows)))
    if no_show and no_show.suspended_until:
        actions.append(GuardRecord.suspended_until.set(seconds(no_show.suspended_until)))
    write.update(guard_record(person), actions)


def write_regained(write: TransactWrite, person: str, service_id: str, regained: Guard) -> None:
    """Count a service again, in a change's own transaction, unless it was booked since."""
    not_booked_since = ~GuardRecord.services.contains(service_id)
    none_at_all = GuardRecord.services.does_not_exist()
    actions = _regaining(regained)
    write.update(guard_record(person), actions, condition=none_at_all | not_booked_since)


def _keys(person: str) -> tuple[str, str]:
    return f"P#{person}", "guard"


def _regaining(guard: Guard) -> list[Any]:
    marks, until = guard.no_shows, guard.suspended_until
    return [
        GuardRecord.services.set(set(guard.services)),
        GuardRecord.no_shows.set(set(marks)) if marks else GuardRecord.no_shows.remove(),
        GuardRecord.suspended_until.set(seconds(until))
        if until
        else GuardRecord.suspended_until.remove(),
    ]


def _guard(record: GuardRecord) -> Guard:
    return Guard(
        frozenset(record.services or ()),
        frozenset(record.no_shows or ()),
        optional_moment(record.suspended_until),
        record.alias,
    )
