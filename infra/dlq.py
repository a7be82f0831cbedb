"""Dead-letter queues: count what waits, peek at messages, redrive them to their source."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from chalicelib.core import aws, tables
from chalicelib.core.settings import SETTINGS
from functions import manifest, publish_events
from functions.manifest import Function
from infra.commands import CommandError

_VISIBILITY_TIMEOUT_SECONDS: Final = 60
_BATCH: Final = 10


class RedriveError(CommandError):
    """A message could not be redriven; it stays in its dead-letter queue."""


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """A function's dead-letter queue: how many messages wait, and how many are in flight."""

    function: Function
    url: str
    waiting: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that failed too often; `handle` is its receipt, `received` its receive count."""

    message_id: str
    handle: str
    body: str
    received: int

    @property
    def event(self) -> Mapping[str, Any]:
        """Return the event that it carries, or nothing when it carries none."""
        try:
            detail = json.loads(self.body)["detail"]
        except (ValueError, KeyError, TypeError):
            return {}
        return detail if isinstance(detail, dict) else {}

    @property
    def of_clock(self) -> bool:
        """Tell whether it says that a run by the clock failed, and is no message of a queue.

        It is the record that Lambda makes of such an invocation ("Capturing records of Lambda
        asynchronous invocations", AWS Lambda developer guide).
        """
        try:
            record = json.loads(self.body)
        except ValueError:
            return False
        return isinstance(record, dict) and {"requestContext", "requestPayload"} <= record.keys()


def queues() -> list[DeadLetterQueue]:
    """Return the dead-letter queue of every function that has one."""
    every = (_queue(function) for function in manifest.FUNCTIONS)
    return [queue for queue in every if queue]


def queue_of(name: str) -> DeadLetterQueue | None:
    """Return the dead-letter queue of one function, by the function's name or the queue's."""
    function = name.removesuffix("-dead").replace("-", "_")
    return next((queue for queue in queues() if queue.function.name == function), None)


def peek(queue: DeadLetterQueue, count: int) -> list[DeadLetter]:
    """Return up to `count` messages and leave them in the queue."""
    messages: list[DeadLetter] = []
    while len(messages) < count:
        more = _receive(queue, min(_BATCH, count - len(messages)))
        if not more:
            break
        messages += more
    for message in messages:
        _sqs().change_message_visibility(
            QueueUrl=queue.url, ReceiptHandle=message.handle, VisibilityTimeout=0
        )
    return messages


def redrive(queue: DeadLetterQueue, on_redriven: Callable[[DeadLetter], None]) -> int:
    """Redrive the messages that wait now and return how many; each is sent before it is deleted.

    A message that fails again returns to the queue and is not sent a second time by this call.
    Raises RedriveError; what was not sent stays.
    """
    sent = 0
    while sent < queue.waiting:
        messages = _receive(queue, min(_BATCH, queue.waiting - sent))
        if not messages:
            break
        _deliver(queue.function, messages)
        for message in messages:
            _sqs().delete_message(QueueUrl=queue.url, ReceiptHandle=message.handle)
            on_redriven(message)
        sent += len(messages)
    return sent


def _deliver(function: Function, messages: Sequence[DeadLetter]) -> None:
    if function.queue:
        events = [message for message in messages if not message.of_clock]
        if events:
            _send(function, events)
    elif function.stream:
        for message in messages:
            _publish(json.loads(message.body))
    # A timer has run again by itself since; its message only says that a run failed.


def _send(function: Function, messages: Sequence[DeadLetter]) -> None:
    url = _url(SETTINGS.queue(function.queue_name))
    entries = [
        {"Id": str(number), "MessageBody": message.body} for number, message in enumerate(messages)
    ]
    answer = _sqs().send_message_batch(QueueUrl=url, Entries=entries)
    if answer.get("Failed"):
        raise RedriveError(f"{function.queue_name} did not take {len(answer['Failed'])} messages")


def _publish(message: Mapping[str, Any]) -> None:
    records = (
        list(_records_in_stream(message["DDBStreamBatchInfo"]))
        if "DDBStreamBatchInfo" in message
        else [_record_in_table(message)]
    )
    if publish_events.publish(records) is not None:
        raise RedriveError("the bus did not take the entries")


def _record_in_table(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read an entry that could not be published from its table, as the stream brought it."""
    table = str(message["stream"]).partition(":table/")[2].partition("/")[0]
    answer = cast("Any", tables.client()).get_item(
        TableName=table, Key=message["keys"], ConsistentRead=True
    )
    if "Item" not in answer:
        raise RedriveError(f"{table} has no entry {json.dumps(message['keys'])}")
    change = {"Keys": message["keys"], "NewImage": answer["Item"], "SequenceNumber": "0"}
    return {"eventName": "INSERT", "eventSourceARN": message["stream"], "dynamodb": change}


def _records_in_stream(batch: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Read the records of a batch that Lambda gave up; a stream keeps them for a day."""
    read: Any = aws.client("dynamodbstreams")
    where = {"StreamArn": batch["streamArn"], "ShardId": batch["shardId"]}
    try:
        iterator = read.get_shard_iterator(
            **where,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch["startSequenceNumber"],
        )["ShardIterator"]
    except read.exceptions.TrimmedDataAccessException as error:
        raise RedriveError(
            "the stream has forgotten these records; they are in their table"
        ) from error
    last = int(batch["endSequenceNumber"])
    while iterator:
        page = read.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            yield {**record, "eventSourceARN": batch["streamArn"]}
            if int(record["dynamodb"]["SequenceNumber"]) == last:
                return
        iterator = page.get("NextShardIterator")


def _receive(queue: DeadLetterQueue, count: int) -> list[DeadLetter]:
    answer = _sqs().receive_message(
        QueueUrl=queue.url,
        MaxNumberOfMessages=count,
        WaitTimeSeconds=1,
        VisibilityTimeout=_VISIBILITY_TIMEOUT_SECONDS,
        AttributeNames=["ApproximateReceiveCount"],
    )
    return [
        DeadLetter(
            one["MessageId"],
            one["ReceiptHandle"],
            one["Body"],
            int(one["Attributes"]["ApproximateReceiveCount"]),
        )
        for one in answer.get("Messages", [])
    ]


def _queue(function: Function) -> DeadLetterQueue | None:
    try:
        url = _url(SETTINGS.queue(function.dead_letters_name))
    except _sqs().exceptions.QueueDoesNotExist:
        return None
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = _sqs().get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return DeadLetterQueue(function, url, *(int(counts[name]) for name in names))


def _url(name: str) -> str:
    return str(_sqs().get_queue_url(QueueName=name)["QueueUrl"])


def _sqs() -> Any:
    return aws.client("sqs")
