"""What Lambda's event source mappings do, on one machine: from streams and queues to handlers."""

import atexit
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws, events, tables
from chalicelib.core.settings import SETTINGS
from infra.local import resources
from infra.local.engine import CHANGES
from infra.local.shortcut import Lines

Handler = Callable[[Mapping[str, Any], object], Mapping[str, Any]]

_LOG: Final = logging.getLogger("onetrip.functions")
_READ_AT_ONCE: Final = 1000
# How far was read is kept after so many, so that one who is killed often still comes forward.
_BATCH: Final = 100
# Streams cannot be waited for, only asked; so the engine is, until something was written to it.
_GATHER_SECONDS: Final = 0.1
_TROUBLE_SECONDS: Final = 1
_LONG_POLL_SECONDS: Final = 5
# As many messages as SQS gives for one asking.
AT_ONCE: Final = 10
_LONGEST_PAUSE_SECONDS: Final = 60


def read_streams(handler: Handler) -> None:
    """Give the new entries of all tables to the handler, each table's in order, for ever."""
    shards, now = {table: Shard(stream) for table, stream in streams()}, dict[str, str]()
    while True:
        try:
            known, now = now, ends(max(now.values(), default=""))
            # What is written together is read together.
            time.sleep(_GATHER_SECONDS)
            moved = [one for table, one in shards.items() if now.get(table) != known.get(table)]
            # Nothing moved: asking a quiet one now and then keeps its place in the stream.
            unread = moved or list(shards.values())
            # Each is asked in each round, however much one of them has.
            while unread:
                unread = [one for one in unread if one.step(handler)]
        except Exception as error:  # noqa: BLE001 - what was not answered is read again.
            _log_failure(error)
            now = {}
            for shard in shards.values():
                shard.begin_again()
            time.sleep(_TROUBLE_SECONDS)


class Shard:
    """The one shard of a table's stream in the engine, and how far it was read.

    The position is kept in the engine, so that it is saved in the same moment as the queues that
    hold what was read. It is that of the last entry: other records are not kept over a power cut.
    """

    def __init__(self, stream: str) -> None:
        """Begin after what was read before."""
        self._stream = stream
        self._read: Any = aws.client("dynamodbstreams")
        self._iterator = ""

    def begin_again(self) -> None:
        """Go on from the position that is kept."""
        self._iterator = ""

    def step(self, handler: Handler) -> bool:
        """Give the next entries to the handler, if there are any; tell whether there were."""
        given = self._read.get_records(
            ShardIterator=self._iterator or self._at(), Limit=_READ_AT_ONCE
        )
        entries = [
            {**record, "eventSourceARN": self._stream}
            for record in given["Records"]
            if events.is_entry(record)
        ]
        batches = (entries[at : at + _BATCH] for at in range(0, len(entries), _BATCH))
        if all(self._given(batch, handler) for batch in batches):
            self._iterator = given["NextShardIterator"]
        else:
            self._iterator = ""
            time.sleep(_TROUBLE_SECONDS)
        return bool(given["Records"])

    def _given(self, entries: Sequence[Mapping[str, Any]], handler: Handler) -> bool:
        """Give a batch to the handler and keep how far it came; tell whether it took them all."""
        failed = _failed(handler({"Records": entries}, None))
        done = [_number(entry) for entry in entries]
        if failed:
            done = done[: min(done.index(number) for number in failed)]
        if done:
            self.keep(done[-1])
        return not failed

    def _at(self) -> str:
        described = self._read.describe_stream(StreamArn=self._stream)
        shard = described["StreamDescription"]["Shards"][0]["ShardId"]
        kept = _database().get_item(
            TableName=resources.checkpoints(), Key=self._key(), ConsistentRead=True
        )
        where = {"StreamArn": self._stream, "ShardId": shard}
        oldest = {**where, "ShardIteratorType": "TRIM_HORIZON"}
        if "Item" not in kept:
            return str(self._read.get_shard_iterator(**oldest)["ShardIterator"])
        after = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
        after["SequenceNumber"] = kept["Item"]["number"]["S"]
        try:
            return str(self._read.get_shard_iterator(**where, **after)["ShardIterator"])
        except self._read.exceptions.TrimmedDataAccessException:
            # It is a day old and gone, so all that is there was not read.
            return str(self._read.get_shard_iterator(**oldest)["ShardIterator"])

    def keep(self, number: str) -> None:
        """Keep that all was read up to a record's number."""
        item = {**self._key(), "number": {"S": number}}
        _database().put_item(TableName=resources.checkpoints(), Item=item)

    def _key(self) -> dict[str, dict[str, str]]:
        return {"pk": {"S": self._stream}, "sk": {"S": "position"}}


