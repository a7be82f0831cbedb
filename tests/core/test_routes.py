import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.core import auth, logs
from chalicelib.core.errors import (
    Forbidden,
    InternalError,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    Problem,
)
from chalicelib.core.http_messages import BodyModel, Response
from chalicelib.core.responses import HttpResponse
from chalicelib.core.routes import Routes, handle
from chalicelib.core.routes import refused as refusal_of


class Shown(BodyModel):
    name: str


@dataclass
class Asked:
    headers: Mapping[str, str] = field(default_factory=dict)
    query_params: Mapping[str, str] | None = None
    context: Mapping[str, Any] = field(default_factory=lambda: {"requestId": "r1"})
    raw_body: bytes = b""


@pytest.fixture
def routes(monkeypatch: pytest.MonkeyPatch) -> Routes:
    """Routes that no other test sees."""
    monkeypatch.setattr(Routes, "declared", {})
    return Routes("x")


def answer(view: Callable[..., Any], asked: Asked | None = None, **path: str) -> HttpResponse:
    Routes("x").get("/v1/x", auth=auth.public, response=Shown, cacheable_seconds=60)(view)
    return handle(Routes.declared["GET", "/v1/x"], asked or Asked(), path)


def refuse(problem: Exception) -> Callable[..., Any]:
    def view(_: object, **__: str) -> None:
        raise problem

    return view


def test_a_route_is_declared_once(routes: Routes) -> None:
    for method in ("get", "post", "put", "patch", "delete"):
        declare = getattr(routes, method)("/v1/x", auth=auth.public)
        declare(lambda _: None)
        with pytest.raises(TypeError, match=f"{method.upper()} /v1/x is declared twice"):
            declare(lambda _: None)
    assert {route.tag for route in Routes.declared.values()} == {"x"}


def test_a_model_is_answered_and_not_sent_twice(routes: Routes) -> None:
    first = answer(lambda _: Shown(name="名"))
    assert (first.status, first.body) == (200, '{"name":"名"}')
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["X-Request-Id"] == "r1"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    Routes.declared.clear()
    known = Asked({"If-None-Match": f'"x", W/{first.headers["ETag"]}', "Accept-Language": "en"})
    again = answer(lambda _: Shown(name="名"), known)
    assert (again.status, again.body, again.headers["Content-Language"]) == (304, "", "en")


def test_a_view_may_answer_by_itself(routes: Routes) -> None:
    made = answer(lambda _: Response(b"\x89PNG", 202, {"X-A": "b"}, "image/png"))
    assert (made.status, made.body, made.headers["X-A"]) == (202, b"\x89PNG", "b")
    assert made.headers["Content-Type"] == "image/png"
    Routes.declared.clear()
    assert answer(lambda _: Response(None)).body == ""


def test_what_nobody_foresaw_is_told_without_its_words(
    routes: Routes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure()
    monkeypatch.setattr(logging.getLogger("onetrip"), "propagate", True)
    failed = answer(refuse(ValueError("13800001234")))
    assert (failed.status, json.loads(failed.body)["code"]) == (500, "internal_error")
    assert "13800001234" not in str(failed)
    assert failed.headers["Cache-Control"] == "no-store"
    assert {one.message for one in caplog.records} == {"request_failed", "request_completed"}


def test_a_refusal_is_answered_as_a_problem(routes: Routes) -> None:
    refused = answer(refuse(Forbidden()))
    assert (refused.status, refused.headers["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("value", ["", "a b", "a/b", "宁", "a" * 129, "a\n"])
def test_a_path_that_names_nothing_reaches_no_view(routes: Routes, value: str) -> None:
    assert answer(refuse(AssertionError()), one="a" * 128, other=value).status == 404


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (400, NotAcceptable),
        (403, NotFound),
        (404, NotFound),
        (405, MethodNotAllowed),
        (500, InternalError),
    ],
)
def test_refusals_of_chalice_are_ours(status: int, problem: type[Problem]) -> None:
    refused = refusal_of(status, "GET", Asked())
    assert json.loads(refused.body)["code"] == problem.code
    assert refused.headers.get("Allow") == ("GET" if status == 405 else None)


class _Busy(NotFound):
    code = "busy"


@pytest.mark.parametrize(
    ("counted", "problem", "expected"),
    [
        ("", None, {}),
        ("", _Busy(), {"refused": [["stage", "code"]]}),
        ("booking", None, {"answers": [["stage", "operation", "outcome"]]}),
        (
            "booking",
            _Busy(),
            {"refused": [["stage", "code"]], "answers": [["stage", "operation", "outcome"]]},
        ),
    ],
)
def test_outcomes_and_refusals_are_counted(
    routes: Routes,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    counted: str,
    problem: Problem | None,
    expected: dict[str, list[list[str]]],
) -> None:
    def view(_: object) -> Shown:
        assert logs.cause() == "r1"
        if problem:
            raise problem
        return Shown(name="x")

    routes.get("/v1/x", auth=auth.public, response=Shown, counted=counted)(view)
    logs.configure()
    monkeypatch.setattr(logging.getLogger("onetrip"), "propagate", True)
    handle(Routes.declared["GET", "/v1/x"], Asked(), {})
    *_, line = [vars(one) for one in caplog.records if one.message == "request_completed"]
    told = line.get("_aws", {"CloudWatchMetrics": []})["CloudWatchMetrics"]
    assert {one["Metrics"][0]["Name"]: one["Dimensions"] for one in told} == expected
    assert all(line[name] == 1 for name in expected)
    if counted:
        assert (line["operation"], line["outcome"]) == (counted, "busy" if problem else "done")
    assert logs.cause() is None
