"""What is personal in a certificate: sealed, exported, erased, audited."""

import json
from typing import Any

import pytest

from chalicelib.certificates import storage
from chalicelib.core import tables
from tests.certificates.world import decide, follow, granted, issued, revoke, verify
from tests.support.cases import verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import auditor


def whole_table() -> str:
    dynamodb: Any = tables.client()
    pages = dynamodb.get_paginator("scan").paginate(TableName=storage.TABLE.name)
    return json.dumps([page["Items"] for page in pages], ensure_ascii=False, default=str)


def test_nothing_personal_is_kept_in_clear(client: ApiClient, morning: TestClock) -> None:
    made = issued(client, verified(client), "residence-permit")
    decide(client, worker(client, "supervisor"), made["certificate_id"], "revoke")
    kept = whole_table()
    assert made["certificate_id"] in kept
    for secret in ("王小明", made["fields"]["residence_address"], "涉嫌作假"):
        assert secret not in kept


def test_the_export_has_them_whole(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    made = issued(client, me)
    decide(client, worker(client, "supervisor"), made["certificate_id"], "suspend")
    [exported] = client.get("/v1/me/export", token=me.token).json()["certificates"]
    assert exported["fields"] == made["fields"]
    assert exported["holders"][0]["name"] == "王小明"
    assert len(exported["holders"][0]["id_number"]) == 18
    assert exported["valid_until"] == "2033-03-01"
    told = [(one["event"], one["reason"]) for one in exported["timeline"]]
    assert told == [("certificate.issued", None), ("certificate.suspended", "持证人涉嫌作假")]


@pytest.mark.parametrize("service", ["driving-licence-renewal", "marriage-registration"])
def test_an_erased_holder_is_named_nowhere(
    client: ApiClient, morning: TestClock, service: str
) -> None:
    me = verified(client)
    made = issued(client, me, service)
    walk(client, worker(client), made["case_id"], "complete")
    assert client.delete("/v1/me", token=me.token).status == 204
    assert verify(client, made["verification_code"]).json()["status"] == "holder_erased"
    record = storage.load(made["verification_code"])
    assert record
    assert record.content is None
    desk = worker(client, "supervisor")
    shown = client.get(f"/v1/admin/certificates/{made['certificate_id']}", token=desk).json()
    assert shown["holders"] == []
    for step in ("suspend", "revoke"):
        assert decide(client, desk, made["certificate_id"], step).status in (404, 409)


def test_who_left_before_the_event_gets_none(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    case_id = granted(client, me)
    walk(client, worker(client), case_id, "complete")
    assert client.delete("/v1/me", token=me.token).status == 204
    follow(case_id)
    assert f"C#{me.citizen_id}" not in whole_table()


def test_auditors_of_its_hall_verify_its_history(client: ApiClient, morning: TestClock) -> None:
    one = issued(client, verified(client))["certificate_id"]
    revoke(client, one)
    near, far = auditor(client, "hall-330200"), auditor(client, "hall-330100")
    path = f"/v1/admin/audit/{one}"
    types = [entry["type"] for entry in client.get(path, token=near).json()["items"]]
    assert types == [f"certificate.{step}" for step in ("issued", "revocation_asked", "revoked")]
    assert client.get(f"{path}/verify", token=near).json()["whole"] is True
    assert client.get(path, token=far).status == 404
    assert client.get(f"/v1/admin/audit/{one}x", token=near).status == 404
