"""Putting new history entries on the bus, in the order of each table's stream.

Before that the ends of the chains that grew are noted for the day's anchor (`chalicelib.anchors`);
while that cannot be done nothing is published, and all comes again.

What the bus did not take is asked for again from the first such record on, so the order of a
subject's entries is kept and none is left out; those behind it may come twice. An entry that is
none, too large, or refused by the bus for what it is, would hold up all others for ever: its keys
go to the dead letters.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.anchors.service import access_log_chain, heads
from chalicelib.core import aws, events, logs, metrics
from chalicelib.core.anchoring import Leaf
from chalicelib.core.errors import TryAgain
from chalicelib.core.events import Event
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import problem_of

DEAD_LETTERS: Final = "publish-events-dead"
NAME: Final = "publish_events"
# Limits of PutEvents; a request and an entry may have 256 KB with all that belongs to them.
_BATCH: Final = 10
_LARGEST: Final = 256_000
# What the bus finds wrong with one entry it finds at each try (PutEventsResultEntry, ErrorCode);
# what it says of our rights or its load changes.
_HOPELESS: Final = frozenset({"InvalidArgument", "MalformedDetail", "RedactionFailure"})
# One entry has the whole request refused by a name, or as too large by a bare status.
_ALL_REFUSED: Final = frozenset({"SerializationException", "ValidationException"})
# What a look says.
# What the city's day is made of, counted as a metric each; of all others the tables tell.
COUNTED: Final = (
    "appointment.booked", "appointment.cancelled", "appointment.checked_in", "appointment.missed",
    "case.submitted", "case.issued", "payment.succeeded", "payment.refund_succeeded",
)  # fmt: skip
_SAID: Final = ("at", "staff_id", "reason", "what", "department_id", "office_id", "role")
_LOG: Final = logging.getLogger("onetrip.publish_events")


@dataclass(frozen=True, slots=True)
class _Ready:
    """An entry of PutEvents, the stream's record that it is made of, and its size in bytes."""

    record: Mapping[str, Any]
    event: Event
    entry: Mapping[str, str]
    size: int
    hash: str

    @property
    def leaf(self) -> Leaf:
        """Return the end of the chain that the entry makes."""
        return Leaf(self.event.subject, self.event.seq, self.hash)

    @property
    def sequence_number(self) -> str:
        """Return the stream's number of the record."""
        return str(self.record["dynamodb"]["SequenceNumber"])


def publish(records: Sequence[Mapping[str, Any]]) -> str | None:
    """Publish the new entries; return the sequence number of the first that must come again."""
    new = [record for record in records if events.is_entry(record)]
    ready = list(_ready([record for record in new if not events.is_look(record)]))
    try:
        for record in filter(events.is_look, new):
            _chain(record)
        heads.collect(one.leaf for one in ready)
    except Exception as error:
        if not isinstance(error, TryAgain) and problem_of(error) is None:
            raise
        _LOG.warning("heads_deferred")
        return str(new[0]["dynamodb"]["SequenceNumber"])
    for some in _batches(iter(ready)):
        metrics.waited(NAME, [one.event.moment for one in some])
        waiting = _put(some)
        if waiting is not None:
            return waiting
    return None


def _chain(record: Mapping[str, Any]) -> None:
    """Chain a look at a citizen's data; one that cannot be read is set aside."""
    image = record["dynamodb"]["NewImage"]
    facts = {name: value["S"] for name, value in image.items() if "S" in value}
    try:
        look, citizen_id = facts["sk"].removeprefix("X#"), facts["pk"].removeprefix("C#")
        access_log_chain.chain(
            citizen_id, look, {name: facts[name] for name in _SAID if name in facts}
        )
    except (KeyError, ValueError):
        _set_aside(record, "no_look")


def _ready(records: Sequence[Mapping[str, Any]]) -> Iterator[_Ready]:
    for record in records:
        try:
            yield _of_record(record)
        except ValueError:
            _set_aside(record, "no_entry_or_too_large")


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
    image = record["dynamodb"]["NewImage"]
    return _Ready(record, event, entry, size, image.get("hash", {}).get("S", ""))


def _batches(ready: Iterator[_Ready]) -> Iterator[list[_Ready]]:
    batch: list[_Ready] = []
    for one in ready:
        if len(batch) == _BATCH or sum(other.size for other in batch) + one.size > _LARGEST:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch


def _count(event: Event) -> None:
    metrics.count(NAME, processed=1)
    if event.type in COUNTED:
        logs.emit({logs.HAPPENED: 1}, {"kind": event.type})


def _put(batch: Sequence[_Ready]) -> str | None:
    """Put a batch on the bus; return the number of the first record that must come again."""
    try:
        answer = aws.client("events").put_events(Entries=[one.entry for one in batch])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _ALL_REFUSED or status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _put_one_by_one(batch, code)
        _LOG.warning("bus_refused_request", extra={"reason": code})
        return batch[0].sequence_number
    except BotoCoreError:
        _LOG.warning("bus_unanswered")
        return batch[0].sequence_number
    for one, result in zip(batch, answer["Entries"], strict=True):
        code = result.get("ErrorCode")
        if code in _HOPELESS:
            _set_aside(one.record, code)
        elif code:
            _LOG.warning("bus_refused_event", extra={"event": one.event.event_id, "reason": code})
            return one.sequence_number
        else:
            _count(one.event)
    return None


def _put_one_by_one(batch: Sequence[_Ready], code: str) -> str | None:
    """Find the entry for which the bus refused all, and set it aside."""
    if len(batch) == 1:
        _set_aside(batch[0].record, code)
        return None
    waiting = (_put([one]) for one in batch)
    return next((number for number in waiting if number is not None), None)


def _set_aside(record: Mapping[str, Any], reason: str) -> None:
    """Send the keys of what cannot be published to the dead letters; it stays in its table."""
    keys = record["dynamodb"]["Keys"]
    facts = {"function": NAME, "item": json.dumps(keys), "reason": reason}
    _LOG.error("entry_unpublishable", extra=facts)
    letter = {"stream": str(record.get("eventSourceARN", "")), "keys": keys}
    aws.client("sqs").send_message(QueueUrl=_dead_letters(), MessageBody=json.dumps(letter))
    metrics.count(NAME, failed=1)


@cache
def _dead_letters() -> str:
    name = SETTINGS.queue(DEAD_LETTERS)
    return str(aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])
