import json
from base64 import b64decode
from pathlib import Path

import pytest
from chalice.app import Chalice, Response
from chalice.config import Config
from chalice.local import LocalChalice, LocalGateway

from chalicelib.core import auth, routing
from chalicelib.core.http_messages import QueryModel, Request
from chalicelib.core.http_messages import Response as PlainResponse
from chalicelib.core.routes import Routes
from chalicelib.core.routing import LazyRouter
from infra.local.engine import Engine
from tests.support.client import ApiClient


def test_the_table_names_the_module_of_every_view(engine: Engine) -> None:
    table = LazyRouter().table()
    assert {(method, path) for path, row in table.items() for method in row} == set(Routes.declared)
    assert table["/v1/login"]["POST"].startswith("chalicelib.identity.api")


def test_a_packaged_table_is_enough_to_lead_requests(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "routes.json"
    file.write_text(json.dumps({"/v1/one": {"GET": "no.such.module", "PUT": "no.such.module"}}))
    monkeypatch.setattr(routing, "TABLE", file)
    app = Chalice("onetrip")
    LazyRouter().install(app)
    # What a route stands in is imported when somebody asks for it.
    assert set(app.routes) == {"/v1/one"}
    assert set(app.routes["/v1/one"]) == {"GET", "PUT", "OPTIONS"}


@pytest.mark.parametrize(("origin", "allowed"), [("https://hall.example", True), ("null", False)])
def test_a_browser_is_told_what_it_may_send(
    client: ApiClient, origin: str, *, allowed: bool
) -> None:
    answer = client.send("OPTIONS", "/v1/me", headers={"origin": origin})
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-methods"] == "DELETE, GET, PATCH"
    assert "Idempotency-Key" in answer.headers["access-control-allow-headers"]
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


def test_what_chalice_refuses_has_the_contracts_shape(client: ApiClient) -> None:
    answer = client.put("/v1/me", {})
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"OPTIONS", "GET", "PATCH", "DELETE"}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


TEXTS = ("json", "+jwt")


def test_what_is_no_text_is_sent_as_binary_by_the_gateway() -> None:
    app = Chalice("gateway")
    LazyRouter().install(app)
    media = {one for route in Routes.declared.values() for one in route.media}
    binary = {one for one in media if not one.startswith("text/") and not one.endswith(TEXTS)}
    assert binary >= {"application/pdf", "image/png", "image/svg+xml"}
    for one in binary:
        sent = Response(b"\xff\0", {"Content-Type": one}).to_dict(app.api.binary_types)
        assert (json.loads(json.dumps(sent))["body"], sent["isBase64Encoded"]) == ("/wA=", True)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("", 200),
        ("*/*", 200),
        ("*/*;q=0.1", 200),
        ("application/*", 200),
        ("text/html, application/pdf;q=0.2", 200),
        ("text/html", 406),
        ("application/json", 406),
    ],
)
def test_bytes_are_sent_to_whom_they_are_acceptable(
    monkeypatch: pytest.MonkeyPatch, engine: Engine, accept: str | None, status: int
) -> None:
    def view(request: Request[QueryModel]) -> PlainResponse:
        return PlainResponse(b"%PDF-\xff", content_type="application/pdf")

    monkeypatch.setattr(Routes, "declared", {})
    Routes("test").get("/v1/page", auth=auth.public, media=("application/pdf",))(view)
    table = {"/v1/page": {"GET": "chalicelib.core.routing"}}
    monkeypatch.setattr(LazyRouter, "table", lambda _: table)
    app = LocalChalice("bytes")
    LazyRouter().install(app)
    headers = {"host": "127.0.0.1"} | ({} if accept is None else {"accept": accept})
    answer = LocalGateway(app, Config()).handle_request("GET", "/v1/page", headers, b"")
    assert answer["statusCode"] == status
    if status == 200:
        assert b64decode(answer["body"]) == b"%PDF-\xff"
