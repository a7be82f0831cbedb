"""The short way to the embedded engine answers as the long one does, refusals too."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.settings import SETTINGS
from infra.local import resources, shortcut
from tests.support.client import ApiClient

KEY = {"pk": {"S": "shortcut"}, "sk": {"S": "一"}}
ITEM = {**KEY, "raw": {"B": b"\x00\xff"}, "set": {"SS": ["a", "b"]}, "n": {"N": "3"}}


@pytest.fixture(autouse=True)
def tables(client: ApiClient) -> Iterator[None]:
    resources.create()
    database().put_item(TableName=resources.checkpoints(), Item=ITEM)
    yield
    database().delete_item(TableName=resources.checkpoints(), Key=KEY)


def database() -> Any:
    return aws.client("dynamodb")


def both_ways(ask: Callable[[], Any]) -> tuple[Any, Any]:
    """Return what is answered the long way and the short one, refusals as their whole contents."""
    answers = []
    for way in (long_way(), shortcut.opened()):
        with way:
            try:
                said = ask()
            except ClientError as error:
                said = error.response
        answers.append({name: v for name, v in said.items() if name != "ResponseMetadata"})
    return answers[0], answers[1]


@contextmanager
def long_way() -> Iterator[list[str]]:
    """Listen to what is sent, and give the names of what was."""
    sent = list[str]()

    def listen(event_name: str, **_: object) -> None:
        sent.append(event_name)

    with ExitStack() as listening:
        for service in ("dynamodb", "sqs", "events"):
            events = aws.client(service).meta.events
            events.register("before-send", listen)
            listening.callback(events.unregister, "before-send", listen)
        yield sent


def get() -> Any:
    return database().get_item(TableName=resources.checkpoints(), Key=KEY)


def miss_a_condition() -> Any:
    put = {
        "TableName": resources.checkpoints(),
        "Item": ITEM,
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    return database().transact_write_items(TransactItems=[{"Put": put}])


def ask_for_no_table() -> Any:
    return database().get_item(TableName="there-is-none", Key=KEY)


def ask_for_no_queue() -> Any:
    return aws.client("sqs").get_queue_url(QueueName="there-is-none")


def find_a_queue() -> Any:
    return aws.client("sqs").get_queue_url(QueueName=SETTINGS.queue("follow-up"))


def tell_the_bus() -> Any:
    entry = {"Source": "onetrip.test", "DetailType": "nothing", "Detail": "{}"}
    said = aws.client("events").put_events(Entries=[entry])
    return {**said, "Entries": len(said["Entries"])}


@pytest.mark.parametrize(
    "ask",
    [get, miss_a_condition, ask_for_no_table, ask_for_no_queue, find_a_queue, tell_the_bus],
)
def test_both_ways_say_the_same(ask: Callable[[], Any]) -> None:
    long, short = both_ways(ask)
    assert short == long
    assert short


@pytest.mark.parametrize("raw", [b"", b"\x00\xff"])
def test_what_is_written_the_short_way_reads_the_same(raw: bytes) -> None:
    item = {**KEY, "raw": {"B": raw}, "all": {"BS": [b"a", raw]}, "deep": {"M": {"x": {"L": []}}}}
    with shortcut.opened():
        database().put_item(TableName=resources.checkpoints(), Item=item)
    assert get()["Item"]["all"]["BS"]
    long, short = both_ways(get)
    assert short["Item"] == long["Item"]
    assert short["Item"]["raw"] == {"B": raw}


def test_a_text_that_is_none_is_written_as_ever() -> None:
    # Half a surrogate pair: the engine tells what it makes of it, whoever wrote it.
    half = {"pk": {"S": "shortcut"}, "sk": {"S": "\ud800"}}
    long, short = both_ways(lambda: database().delete_item(TableName="none", Key=half))
    assert short == long


def test_who_listens_to_what_is_sent_hears_of_all() -> None:
    with shortcut.opened(), long_way() as sent:
        get()
        tell_the_bus()
    get()
    assert sent == ["before-send.dynamodb.GetItem", "before-send.eventbridge.PutEvents"]


def test_a_refusal_is_of_its_own_kind_and_says_why() -> None:
    with shortcut.opened(), pytest.raises(database().exceptions.TransactionCanceledException) as no:
        miss_a_condition()
    [reason] = no.value.response["CancellationReasons"]
    assert reason["Code"] == "ConditionalCheckFailed"
    assert reason["Item"]["raw"] == {"B": b"\x00\xff"}


def test_a_large_answer_comes_whole() -> None:
    key = {"pk": {"S": "shortcut"}, "sk": {"S": "large"}}
    large = {**key, "text": {"S": "长" * 100_000}}
    with shortcut.opened():
        database().put_item(TableName=resources.checkpoints(), Item=large)
        given = database().get_item(TableName=resources.checkpoints(), Key=key)
        database().delete_item(TableName=resources.checkpoints(), Key=key)
    assert given["Item"] == large


def hang_up(server: socket.socket) -> None:
    line, _ = server.accept()
    line.close()


def test_an_engine_that_hangs_up_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        lines = shortcut.Lines(f"http://127.0.0.1:{server.getsockname()[1]}")
        threading.Thread(target=hang_up, args=[server]).start()
        with pytest.raises(ConnectionError):
            lines.ask({}, b"{}")
    with pytest.raises(ConnectionError):
        lines.ask({}, b"{}")


@pytest.mark.parametrize(("idle_seconds", "opened"), [(30.0, 1), (0.0, 2)])
def test_a_line_is_used_again_until_the_engine_may_have_hung_up(
    idle_seconds: float, opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcut, "_IDLE_SECONDS", idle_seconds)
    came = list[socket.socket]()

    def answer(line: socket.socket) -> None:
        came.append(line)
        with line:
            while line.recv(1000):
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve, args=[server, answer], daemon=True)
        serving.start()
        lines = shortcut.Lines(f"http://127.0.0.1:{server.getsockname()[1]}")
        for _ in range(2):
            assert lines.ask({}, b"{}").body == b"{}"
        lines.close()
    assert len(came) == opened


def serve(server: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    with suppress(OSError):
        while True:
            line, _ = server.accept()
            threading.Thread(target=answer, args=[line], daemon=True).start()
