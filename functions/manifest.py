"""The functions that are not HTTP, and what starts each: the one list of them.

`infra/` deploys from it, and the run on one machine starts from it. Use cases are dotted names,
`package.module:function`: `run(now)` by the clock, `work(event, now)` for each event of a queue,
`collect(events, now)` for all that came together, `take(records)` for those of streams.
`functions/entry.py` makes the handlers.
"""

from collections.abc import Iterable
from datetime import time
from typing import Final

from functions.triggers import Function, Queue, Schedule, Stream

__all__ = [
    "FUNCTIONS",
    "Function",
    "Queue",
    "Schedule",
    "Stream",
    "named",
    "with_queues",
    "with_schedules",
    "with_streams",
]


_LATE: Final = 15 * 60
# Of what grows with halls and people; a list has 64 buckets.
_PARTS: Final = 16
_TOLD: Final = (
    "account.", "appointment.", "bill.", "case.", "certificate.", "delivery.", "draw.",
    "enquiry.", "family.", "mandate.", "payment.", "waiting.",
)  # fmt: skip
# What happens to things of halls: to one room because of another, and told to other systems.
_THINGS: Final = (
    "appointment.", "bill.", "case.", "certificate.", "delivery.", "enquiry.", "office.",
    "payment.",
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
        parts=_PARTS,
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "follow_notices",
        (Schedule(minutes=1),),
        run="chalicelib.notifications.jobs:follow_up",
        parts=_PARTS,
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "generate_slots",
        (Schedule(daily_at=time(0, 5)),),
        run="chalicelib.appointments.jobs.slots:generate",
        parts=_PARTS,
        timeout_seconds=300,
    ),
    Function(
        "release_expired",
        (Schedule(minutes=1),),
        run="chalicelib.appointments.jobs.release:release_expired",
        parts=_PARTS,
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
        (Queue((*_THINGS, "courier.", "family.", "issuer.", "subscriber."), attempts=8),),
        work=(
            "chalicelib.appointments.waiting.handlers:follow_up",
            "chalicelib.cases.handlers:follow_up",
            "chalicelib.payments.handlers:follow_up",
            "chalicelib.deliveries.handlers:follow_up",
            "chalicelib.enquiries.handlers:follow_up",
            "chalicelib.subscribers.handlers:follow_up",
        ),
        late_after_seconds=_LATE,
    ),
    # What subscribers may hear goes out to the province as well, many events a file.
    Function(
        "export_events",
        (Queue((*_THINGS, "draw.", "waiting."), attempts=8, batch=1000, window_seconds=60),),
        collect="functions.export_events:export",
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    # What is due for who wants to be told of it; the inbox alone tells, and wakes nobody.
    Function(
        "suggest",
        (Schedule(daily_at=time(3, 30)),),
        run="chalicelib.notifications.suggestions.jobs:suggest",
        parts=_PARTS,
        timeout_seconds=300,
    ),
    Function(
        "remind_certificates",
        (Schedule(daily_at=time(9, 0)),),
        run="chalicelib.certificates.jobs:remind",
        parts=_PARTS,
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
        parts=_PARTS,
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
        "send_subscriber_messages",
        (Queue((*_THINGS, "draw.", "subscriber.", "waiting.")), Schedule(minutes=1)),
        work=("chalicelib.subscribers.handlers:tell_subscribers",),
        run="chalicelib.subscribers.jobs:send_due",
        patient=True,
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "reconcile_payments",
        (Schedule(minutes=1),),
        run="chalicelib.payments.jobs:reconcile",
        parts=_PARTS,
        late_after_seconds=_LATE,
        timeout_seconds=120,
    ),
    # The day has just ended; what its last minutes wrote was collected.
    Function(
        "anchor_heads",
        (Schedule(daily_at=time(0, 20)),),
        run="chalicelib.anchors.jobs:anchor_heads",
        timeout_seconds=900,
    ),
    # Before the halls open: who is lost as a representative acts for nobody that day.
    Function(
        "review_organisations",
        (Schedule(daily_at=time(4, 30)),),
        run="chalicelib.mandates.jobs:review_organisations",
        parts=_PARTS,
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
        parts=_PARTS,
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    Function(
        "watch_enquiries",
        (Schedule(minutes=5),),
        run="chalicelib.enquiries.jobs:watch_enquiries",
        parts=_PARTS,
        late_after_seconds=_LATE,
        timeout_seconds=60,
    ),
    # The halls as they are; at night, and at the first run, all else. A month that ended is asked
    # for hall by hall, some fourteen Queries each: of 3,000 halls that takes six minutes.
    Function(
        "publish_datasets",
        (Schedule(minutes=5),),
        run="chalicelib.opendata.jobs:publish_datasets",
        timeout_seconds=900,
    ),
    # What it finds is old by its nature.
    Function(
        "reconcile_events",
        (Schedule(minutes=10),),
        run="functions.reconcile_events:run",
        parts=_PARTS,
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
