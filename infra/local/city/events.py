"""The functions of the run in this process: streams to the bus, queues to handlers, timers.

They read on from where their own processes were, and these read on from here.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.core import aws
from chalicelib.core.settings import SETTINGS
from chalicelib.core.worker import RunFailed
from functions import entry, manifest
from infra.local import readers
from infra.local.readers import Shard

# In the run they look each minute or so whether something is due; here each evening or week.
EVENING: Final = ("watch_deadlines", "reconcile_payments", "send_reminders")
WEEKLY: Final = ("anchor_heads", "compare_books", "watch_deliveries", "watch_enquiries")
# It closes days, as well all at once: staff have noted who did not come.
LAST: Final = ("release_expired",)


# What these do no act waits for: people are told, and others hear of it.
_PATIENT: Final = ("send_notifications", "send_subscriber_messages", "export_events")


@dataclass(frozen=True, slots=True)
class _Queue:
    """A queue, for how long a message that was taken stays hidden, and who takes it."""

    name: str
    url: str
    hidden_seconds: int
    handler: readers.Handler
    is_patient: bool


class Events:
    """Brings every event to its end."""

    def __init__(self) -> None:
        """Find the streams and the queues."""
        self._publish = entry.handler(manifest.named("publish_events"))
        self._shards = {table: Shard(stream) for table, stream in readers.streams()}
        self._ends: Mapping[str, str] = {}
        sqs: Any = aws.client("sqs")
        self._queues = [
            _Queue(
                name := SETTINGS.queue(one.queue_name),
                sqs.get_queue_url(QueueName=name)["QueueUrl"],
                one.timeout_seconds,
                entry.handler(one),
                one.name in _PATIENT,
            )
            for one in manifest.with_queues()
        ]
        self._workers = ThreadPoolExecutor(len(self._queues))

    def let(self, at: datetime, functions: Iterable[str] = ()) -> None:
        """Let what happened have its effects, run functions that are due then, and theirs too."""
        self._bring(lambda _one, messages: messages > 0)
        names = list(functions)
        if names:
            self.run(names, at)
            self._bring(lambda _one, messages: messages > 0)

    def begin(self, _at: datetime) -> None:
        """Leave it to who waits: here nothing is done beside."""

    def settle(self, _at: datetime) -> None:
        """Let what happened have those effects that acts wait for."""
        self._bring(lambda one, messages: messages > 0 and not one.is_patient)

    def catch_up(self) -> bool:
        """Work off what nobody waits for where it fills a batch; tell whether there was any."""
        return self._work_off(lambda _one, messages: messages >= readers.AT_ONCE)

    def _bring(self, is_due: Callable[[_Queue, int], bool]) -> None:
        """Publish what happened and work off the queues that are due, until none is."""
        while self._work_off(is_due):
            pass

    def _work_off(self, is_due: Callable[[_Queue, int], bool]) -> bool:
        seen = readers.changes()
        if self._published(seen.ends):
            seen = readers.changes()
        due = [one for one in self._queues if is_due(one, seen.waiting.get(one.name, 0))]
        # Each queue has a worker of its own, as in the run.
        list(self._workers.map(_work_off, due))
        return bool(due)

    def run(self, names: Iterable[str], now: datetime) -> None:
        """Run functions that run by the clock; one that fails is run again by the run itself."""
        for name in names:
            with suppress(RunFailed):
                entry.run_now(manifest.named(name), now)

    def _published(self, ends: Mapping[str, str]) -> bool:
        known, self._ends = self._ends, ends
        moved = [one for table, one in self._shards.items() if ends.get(table) != known.get(table)]
        return any([shard.step(self._publish) for shard in moved])  # noqa: C419 - all of them.


def _work_off(queue: _Queue) -> None:
    sqs, taken = aws.client("sqs"), readers.AT_ONCE
    while taken == readers.AT_ONCE:
        taken = readers.take(sqs, queue.url, queue.hidden_seconds, queue.handler, wait_seconds=0)
