"""The functions of the run in this process: streams to the bus, queues to handlers, timers.

They read on from where their own processes were, and these read on from here.
"""

from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class _Queue:
    """A queue, for how long a message that was taken stays hidden, and who takes it."""

    url: str
    hidden_seconds: int
    handler: readers.Handler


class Events:
    """Brings every event to its end."""

    def __init__(self) -> None:
        """Find the streams and the queues."""
        self._publish = entry.handler(manifest.named("publish_events"))
        self._shards = {table: Shard(stream) for table, stream in readers.streams()}
        self._ends: dict[str, str] = {}
        sqs: Any = aws.client("sqs")
        self._queues = [
            _Queue(
                sqs.get_queue_url(QueueName=SETTINGS.queue(one.queue_name))["QueueUrl"],
                one.timeout_seconds,
                entry.handler(one),
            )
            for one in manifest.with_queues()
        ]
        self._workers = ThreadPoolExecutor(len(self._queues))

    def let(self, at: datetime, functions: Iterable[str] = ()) -> None:
        """Let what happened have its effects, run functions that are due then, and theirs too."""
        self.settle(at)
        names = list(functions)
        if names:
            self.run(names, at)
            self.settle(at)

    def settle(self, _at: datetime) -> None:
        """Publish what happened and let all queues be worked off, until nothing is left."""
        while self._published():
            # Each queue has a worker of its own, as in the run.
            list(self._workers.map(_work_off, self._queues))

    def run(self, names: Iterable[str], now: datetime) -> None:
        """Run functions that run by the clock; one that fails is run again by the run itself."""
        for name in names:
            with suppress(RunFailed):
                entry.run_now(manifest.named(name), now)

    def _published(self) -> bool:
        now = readers.ends()
        moved = [
            one for table, one in self._shards.items() if now.get(table) != self._ends.get(table)
        ]
        self._ends = now
        return any([shard.step(self._publish) for shard in moved])  # noqa: C419 - all of them.


def _work_off(queue: _Queue) -> None:
    sqs, taken = aws.client("sqs"), readers.AT_ONCE
    while taken == readers.AT_ONCE:
        taken = readers.take(sqs, queue.url, queue.hidden_seconds, queue.handler, wait_seconds=0)
