import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, EndpointConnectionError
from chalice.app import Chalice
from pynamodb.exceptions import PynamoDBException

from chalicelib.anchors.storage import anchors
from chalicelib.core import logs
from chalicelib.core.crypto import KmsMasterKey
from chalicelib.core.settings import SETTINGS
from infra.local.engine import Engine
from tests.support.client import ApiClient
from tests.support.faults import Outage, outage

ROOT: Final = Path(__file__).parent.parent.parent
LOG = logging.getLogger("onetrip.test_logs")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines())
    logger = logging.getLogger("onetrip")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_has_the_known_fields_alone(written: io.StringIO) -> None:
    LOG.info("case_lodged", extra={"code": "一", "reason": None, "phone": "13800001234"})
    [line] = lines(written)
    assert {name: line[name] for name in ("level", "logger", "message", "code", "reason")} == {
        "level": "INFO",
        "logger": "onetrip.test_logs",
        "message": "case_lodged",
        "code": "一",
        "reason": None,
    }
    assert line["at"].endswith("+00:00")
    assert "13800001234" not in written.getvalue()


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (lambda: anchors.list_anchors(None, 1).items, "anchors.py:"),
        (lambda: KmsMasterKey("key").wrap(b"key", "somebody"), "crypto.py:"),
    ],
)
def test_the_place_of_a_failure_is_ours_that_stands_nearest(
    written: io.StringIO, engine: Engine, call: Callable[[], object], place: str
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://service.example")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", failing)
        try:
            call()
        except (BotoCoreError, PynamoDBException):
            LOG.exception("request_failed")
    [line] = lines(written)
    assert line["place"].startswith(place)
    assert line["place"] != line["places"][-1]


def test_the_first_failure_of_a_process_is_told_like_all_others(client: ApiClient) -> None:
    # As Chalice makes it with the app, which writes the words of an exception.
    whole = io.StringIO()
    handler, logger = logging.StreamHandler(whole), logging.getLogger("onetrip")
    before = list(logger.handlers)
    logger.handlers[:] = [handler]
    try:
        with outage(Outage.FAILS):
            assert client.get("/v1/anchors").status == 503
        [ours] = logger.handlers
        assert isinstance(ours.formatter, logs.JsonLines)
        assert whole.getvalue() == ""
    finally:
        logger.handlers[:] = before


def facts_of(source: str) -> set[str]:
    """Return the names of facts that functions hand to their log, as far as these show them."""
    found: list[ast.expr] = []
    for function in [
        one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.FunctionDef)
    ]:
        inside = list(ast.walk(function))
        given = [one.value for one in inside if isinstance(one, ast.keyword) and one.arg == "extra"]
        more = [one for each in given if isinstance(each, ast.Dict) for one in each.values]
        names = {one.id for one in (*given, *more) if isinstance(one, ast.Name)}
        set_here = [one for one in inside if isinstance(one, ast.Assign)]
        found += given
        found += [one.value for one in set_here if {ast.unparse(to) for to in one.targets} & names]
    keys = (key for one in found if isinstance(one, ast.Dict) for key in one.keys)
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def test_every_fact_that_is_logged_is_written() -> None:
    lost = {}
    for folder in ("chalicelib", "functions"):
        for file in (ROOT / folder).rglob("*.py"):
            source = file.read_text()
            if "getLogger" in source and (unknown := facts_of(source) - {*logs.FIELDS}):
                lost[str(file.relative_to(ROOT))] = unknown
    assert lost == {}


def test_an_exception_is_told_by_its_type_and_place_and_not_by_its_words(
    written: io.StringIO,
) -> None:
    try:
        int("11010119900101001X")
    except ValueError:
        LOG.exception("request_failed")
    [line] = lines(written)
    assert line["exception"] == "ValueError"
    assert line["places"][-1].startswith("test_logs.py:")
    assert "11010119900101001X" not in written.getvalue()


def test_what_is_bound_stands_in_every_line_inside(written: io.StringIO) -> None:
    with logs.bound(request_id="r1", room="cases"):
        with logs.bound(room="payments"):
            LOG.info("inner")
        LOG.info("outer", extra={"request_id": "r2"})
    LOG.info("after")
    inner, outer, after = lines(written)
    assert (inner["request_id"], inner["room"]) == ("r1", "payments")
    assert (outer["request_id"], outer["room"]) == ("r2", "cases")
    assert not {"request_id", "room"} & after.keys()


def test_metrics_are_in_the_embedded_format(written: io.StringIO) -> None:
    logs.count_repaired("reconcile", "receipt", 3)
    [line] = lines(written)
    assert (line["stage"], line["function"], line["kind"]) == (
        SETTINGS.stage,
        "reconcile",
        "receipt",
    )
    assert line["repaired"] == 3
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "OneTrip",
        "Dimensions": [["stage", "function"], ["stage", "function", "kind"]],
        "Metrics": [{"Name": "repaired", "Unit": "Count"}],
    }


def test_fields_of_a_line_are_metrics_by_what_they_are_counted(written: io.StringIO) -> None:
    counted = [(("stage", "code"), ("refused",)), (("stage", "operation"), ("answers",))]
    LOG.info("done", extra={"refused": 1, "answers": 1, **logs.embedded(counted)})
    [line] = lines(written)
    assert (line["refused"], line["answers"], line["stage"]) == (1, 1, SETTINGS.stage)
    first, second = line["_aws"]["CloudWatchMetrics"]
    assert first["Dimensions"] == [["stage", "code"]]
    assert first["Metrics"] == [{"Name": "refused", "Unit": "Count"}]
    assert second["Dimensions"] == [["stage", "operation"]]


def test_the_cause_is_that_of_the_request_in_hand() -> None:
    assert logs.cause() is None
    with logs.bound(cause="r1"):
        assert logs.cause() == "r1"
        with logs.bound(cause=None):
            assert logs.cause() is None


def test_it_is_configured_once_and_in_the_place_of_plain_handlers() -> None:
    logger = logging.getLogger("onetrip")
    before, level, propagates = list(logger.handlers), logger.level, logger.propagate
    logger.handlers = [logging.StreamHandler(io.StringIO())]
    try:
        logs.configure()
        logs.configure()
        [handler] = logger.handlers
        assert isinstance(handler.formatter, logs.JsonLines)
        Chalice("onetrip")
        assert len(logger.handlers) == 2
        logs.configure()
        assert logger.handlers == [handler]
        assert not logger.propagate
        logger.setLevel(logging.NOTSET)
        logs.configure()
        assert logger.level == logging.INFO
    finally:
        logger.handlers, logger.propagate = before, propagates
        logger.setLevel(level)
