"""The functions that are not HTTP, and what starts each: the one list of them.

`infra/` deploys from it, and the run on one machine starts from it. Each names its use cases by
their dotted names, `package.module:function`: `run(now)` for what runs by the clock, `work(event,
now)` for each event of a queue (one or more, each of which is called), `take(records)` for the
records of streams. `functions/entry.py` makes the handlers.
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
    """One Lambda: what starts it, the use cases that it calls, and its limits.

    A `patient` one has a Lambda's whole run for itself: `run` is called with `patient=True`. What
    has waited for longer than `late_after_seconds` raises an alarm; None is for what tells no age.
    """

    name: str
    triggers: tuple[Trigger, ...]
    run: str = ""
    work: tuple[str, ...] = ()
    take: str = ""
    patient: bool = False
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
        return tuple(one for one in (self.run, *self.work, self.take) if one)

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


_LATE: Final = 15 * 60
# What people are told of.
_TOLD: Final = (
    "account.", "appointment.", "case.", "certificate.", "delivery.", "draw.",
    "enquiry.", "family.", "mandate.", "payment.", "waiting.",
)  # fmt: skip
# What concerns other rooms.
_CARRIED: Final = (
    "appointment.", "bill.", "case.", "certificate.", "courier.", "delivery.", "enquiry.",
    "office.", "payment.",
)  # fmt: skip

FUNCTIONS: Final = (
    Function(
        "publish_events",
        (Stream(),),
        take="functions.publish_events:publish",
        late_after_seconds=_LATE,
    ),
    Function(
        "send_notifications",
        (Queue(_TOLD),),
        work=("chalicelib.notifications.service:on_event",),
        late_after_seconds=_LATE,
    ),
    Function(
        "send_reminders",
        (Schedule(minutes=1),),
        run="chalicelib.notifications.jobs:send_due_reminders",
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "generate_slots",
        (Schedule(daily_at=time(0, 5)),),
        run="chalicelib.appointments.jobs.slots:generate",
        timeout_seconds=300,
    ),
    Function(
        "release_expired",
        (Schedule(minutes=1),),
        run="chalicelib.appointments.jobs.release:release_expired",
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    # What a minute leaves undone of a large draw the next one does.
    Function(
        "hold_draws",
        (Schedule(minutes=1),),
        run="chalicelib.appointments.draws.jobs:hold_draws",
        late_after_seconds=_LATE,
        timeout_seconds=300,
    ),
    # What happened in one room is carried to the rooms that it concerns. Each ignores what does not
    # concern it, and does nothing when it hears of an event again.
    Function(
        "follow_up",
        (Queue(_CARRIED, attempts=8),),
        work=(
            "chalicelib.appointments.waiting.handlers:follow_up",
            "chalicelib.cases.handlers:follow_up",
            "chalicelib.payments.handlers:follow_up",
            "chalicelib.deliveries.handlers:follow_up",
            "chalicelib.enquiries.handlers:follow_up",
        ),
        late_after_seconds=_LATE,
    ),
    Function(
        "remind_certificates",
        (Schedule(daily_at=time(9, 0)),),
        run="chalicelib.certificates.jobs:remind",
        timeout_seconds=300,
    ),
    # What it signs with is large, and nothing else imports it.
    Function(
        "seal_documents",
        (Queue(("certificate.issued",), attempts=8),),
        work=("chalicelib.certificates.handlers:seal_document",),
        late_after_seconds=_LATE,
        memory_mb=1024,
        timeout_seconds=60,
    ),
    Function(
        "watch_deadlines",
        (Schedule(minutes=1),),
        run="chalicelib.cases.jobs:watch_deadlines",
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "send_courier_messages",
        (Queue(("delivery.", "courier.")), Schedule(minutes=1)),
        work=("chalicelib.deliveries.couriers.handlers:send_messages",),
        run="chalicelib.deliveries.couriers.jobs:send_due",
        patient=True,
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "send_issuer_messages",
        (Queue(("bill.", "issuer.")), Schedule(minutes=1)),
        work=("chalicelib.payments.bills.handlers:send_messages",),
        run="chalicelib.payments.bills.jobs:send_due",
        patient=True,
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "reconcile_payments",
        (Schedule(minutes=1),),
        run="chalicelib.payments.jobs:reconcile",
        late_after_seconds=_LATE,
        timeout_seconds=120,
    ),
    # The day has just ended; what its last minutes wrote was collected.
    Function(
        "anchor_heads",
        (Schedule(daily_at=time(0, 20)),),
        run="chalicelib.anchors.jobs:anchor_heads",
        memory_mb=1769,
        timeout_seconds=900,
    ),
    # Before the halls open: who is lost as a representative acts for nobody that day.
    Function(
        "review_organisations",
        (Schedule(daily_at=time(4, 30)),),
        run="chalicelib.mandates.jobs:review_organisations",
        timeout_seconds=300,
    ),
    # WeChat Pay makes the bill of a day at ten on the next.
    Function(
        "compare_books",
        (Schedule(daily_at=time(10, 30)),),
        run="chalicelib.payments.jobs:compare_yesterday",
        timeout_seconds=300,
    ),
    Function(
        "watch_deliveries",
        (Schedule(minutes=5),),
        run="chalicelib.deliveries.jobs:watch",
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "watch_enquiries",
        (Schedule(minutes=5),),
        run="chalicelib.enquiries.jobs:watch_enquiries",
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    # The halls as they are; at night, and at the first run, all else.
    Function(
        "publish_datasets",
        (Schedule(minutes=5),),
        run="chalicelib.opendata.jobs:publish_datasets",
        timeout_seconds=300,
    ),
    # What it finds is old by its nature.
    Function(
        "reconcile_events",
        (Schedule(minutes=10),),
        run="functions.reconcile_events:run",
        timeout_seconds=300,
    ),
)


def named(name: str) -> Function:
    """Return a function by its name; raises LookupError."""
    found = next((function for function in FUNCTIONS if function.name == name), None)
    if found is None:
        raise LookupError(name)
    return found


def with_queues(functions: Iterable[Function] = FUNCTIONS) -> tuple[Function, ...]:
    """Return the functions that take events from a queue."""
    return tuple(function for function in functions if function.queue)


def with_streams(functions: Iterable[Function] = FUNCTIONS) -> tuple[Function, ...]:
    """Return the functions that read the tables' streams."""
    return tuple(function for function in functions if function.stream)


def with_schedules(functions: Iterable[Function] = FUNCTIONS) -> tuple[Function, ...]:
    """Return the functions that run by the clock."""
    return tuple(function for function in functions if function.schedules)
