"""Every list takes `limit` and `cursor`, also one that is short and is answered whole without."""

import json
from typing import Any

import pytest

from chalicelib.core import dependencies, system_api
from chalicelib.core.http_messages import WholeListQuery
from chalicelib.core.routes import Routes
from infra.local.engine import Engine
from tests.core.world import tokens
from tests.support.client import ApiClient
from tests.support.people import childs_number, log_in

# Not lists of things but a bill's parts, a report, a proof, a data set, and a whole history.
NO_LISTS = {
    "/v1/bills/{bill_number}",
    "/v1/admin/reports/{name}",
    "/v1/cases/{case_id}/history",
    "/v1/datasets/{dataset_id}/data",
    "/v1/admin/audit/{subject_id}",
}
PUBLIC = ["/v1/countries", "/v1/departments", "/v1/life-events", "/v1/registers"]


def test_every_list_says_that_it_takes_a_limit_and_a_cursor(engine: Engine) -> None:
    document: dict[str, Any] = json.loads(system_api.document())
    schemas, seen = document["components"]["schemas"], 0
    for path, methods in document["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
        fields = schemas.get(reference.rpartition("/")[2], {}).get("properties", {})
        if "items" not in fields or path in NO_LISTS:
            continue
        asked = {one["name"] for one in methods["get"]["parameters"] if one["in"] == "query"}
        assert {"limit", "cursor"} <= asked, path
        assert "next_cursor" in fields, path
        seen += 1
    assert seen > 50


@pytest.mark.parametrize("path", PUBLIC)
def test_a_whole_list_is_also_had_in_pages(client: ApiClient, path: str) -> None:
    whole = client.get(path).json()
    assert whole["next_cursor"] is None
    found, cursor = [], ""
    for _ in range(len(whole["items"]) + 1):
        page = client.get(f"{path}?limit=3{cursor}").json()
        assert len(page["items"]) <= 3
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == whole["items"]
    assert len(found) > 3
    # Without a limit the last page is the same.
    begin = (len(found) - 1) // 3 * 3
    assert client.get(f"{path}?{cursor.removeprefix('&')}").json()["items"] == found[begin:]
    other = next(one for one in (*PUBLIC, "/v1/services") if one != path)
    assert client.get(f"{other}?limit=3{cursor}").code == "invalid_cursor"


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", ""])
def test_a_limit_out_of_range_is_refused_by_every_list(client: ApiClient, limit: str) -> None:
    given, seen = tokens(dependencies.clock().now()), 0
    for (method, path), route in Routes.declared.items():
        if method != "GET" or not (route.body and issubclass(route.body, WholeListQuery)):
            continue
        filled = path.replace("{", "").replace("}", "")
        answer = client.get(f"{filled}?limit={limit}", token=given[route.access.kind])
        assert answer.status == 400, path
        assert "/limit" in [one["pointer"] for one in answer.json()["errors"]], path
        seen += 1
    assert seen > 20


def test_whose_list_it_is_nobody_else_reads_on(client: ApiClient) -> None:
    me, other = log_in(client), log_in(client)
    for who in (me, other):
        for name in ("王一", "王二", "王三"):
            body = {"name": name, "id_number": childs_number(), "relation": "child"}
            assert client.post("/v1/me/family", body, token=who.token).status == 201
    whole = client.get("/v1/me/family", token=me.token).json()["items"]
    first = client.get("/v1/me/family?limit=2", token=me.token).json()
    rest = f"/v1/me/family?limit=2&cursor={first['next_cursor']}"
    assert first["items"] + client.get(rest, token=me.token).json()["items"] == whole
    assert client.get(rest, token=other.token).code == "invalid_cursor"
