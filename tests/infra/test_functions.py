import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.appointments.jobs import release
from chalicelib.core import aws, events
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.notifications.domain import LEASE
from functions import manifest
from functions.manifest import Function, Queue, Schedule
from infra.local import readers, resources, timers
from infra.local.engine import Engine
from infra.local.functions import Functions, Process, TimersProcess
from tests.support import effects
from tests.support.clock import TestClock
from tests.support.faults import Crash

TABLE = "onetrip-test-entries"
NIGHT = time_of_day(0, 5)
RELEASE = manifest.named("release_expired").run
# A kill costs each message in hand an attempt.
WORKER = Function("effects", (Queue(("effect.",), attempts=15),), timeout_seconds=3)
IMPATIENT = Function("impatient_effects", (Queue(("impatient.",), attempts=2),), timeout_seconds=3)


def until(fact: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def world(engine: Engine) -> None:
    """A table with entries, and a queue whose worker makes effects, beside the product's own."""
    resources.create()
    effects.create(effects.TABLE)
    effects.create(TABLE, stream=True)
    for function in (WORKER, IMPATIENT):
        dead = resources.queue(SETTINGS.queue(function.dead_letters_name), {})
        resources.connect(function, SETTINGS.event_bus, dead)


def reader(function: Function) -> Process:
    queue = SETTINGS.queue(function.queue_name)
    return Process("queue", "tests.support.effects.handler", queue, str(function.timeout_seconds))


@pytest.fixture
def processes(world: None) -> Iterator[list[Process]]:
    started = [Process("stream", "functions.entry.publish_events"), reader(WORKER)]
    for process in started:
        process.start()
    yield started
    for process in started:
        process.stop()


def test_each_entry_of_a_change_takes_effect(processes: list[Process]) -> None:
    group = new_id(8)
    effects.write(TABLE, effects.entries(f"{group}-1", "effect.made", 3))
    until(lambda: effects.counted(group) == 3)
    assert set(effects.marks(group)) == {f"{group}-1.{seq}" for seq in (1, 2, 3)}


def test_what_a_worker_does_not_want_does_not_reach_it(processes: list[Process]) -> None:
    group = new_id(8)
    effects.write(TABLE, effects.entries(f"{group}-1", "effectless.made", 3))
    effects.write(TABLE, effects.entries(f"{group}-2", "effect.made", 1))
    until(lambda: effects.counted(group) == 1)
    assert set(effects.marks(group)) == {f"{group}-2.1"}


def test_workers_killed_at_random_lose_nothing_and_do_nothing_twice(
    processes: list[Process],
) -> None:
    group, stopped, chance = new_id(8), threading.Event(), random.Random(4)

    def kill() -> None:
        while not stopped.wait(chance.uniform(0.3, 1.2)):
            chance.choice(processes).kill()

    killer = threading.Thread(target=kill)
    killer.start()
    subjects = [f"{group}-{number}" for number in range(40)]
    for subject in subjects:
        effects.write(TABLE, effects.entries(subject, "effect.made", 5))
        time.sleep(0.1)
    stopped.set()
    killer.join()
    until(lambda: effects.counted(group) == 200, seconds=60)
    assert set(effects.marks(group)) == {f"{s}.{seq}" for s in subjects for seq in range(1, 6)}


def test_poison_goes_to_the_dead_letters_and_holds_up_nobody(processes: list[Process]) -> None:
    processes.append(reader(IMPATIENT))
    processes[-1].start()
    sqs, group = aws.client("sqs"), new_id(8)
    url = sqs.get_queue_url(QueueName=SETTINGS.queue(IMPATIENT.queue_name))["QueueUrl"]
    dead = sqs.get_queue_url(QueueName=SETTINGS.queue(IMPATIENT.dead_letters_name))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=f"poison {group}")
    effects.write(TABLE, effects.entries(f"{group}-1", "impatient.made", 2))
    until(lambda: effects.counted(group) == 2)
    found: list[Any] = []

    def arrived() -> bool:
        found.extend(sqs.receive_message(QueueUrl=dead).get("Messages", []))
        return bool(found)

    until(arrived, seconds=60)
    assert [one["Body"] for one in found] == [f"poison {group}"]


@pytest.mark.parametrize("function", manifest.with_queues(), ids=lambda one: one.name)
def test_a_message_is_tried_for_longer_than_a_killed_worker_has_leased_it(
    function: Function,
) -> None:
    assert function.queue
    later = sum(map(readers.pause_after, range(2, function.queue.attempts)))
    assert timedelta(seconds=function.timeout_seconds + later) > LEASE


def messages(group: str) -> list[str]:
    return [
        json.dumps({"detail": json.loads(events.of_entry(entry).to_json())})
        for entry in effects.entries(f"{group}-1", "effect.made", 5)
    ]


def test_doubled_and_reordered_messages_take_effect_once(processes: list[Process]) -> None:
    sqs, group = aws.client("sqs"), new_id(8)
    url = sqs.get_queue_url(QueueName=SETTINGS.queue(WORKER.queue_name))["QueueUrl"]
    bodies = messages(group)
    for body in [*reversed(bodies), *bodies, bodies[2]]:
        sqs.send_message(QueueUrl=url, MessageBody=body)
    until(lambda: waiting(url) == 0)
    assert effects.counted(group) == 5
    assert set(effects.marks(group)) == {f"{group}-1.{seq}" for seq in range(1, 6)}


