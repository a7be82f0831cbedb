"""Personal data of a case: seen by its owner and by recorded staff, and nowhere else."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.cases import storage
from chalicelib.core import tables
from chalicelib.core.logs import JsonLines
from tests.cases.test_cases import post
from tests.support.cases import lodge, take, verified, worker
from tests.support.client import ApiClient

SECRETS = ("王小明", "13800138000", "江东北路 1 号", "我的理由", "请改住址", "很满意的评价")
ADDRESS = {
    "name": "王小明",
    "phone": "13800138000",
    "division_code": "330203",
    "detail": "江东北路 1 号",
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the product logs during a test, as it is written."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("onetrip")
    logger.addHandler(handler)
    yield text
    logger.removeHandler(handler)


def whole_table() -> str:
    """Return every item of the room's table as text."""
    dynamodb: Any = tables.client()
    pages = dynamodb.get_paginator("scan").paginate(TableName=storage.TABLE.name)
    return json.dumps([page["Items"] for page in pages], ensure_ascii=False)


def test_nothing_personal_is_kept_in_clear_or_logged(client: ApiClient, log: io.StringIO) -> None:
    me, desk = verified(client), worker(client)
    made = lodge(client, me, service="elder-card", delivery=ADDRESS)
    assert made.status == 201, made.body
    case_id = made.json()["case_id"]
    items = [{"pointer": "/form", "detail": "请改住址"}]
    assert take(client, desk, case_id, "request-correction", items=items).status == 200
    shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert shown["corrections"][0]["detail"] == "请改住址"
    path = f"/v1/cases/{case_id}"
    assert post(client, me, f"{path}/withdraw", {"reason": "我的理由"}).status == 200
    rating = {"score": 5, "comment": "很满意的评价"}
    assert post(client, me, f"{path}/rating", rating).status == 200
    kept, logged = whole_table(), log.getvalue()
    assert "POST /v1/cases" in logged
    assert case_id in kept
    for secret in SECRETS:
        assert secret not in kept, secret
        assert secret not in logged, secret
    listed = client.get("/v1/admin/cases?status=withdrawn", token=desk).body.decode()
    assert case_id in listed
    assert not any(secret in listed for secret in SECRETS)


def test_what_a_citizen_holds_is_given_out_and_forgotten(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    case_id = lodge(client, me, service="elder-card", delivery=ADDRESS).json()["case_id"]
    [held] = client.get("/v1/me/export", token=me.token).json()["cases"]
    assert held["case_id"] == case_id
    assert held["delivery"] == ADDRESS
    refused = client.delete("/v1/me", token=me.token)
    assert (refused.status, refused.code) == (409, "things_open")
    assert refused.json()["open"] == [case_id]
    assert take(client, desk, case_id, "decline", note="我的理由").status == 200
    assert client.delete("/v1/me", token=me.token).status == 204
    seen = client.get(f"/v1/admin/cases/{case_id}", token=desk)
    assert seen.status == 200, seen.body
    assert seen.json()["form"] is None
    assert seen.json()["applicant"] == {"name": None, "id_number": None}
    assert seen.json()["timeline"][-1]["note"] is None
    found = storage.load_with_body(case_id)
    assert found
    assert (found[1].form, found[1].delivery) == (None, None)


def test_auditors_verify_a_cases_history(client: ApiClient) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    auditor = worker(client, "auditor")
    path = f"/v1/admin/audit/{case_id}"
    assert client.get(f"{path}/verify", token=auditor).json()["whole"] is True
    record = storage._Entry.get(f"K#{case_id[8:]}", "E#000001")
    record.actor = "somebody else"
    record.save()
    found = client.get(f"{path}/verify", token=auditor).json()
    assert (found["whole"], found["first_bad_seq"], found["reason"]) == (False, 1, "altered")
    far = worker(client, "auditor", "hall-330203")
    assert client.get(path, token=far).status == 404
