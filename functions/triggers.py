"""A function that is not HTTP, and what starts it: streams, a queue of events, or the clock."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Stream:
    """The inserts of history entries, of the tables of these rooms; of all tables when none."""

    rooms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Queue:
    """The events whose type begins with one of the prefixes, from a queue of the function's own.

    A message that failed `attempts` times goes to the queue's dead letters. Up to `batch` messages
    of `window_seconds` are taken together.
    """

    prefixes: tuple[str, ...]
    attempts: int = 5
    batch: int = 10
    window_seconds: int = 0


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
    """One Lambda: what starts it, the use cases that it calls, and its limits.

    A run by the clock that is cut into `parts` only sends a message for each to a queue of its own,
    and every message is a run by itself: `run` is called with `part=`. A part that fails keeps no
    other waiting, and the next run does it again.

    A `patient` one has a Lambda's whole run for itself: `run` is called with `patient=True`. What
    has waited for longer than `late_after_seconds` raises an alarm; None is for what tells no age.
    """

    name: str
    triggers: tuple[Trigger, ...]
    run: str = ""
    work: tuple[str, ...] = ()
    collect: str = ""
    take: str = ""
    patient: bool = False
    parts: int = 0
    late_after_seconds: int | None = None
    memory_mb: int = 512
    timeout_seconds: int = 30

    @property
    def handler(self) -> str:
        """Return the name by which Lambda finds the handler."""
        return f"functions.entry.{self.name}"

    @property
    def use_cases(self) -> tuple[str, ...]:
        """Return the dotted names of all that the function calls."""
        return tuple(one for one in (self.run, *self.work, self.collect, self.take) if one)

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
    def parts_name(self) -> str:
        """Return the name of the queue of its parts, before the stage's prefix."""
        return f"{self.queue_name}-parts"

    @property
    def dead_letters_name(self) -> str:
        """Return the name of the queue of what it could not do, before the stage's prefix."""
        return f"{self.queue_name}-dead"

    @property
    def visible_again_seconds(self) -> int:
        """Return how long a message that was taken stays hidden: six runs, as AWS advises.

        The time for which messages are collected before a run comes on top.
        """
        return 6 * self.timeout_seconds + (self.queue.window_seconds if self.queue else 0)
