"""What X-Ray is told of the calls of a traced invocation, and that nothing waits for it."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.catalogue.storage import _records
from chalicelib.core import aws, tracing
from infra.local.engine import Engine

TRACE, SEGMENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
TABLE = _records.TABLE.name


class Daemon:
    """What a daemon hears on its port."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def hear(self) -> dict[str, Any]:
        header, _, document = self.socket.recv(65536).partition(b"\n")
        assert json.loads(header) == {"format": "json", "version": 1}
        return dict(json.loads(document))

    def is_quiet(self) -> bool:
        self.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            self.socket.recv(1)
        return True


@pytest.fixture
def daemon(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    heard = Daemon()
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", heard.address)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={TRACE};Parent={SEGMENT};Sampled=1")
    yield heard
    heard.socket.close()
    tracing._socket().close()
    tracing._socket.cache_clear()


@pytest.fixture
def dynamodb(daemon: Daemon) -> Any:
    """A client of its own, as that of the process is not traced here."""
    return aws._client.__wrapped__("dynamodb")


def read(client: Any, table: str = TABLE) -> None:
    client.get_item(TableName=table, Key={"pk": {"S": "secret"}, "sk": {"S": "x"}})


def test_a_call_is_a_subsegment_that_names_nobody(daemon: Daemon, dynamodb: Any) -> None:
    read(dynamodb)
    said = daemon.hear()
    assert (said["trace_id"], said["parent_id"]) == (TRACE, SEGMENT)
    assert (said["type"], said["namespace"], said["name"]) == ("subsegment", "aws", "dynamodb")
    assert said["aws"]["operation"] == "GetItem"
    assert said["aws"]["table_name"] == TABLE
    assert said["http"] == {"response": {"status": 200}}
    assert said["start_time"] <= said["end_time"]
    assert len(said["id"]) == 16
    assert "secret" not in json.dumps(said)
    assert not {"fault", "error"} & said.keys()


def test_a_refusal_and_a_call_without_an_answer_say_so(
    daemon: Daemon, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ClientError):
        read(dynamodb, "onetrip-nothing")
    said = daemon.hear()
    assert (said["error"], said["throttle"], said["http"]["response"]["status"]) == (
        True,
        False,
        400,
    )
    monkeypatch.setattr(dynamodb._endpoint, "host", "http://127.0.0.1:1")

    def cut(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="x")

    dynamodb.meta.events.register("before-send", cut)
    with pytest.raises(EndpointConnectionError):
        read(dynamodb)
    said = daemon.hear()
    assert (said["fault"], said["name"], said["aws"]["operation"]) == (True, "dynamodb", "GetItem")


@pytest.mark.parametrize(
    "header",
    ["", f"Root={TRACE};Parent={SEGMENT};Sampled=0", f"Root={TRACE};Sampled=1", "Sampled=1", "x"],
)
def test_nothing_is_said_of_what_is_not_sampled(
    daemon: Daemon, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    read(dynamodb)
    assert daemon.is_quiet()
    assert tracing.sampled() is None


def test_nobody_waits_for_a_daemon_that_is_not_there(
    dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", "256.0.0.1:2000")
    read(dynamodb)


def test_without_a_daemon_no_call_is_followed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_XRAY_DAEMON_ADDRESS", raising=False)
    client = aws._client.__wrapped__("sqs")
    handlers = client.meta.events._emitter._handlers.prefix_search("before-call.sqs.SendMessage")
    assert not [one for one in handlers if one.__module__ == tracing.__name__]