def test_an_effect_whose_message_could_not_be_deleted_is_not_made_again(world: None) -> None:
    sqs, group = aws.client("sqs"), new_id(8)
    name = f"undeleted-{group.lower()}"
    resources.queue(name, {})
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    for body in messages(group):
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def lost(request: Any, **_: object) -> None:
        raise ReadTimeoutError(endpoint_url=request.url)

    sqs.meta.events.register_first("before-send.sqs.DeleteMessageBatch", lost)
    try:
        with pytest.raises(ReadTimeoutError):
            readers.take(sqs, url, 1, effects.handler, wait_seconds=5)
    finally:
        sqs.meta.events.unregister("before-send.sqs.DeleteMessageBatch", lost)
    assert effects.counted(group) == 5
    assert waiting(url) == 5
    while waiting(url):
        readers.take(sqs, url, 1, effects.handler, wait_seconds=5)
    assert effects.counted(group) == 5


def test_a_reader_that_is_killed_over_many_entries_goes_on_where_it_came_to(world: None) -> None:
    table, taken = "onetrip-many-entries", list[int]()
    effects.create(table, stream=True)
    effects.write(table, effects.entries(f"{new_id(8)}-1", "effect.none", 250))
    [stream] = aws.client("dynamodbstreams").list_streams(TableName=table)["Streams"]

    def dies_over_the_third(batch: Any, _context: object) -> dict[str, Any]:
        if len(taken) >= 200:
            raise Crash
        return take(batch, _context)

    def take(batch: Any, _context: object) -> dict[str, Any]:
        taken.extend(int(one["dynamodb"]["NewImage"]["seq"]["N"]) for one in batch["Records"])
        return {"batchItemFailures": []}

    with pytest.raises(Crash):
        readers.Shard(stream["StreamArn"]).step(dies_over_the_third)
    again = readers.Shard(stream["StreamArn"])
    while again.step(take):
        pass
    assert taken == list(range(1, 251))


def waiting(url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(found["Attributes"][name]) for name in names)


def test_every_worker_of_the_manifest_has_its_queue_and_rule(world: None) -> None:
    sqs, bus = aws.client("sqs"), aws.client("events")
    for function in manifest.with_queues():
        name = SETTINGS.queue(function.queue_name)
        assert sqs.get_queue_url(QueueName=name)["QueueUrl"]
        rule = bus.describe_rule(Name=name, EventBusName=SETTINGS.event_bus)
        assert function.queue
        assert all(f'"{prefix}"' in rule["EventPattern"] for prefix in function.queue.prefixes)


def test_making_the_queues_again_keeps_their_messages(world: None) -> None:
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName=SETTINGS.queue("publish-events-dead"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    resources.create()
    message = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert message["Body"] == "kept"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_timers_run_what_is_due_before_the_mover_of_the_clock_goes_on(
    world: None, clock: TestClock
) -> None:
    from chalicelib.appointments import storage

    process = TimersProcess("release_expired")
    # Another test's clock may have been further.
    storage.set_closed_until("hall-330200", "20270227")
    clock.set(datetime.fromisoformat("2027-03-01T09:00:00+08:00"))
    process.run_due()
    closed = storage.closed_until("hall-330200")
    assert closed == "20270228"
    clock.advance(86400)
    process.run_due()
    assert storage.closed_until("hall-330200") == "20270301"
    process.stop()


def test_a_timers_process_that_was_killed_is_started_again(world: None) -> None:
    process = TimersProcess("release_expired")
    process.run_due()
    process.kill()
    process.run_due()
    assert process._child
    assert process._child.poll() is None
    process.stop()


def test_a_run_starts_a_process_for_each_function(world: None) -> None:
    functions = Functions()
    started = [process._about[1] for process in functions._others]
    assert sorted(started) == sorted(
        one.handler for one in (*manifest.with_streams(), *manifest.with_queues())
    )


@pytest.mark.parametrize(
    ("schedule", "last", "due"),
    [
        (Schedule(minutes=5), "01T09:00", "01T09:05"),
        (Schedule(daily_at=NIGHT), "01T00:04", "01T00:05"),
        (Schedule(daily_at=NIGHT), "01T00:05", "02T00:05"),
        (Schedule(daily_at=NIGHT), "01T23:00", "02T00:05"),
    ],
)
def test_when_a_timer_is_due_again(schedule: Schedule, last: str, due: str) -> None:
    moment = datetime.fromisoformat(f"2027-03-{last}+08:00")
    assert timers.next_after(schedule, moment) == datetime.fromisoformat(f"2027-03-{due}+08:00")


def test_a_timer_that_failed_is_due_still(monkeypatch: pytest.MonkeyPatch, world: None) -> None:
    ran: list[datetime] = []

    def fail(now: datetime) -> None:
        ran.append(now)
        if len(ran) == 1:
            raise RuntimeError

    monkeypatch.setattr(release, "release_expired", fail)
    function = Function("release_expired", (Schedule(minutes=1),), run=RELEASE)
    now, some = datetime.fromisoformat("2027-03-01T09:00:00+08:00"), timers.Timers([function])
    for seconds in (0, 10, 20, 71):
        some.run_due(now + timedelta(seconds=seconds))
    assert [(moment - now).seconds for moment in ran] == [0, 10, 71]


def test_a_daily_timer_that_ran_is_not_run_again_by_the_next_process(
    monkeypatch: pytest.MonkeyPatch, world: None
) -> None:
    ran: list[datetime] = []
    monkeypatch.setattr(release, "release_expired", ran.append)
    function = Function("release_expired", (Schedule(daily_at=NIGHT),), run=RELEASE)
    now = datetime.fromisoformat("2027-03-01T09:00:00+08:00")
    for hours in (0, 1, 16):
        timers.Timers([function]).run_due(now + timedelta(hours=hours))
    assert [(moment - now).seconds // 3600 for moment in ran] == [0, 16]
