"""Runs by the clock that are cut into parts: each thing is in one, and a part fails by itself."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws, worker
from chalicelib.core.buckets import Part
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.notifications import storage
from chalicelib.notifications.domain import Due
from functions import manifest
from infra.local import resources
from infra.local.engine import Engine
from tests.support import functions
from tests.support.clock import MONDAY

PARTED = [one for one in manifest.FUNCTIONS if one.parts]
# Before everything that others have due.
LONG_AGO = MONDAY - timedelta(days=2000)


@pytest.fixture
def queue(engine: Engine) -> Iterator[str]:
    """The queue of the parts of reminders; its URL."""
    name = SETTINGS.queue(manifest.named("send_reminders").parts_name)
    resources.queue(name, {})
    sqs = aws.client("sqs")
    url = str(sqs.get_queue_url(QueueName=name)["QueueUrl"])
    yield url
    sqs.delete_queue(QueueUrl=url)


def taken(url: str) -> list[dict[str, Any]]:
    """Take all messages of a queue, as Lambda hands them over, one by one."""
    sqs, found = aws.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
            found.append({"Records": [{"messageId": one["MessageId"], "body": one["Body"]}]})
    return found


@pytest.mark.fresh_index("the list is looked at a moment after it was worked off")
def test_the_clock_sends_a_message_a_part_and_all_parts_do_all_of_it(queue: str) -> None:
    due = [Due(new_id(8), new_id(16), "reminder_day_before", LONG_AGO) for _ in range(40)]
    for one in due:
        storage.plan_reminder(one, 1, MONDAY)
    functions.call("send_reminders", {"source": "aws.events"})
    messages = taken(queue)
    parts = [json.loads(one["Records"][0]["body"]) for one in messages]
    assert sorted(one["number"] for one in parts) == [*range(16)]
    assert {one["of"] for one in parts} == {16}
    mine = [set(storage.list_due(LONG_AGO, 100, Part(**one))) for one in parts]
    assert Counter(one for some in mine for one in some) == Counter(due)
    half = len(messages) // 2
    for message in messages[:half]:
        functions.call("send_reminders", message)
    left = set(storage.list_due(LONG_AGO, 100))
    assert left == set().union(*mine[half:])
    for message in messages[half:]:
        functions.call("send_reminders", message)
    assert storage.list_due(LONG_AGO, 100) == []


def test_a_part_that_fails_says_so_and_is_alone() -> None:
    done: list[int] = []

    def run(_now: object, part: Part) -> None:
        if part.number == 1:
            raise KeyError(part)
        done.append(part.number)

    handle = worker.parted("test", run, "nowhere", 3)

    def message(number: int) -> dict[str, Any]:
        body = json.dumps({"number": number, "of": 3})
        return {"Records": [{"messageId": "m", "body": body}]}

    for number in (0, 1, 2):
        if number == 1:
            with pytest.raises(worker.RunFailed):
                handle(message(number), None)
        else:
            handle(message(number), None)
    assert done == [0, 2]


def test_what_grows_with_halls_and_people_is_cut_into_parts() -> None:
    whole = {one.name for one in manifest.with_schedules() if not one.parts}
    # Lanes of messages and draws have a length of their own; the others look at a few days, or at
    # what other systems have.
    assert whole == {
        "anchor_heads",
        "compare_books",
        "hold_draws",
        "publish_datasets",
        "send_courier_messages",
        "send_issuer_messages",
        "send_subscriber_messages",
    }
