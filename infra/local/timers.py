"""The functions that run by the clock, in a process of their own on one machine.

The parent writes a line for each time that it wants all done that is due, and reads a line when it
is; so who moves the clock sees what was due done. When a daily function ran last is kept in the
engine; the others run at each start, once too often perhaps, and do nothing then.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TextIO, cast

from chalicelib.core import dependencies, tables
from chalicelib.core.clock import office_time
from chalicelib.core.worker import RunFailed
from functions import entry, manifest
from functions.manifest import Function, Schedule
from infra.local import resources


def serve(names: Collection[str], asked: Iterable[str], answers: TextIO) -> None:
    """Run what is due of these functions for each line that is asked, and answer by a line."""
    timers = Timers([one for one in manifest.with_schedules() if one.name in names])
    for _ in asked:
        timers.run_due(dependencies.clock().now())
        try:
            answers.write("done\n")
            answers.flush()
        except BrokenPipeError:
            # Who asked is gone, and nobody asks any more.
            return


class Timers:
    """Knows when each function ran."""

    def __init__(self, functions: Sequence[Function]) -> None:
        """Begin with all of them due, but the daily ones that ran before."""
        self._functions = functions
        self._ran: dict[tuple[str, Schedule], datetime] = {}
        for function in functions:
            for schedule in function.schedules:
                last = noted(function.name) if schedule.daily_at else None
                if last:
                    self._ran[function.name, schedule] = last

    def run_due(self, now: datetime) -> None:
        """Run what is due; a failure is logged and tried again the next time."""
        for function in self._functions:
            due = [one for one in function.schedules if self._is_due(function, one, now)]
            if due and _ran(function, now):
                self._ran |= {(function.name, schedule): now for schedule in due}
                if any(schedule.daily_at for schedule in due):
                    note(function.name, now)

    def _is_due(self, function: Function, schedule: Schedule, now: datetime) -> bool:
        last = self._ran.get((function.name, schedule))
        return last is None or next_after(schedule, last) <= now


def next_after(schedule: Schedule, last: datetime) -> datetime:
    """Return when what ran at `last` is due again."""
    if schedule.daily_at is None:
        return last + timedelta(minutes=schedule.minutes)
    day = office_time(last)
    at = day.replace(
        hour=schedule.daily_at.hour, minute=schedule.daily_at.minute, second=0, microsecond=0
    )
    return at if at > day else at + timedelta(days=1)


def note(name: str, now: datetime) -> None:
    """Keep that a daily function ran."""
    item = {**_key(name), "at": {"S": now.isoformat()}}
    _database().put_item(TableName=resources.checkpoints(), Item=item)


def noted(name: str) -> datetime | None:
    """Return when a daily function ran last; None when it never has."""
    kept = _database().get_item(
        TableName=resources.checkpoints(), Key=_key(name), ConsistentRead=True
    )
    return datetime.fromisoformat(kept["Item"]["at"]["S"]) if "Item" in kept else None


def _key(name: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": "timers"}, "sk": {"S": name}}


def _database() -> Any:
    return cast("Any", tables.client())


def _ran(function: Function, now: datetime) -> bool:
    try:
        entry.run_now(function, now)
    except RunFailed:
        return False
    return True
