"""What the workers could not do: looking into the dead letters, and sending them back."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from chalicelib.core import aws, tables
from chalicelib.core.settings import SETTINGS
from functions import manifest, publish_events
from functions.manifest import Function

_HIDDEN_SECONDS: Final = 60
_BATCH: Final = 10


class NotSent(Exception):  # noqa: N818 - its name states the fact.
    """A letter could not be sent back; it stays where it is."""


@dataclass(frozen=True, slots=True)
class Pile:
    """The dead letters of a function: how many wait, and how many are being looked at."""

    function: Function
    url: str
    waiting: int
    hidden: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One message that failed too often: `handle` takes it away, `received` counts the looks."""

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


def piles() -> list[Pile]:
    """Return the dead letters of every function that has a queue for them."""
    found = [_pile(function) for function in manifest.FUNCTIONS]
    return [one for one in found if one]


def pile(name: str) -> Pile | None:
    """Return the dead letters of one function, by its name or its queue's."""
    wanted = name.removesuffix("-dead").replace("-", "_")
    return next((one for one in piles() if one.function.name == wanted), None)


def look(some: Pile, count: int) -> list[Letter]:
    """Return up to so many letters and leave them where they are."""
    letters: list[Letter] = []
    while len(letters) < count:
        more = _receive(some, min(_BATCH, count - len(letters)))
        if not more:
            break
        letters += more
    for letter in letters:
        _sqs().change_message_visibility(
            QueueUrl=some.url, ReceiptHandle=letter.handle, VisibilityTimeout=0
        )
    return letters


def send_back(some: Pile, told: Callable[[Letter], None]) -> int:
    """Send back what waits now, each letter before it is taken away; return how many.

    A letter that fails again comes back to the pile and is not sent a second time by this call.
    Raises NotSent; what was not sent stays.
    """
    sent = 0
    while sent < some.waiting:
        letters = _receive(some, min(_BATCH, some.waiting - sent))
        if not letters:
            break
        _give(some.function, letters)
        for letter in letters:
            _sqs().delete_message(QueueUrl=some.url, ReceiptHandle=letter.handle)
            told(letter)
        sent += len(letters)
    return sent


def _give(function: Function, letters: Sequence[Letter]) -> None:
    if function.queue:
        _to_queue(function, letters)
    elif function.stream:
        for letter in letters:
            _publish(json.loads(letter.body))
    # A timer has run again by itself since; its letter only tells that it failed once.


def _to_queue(function: Function, letters: Sequence[Letter]) -> None:
    url = _url(SETTINGS.queue(function.queue_name))
    entries = [
        {"Id": str(number), "MessageBody": letter.body} for number, letter in enumerate(letters)
    ]
    answer = _sqs().send_message_batch(QueueUrl=url, Entries=entries)
    if answer.get("Failed"):
        raise NotSent(f"{function.queue_name} did not take {len(answer['Failed'])} letters")


def _publish(letter: Mapping[str, Any]) -> None:
    records = (
        list(_of_stream(letter["DDBStreamBatchInfo"]))
        if "DDBStreamBatchInfo" in letter
        else [_of_table(letter)]
    )
    if publish_events.publish(records) is not None:
        raise NotSent("the bus did not take the entries")


def _of_table(letter: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read an entry that could not be published from its table, as the stream brought it."""
    table = str(letter["stream"]).partition(":table/")[2].partition("/")[0]
    found = cast("Any", tables.client()).get_item(
        TableName=table, Key=letter["keys"], ConsistentRead=True
    )
    if "Item" not in found:
        raise NotSent(f"{table} has no entry {json.dumps(letter['keys'])}")
    change = {"Keys": letter["keys"], "NewImage": found["Item"], "SequenceNumber": "0"}
    return {"eventName": "INSERT", "eventSourceARN": letter["stream"], "dynamodb": change}


def _of_stream(batch: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
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
        raise NotSent("the stream has forgotten these records; they are in their table") from error
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


def _receive(some: Pile, count: int) -> list[Letter]:
    answer = _sqs().receive_message(
        QueueUrl=some.url,
        MaxNumberOfMessages=count,
        WaitTimeSeconds=1,
        VisibilityTimeout=_HIDDEN_SECONDS,
        AttributeNames=["ApproximateReceiveCount"],
    )
    return [
        Letter(
            one["MessageId"],
            one["ReceiptHandle"],
            one["Body"],
            int(one["Attributes"]["ApproximateReceiveCount"]),
        )
        for one in answer.get("Messages", [])
    ]


def _pile(function: Function) -> Pile | None:
    try:
        url = _url(SETTINGS.queue(function.dead_letters_name))
    except _sqs().exceptions.QueueDoesNotExist:
        return None
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = _sqs().get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return Pile(function, url, *(int(found[name]) for name in names))


def _url(name: str) -> str:
    return str(_sqs().get_queue_url(QueueName=name)["QueueUrl"])


def _sqs() -> Any:
    return aws.client("sqs")
