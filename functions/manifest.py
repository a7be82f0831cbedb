"""The functions that are not HTTP, and what starts each: the one list of them.

`infra/` deploys from it, and the run on one machine starts from it. Each has a module of its name
with `handler(event, context)` for Lambda, beside `run(now)` for what runs by the clock,
`work(event, now)` for what takes events from a queue, or both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Final


@dataclass(frozen=True, slots=True)
class Stream:
    """The inserts of history entries, of the tables of these rooms; of all tables when none."""

    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """The events whose type begins with one of the prefixes, from a queue of the function's own.

    A message that failed `attempts` times goes to the queue's dead letters.
    """

    prefixes: tuple[str, ...]
    attempts: int = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every so many minutes, or daily at a time of the offices' wall clocks."""

    minutes: int = 0
    daily_at: time | None = None

    def __post_init__(self) -> None:
        """Refuse a schedule that says both or neither."""
        if (self.minutes > 0) == (self.daily_at is not None):
            raise ValueError("a schedule says minutes or daily_at")


Trigger = Stream | Queue | Schedule


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda: the module `functions.<name>`, what starts it, and its limits."""

    name: str
    triggers: tuple[Trigger, ...]
    memory_mb: int = 512
    timeout_seconds: int = 30

    @property
    def module(self) -> str:
        """Return the name of the module that has the handler."""
        return f"functions.{self.name}"

    @property
    def queue(self) -> Queue | None:
        """Return the queue that starts the function, if one does."""
        return next((one for one in self.triggers if isinstance(one, Queue)), None)

    @property
    def stream(self) -> Stream | None:
        """Return the streams that start the function, if they do."""
        return next((one for one in self.triggers if isinstance(one, Stream)), None)

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """Return the times at which the function runs."""
        return tuple(one for one in self.triggers if isinstance(one, Schedule))

    @property
    def queue_name(self) -> str:
        """Return the name of its queue, before the stage's prefix."""
        return self.name.replace("_", "-")

    @property
    def dead_letters_name(self) -> str:
        """Return the name of the queue of what it could not do, before the stage's prefix."""
        return f"{self.queue_name}-dead"

    @property
    def visible_again_seconds(self) -> int:
        """Return how long a message that was taken stays hidden: six runs, as AWS advises."""
        return 6 * self.timeout_seconds


FUNCTIONS: Final = (
    Function("publish_events", (Stream(),)),
    Function("send_notifications", (Queue(("appointment.", "case.", "payment.", "delivery.")),)),
    Function("send_reminders", (Schedule(minutes=1),), timeout_seconds=60),
    Function("generate_slots", (Schedule(daily_at=time(0, 5)),), timeout_seconds=300),
    Function("release_expired", (Schedule(minutes=1),), timeout_seconds=60),
    Function(
        "follow_up",
        (Queue(("appointment.", "case.", "courier.", "delivery.", "payment."), attempts=8),),
    ),
    Function("watch_deadlines", (Schedule(minutes=1),), timeout_seconds=60),
    Function(
        "send_courier_messages",
        (Queue(("delivery.", "courier.")), Schedule(minutes=1)),
        timeout_seconds=60,
    ),
    Function("reconcile_payments", (Schedule(minutes=1),), timeout_seconds=120),
    # WeChat Pay makes the bill of a day at ten on the next.
    Function("compare_books", (Schedule(daily_at=time(10, 30)),), timeout_seconds=300),
    Function("watch_deliveries", (Schedule(minutes=5),), timeout_seconds=60),
    Function("reconcile_events", (Schedule(minutes=10),), timeout_seconds=300),
)


def with_queues(functions: Iterable[Function] = FUNCTIONS) -> tuple[Function, ...]:
    """Return the functions that take events from a queue."""
    return tuple(function for function in functions if function.queue)


def with_streams(functions: Iterable[Function] = FUNCTIONS) -> tuple[Function, ...]:
    """Return the functions that read the tables' streams."""
    return tuple(function for function in functions if function.stream)


def with_schedules(functions: Iterable[Function] = FUNCTIONS) -> tuple[Function, ...]:
    """Return the functions that run by the clock."""
    return tuple(function for function in functions if function.schedules)
