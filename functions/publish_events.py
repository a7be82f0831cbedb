"""The Lambda that puts new history entries on the bus, in the order of each table's stream.

What the bus did not take is asked for again from the first such record on, so the order of a
subject's entries is kept and none is left out; those behind it may come twice. An entry that is
none, or too large for the bus, would hold up all others: its keys go to the dead letters.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws, events, logs, worker
from chalicelib.core.settings import SETTINGS
from chalicelib.core.worker import Failures

DEAD_LETTERS: Final = "publish-events-dead"
# Limits of PutEvents; a request and an entry may have 256 KB with all that belongs to them.
_BATCH: Final = 10
_LARGEST: Final = 256_000
_LOG: Final = logging.getLogger("onetrip.publish_events")


@dataclass(frozen=True, slots=True)
class _Ready:
    """An entry of PutEvents, the stream's number of its record, and its size in bytes."""

    sequence_number: str
    entry: Mapping[str, str]
    size: int


def handler(batch: Mapping[str, Any], _context: object) -> Failures:
    """Publish the new entries of a batch; answer the first record that must come again."""
    logs.configure()
    records = [record for record in batch["Records"] if events.is_entry(record)]
    for some in _batches(_ready(records)):
        waiting = _put(some)
        if waiting is not None:
            return worker.failures([waiting])
    return worker.failures([])


def _ready(records: Sequence[Mapping[str, Any]]) -> Iterator[_Ready]:
    for record in records:
        try:
            yield _of_record(record)
        except ValueError:
            _set_aside(record)


def _of_record(record: Mapping[str, Any]) -> _Ready:
    event = events.of_record(record)
    entry = {
        "Source": events.SOURCE,
        "DetailType": event.type,
        "Detail": event.to_json(),
        "EventBusName": SETTINGS.event_bus,
    }
    size = sum(len(value.encode()) for value in entry.values())
    if size > _LARGEST:
        message = "too large for the bus"
        raise ValueError(message)
    return _Ready(record["dynamodb"]["SequenceNumber"], entry, size)


def _batches(ready: Iterator[_Ready]) -> Iterator[list[_Ready]]:
    batch: list[_Ready] = []
    for one in ready:
        if len(batch) == _BATCH or sum(other.size for other in batch) + one.size > _LARGEST:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _put(batch: Sequence[_Ready]) -> str | None:
    """Put a batch on the bus; return the number of the first record that it did not take."""
    try:
        answer = aws.client("events").put_events(Entries=[one.entry for one in batch])
    except (ClientError, BotoCoreError):
        _LOG.warning("the bus did not answer")
        return batch[0].sequence_number
    for one, result in zip(batch, answer["Entries"], strict=True):
        if "ErrorCode" in result:
            _LOG.warning("the bus refused an event", extra={"reason": result["ErrorCode"]})
            return one.sequence_number
    return None


def _set_aside(record: Mapping[str, Any]) -> None:
    """Send the keys of what cannot be published to the dead letters; it stays in its table."""
    _LOG.error("an entry cannot be published")
    source = str(record.get("eventSourceARN", ""))
    letter = {"stream": source, "keys": record["dynamodb"]["Keys"]}
    aws.client("sqs").send_message(QueueUrl=_dead_letters(), MessageBody=json.dumps(letter))


@cache
def _dead_letters() -> str:
    name = SETTINGS.queue(DEAD_LETTERS)
    return str(aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