def read_queue(name: str, hidden_seconds: int, handler: Handler) -> None:
    """Give a queue's messages to the handler, for ever; those that fail wait a little longer."""
    sqs: Any = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    while True:
        try:
            take(sqs, url, hidden_seconds, handler, wait_seconds=_LONG_POLL_SECONDS)
        except Exception as error:  # noqa: BLE001 - the queue brings again what was not deleted.
            _log_failure(error)
            time.sleep(_TROUBLE_SECONDS)


def take(sqs: Any, url: str, hidden_seconds: int, handler: Handler, *, wait_seconds: int) -> int:
    """Give the next messages of a queue to the handler; return how many there were."""
    given = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=AT_ONCE,
        WaitTimeSeconds=wait_seconds,
        VisibilityTimeout=hidden_seconds,
        AttributeNames=["ApproximateReceiveCount"],
    )
    messages: Sequence[Mapping[str, Any]] = given.get("Messages", [])
    if not messages:
        return 0
    failed = _failed(handler({"Records": [_record(one) for one in messages]}, None))
    done = [one for one in messages if one["MessageId"] not in failed]
    if done:
        sqs.delete_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]}
                for number, one in enumerate(done)
            ],
        )
    for one in messages:
        if one["MessageId"] in failed:
            # Lambda would leave it hidden for minutes; here a person waits for it.
            tries = int(one["Attributes"]["ApproximateReceiveCount"])
            sqs.change_message_visibility(
                QueueUrl=url,
                ReceiptHandle=one["ReceiptHandle"],
                VisibilityTimeout=pause_after(tries),
            )
    return len(messages)


def pause_after(tries: int) -> int:
    """Return how many seconds a message waits after so many tries.

    All tries together must outlast what a worker that was killed has leased.
    """
    return min(2 << tries, _LONGEST_PAUSE_SECONDS)


def _record(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "eventSource": "aws:sqs",
    }


@dataclass(frozen=True, slots=True)
class Changes:
    """The number of each table's last record, and how many messages a queue would give out now."""

    ends: Mapping[str, str]
    waiting: Mapping[str, int]


def changes(known: str = "") -> Changes:
    """Return what there is to read, once the highest number of a record is not the one known.

    After some seconds it answers all the same. Raises OSError.
    """
    answer = _lines(os.environ["AWS_ENDPOINT_URL"]).ask({}, b"", f"{CHANGES}?{known}")
    return Changes(**json.loads(answer.body))


@lru_cache(1)
def _lines(url: str) -> Lines:
    lines = Lines(url)
    atexit.register(lines.close)
    return lines


def ends(known: str = "") -> dict[str, str]:
    """Return the number of each table's last record, once the highest is not the one known."""
    return dict(changes(known).ends)


def streams() -> Iterator[tuple[str, str]]:
    """Yield the tables of this stage with their streams."""
    for stream in aws.client("dynamodbstreams").list_streams()["Streams"]:
        if stream["TableName"].startswith(SETTINGS.table_prefix):
            yield stream["TableName"], stream["StreamArn"]


def _failed(answer: Mapping[str, Any]) -> set[str]:
    return {one["itemIdentifier"] for one in answer["batchItemFailures"]}


def _number(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _database() -> Any:
    return cast("Any", tables.client())


def _log_failure(error: Exception) -> None:
    if isinstance(error, (BotoCoreError, ClientError, OSError)):
        _LOG.warning("engine_unanswered", extra={"reason": type(error).__name__})
    else:
        _LOG.exception("batch_failed")
