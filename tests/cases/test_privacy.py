"""Personal data of a case: seen by its owner and by recorded staff, and nowhere else."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.cases import storage
from chalicelib.cases.storage._records import HistoryRecord, entry_record
from chalicelib.core import audit, dependencies, history, logs, tables
from chalicelib.core.logs import JsonLines
from chalicelib.identity import service as identity
from tests.cases.world import post
from tests.support.cases import lodge, take, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import before_call
from tests.support.people import log_in_again

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
    # Before there is a handler of ours: it takes one for its own, and leaves the level as it is.
    logs.configure()
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


@pytest.mark.parametrize("service", ["no-criminal-record", "elder-card", "passport-issue"])
@pytest.mark.parametrize("call", [1, 2])
def test_a_case_on_its_way_when_its_citizen_leaves_is_not_lodged(
    client: ApiClient, service: str, call: int
) -> None:
    me = verified(client)
    identity.key_of(me.citizen_id)
    left = []

    def leave() -> None:
        left.append(client.send("DELETE", "/v1/me", token=me.token).status)

    with before_call(call, leave):
        answer = lodge(client, me, service=service)
    assert left == [204]
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert storage.list_of(me.citizen_id, None, 9).items == ()


@pytest.mark.parametrize("call", range(1, 13))
def test_a_case_lodged_while_its_citizen_leaves_keeps_them_or_is_refused(
    client: ApiClient, call: int
) -> None:
    me, lodged = verified(client), list[int]()
    with before_call(call, lambda: lodged.append(lodge(client, me).status)):
        left = client.send("DELETE", "/v1/me", token=me.token).status
    assert (lodged, left) in (([201], 409), ([401], 204))
    assert len(storage.list_of(me.citizen_id, None, 9).items) == (left == 409)
    # Who stays goes on as before.
    assert lodge(client, me).status == (201 if left == 409 else 401)


def test_an_erasure_that_stopped_half_way_bars_for_no_longer_than_its_tokens(
    client: ApiClient, clock: TestClock
) -> None:
    me = verified(client)
    storage.bar(me.citizen_id, dependencies.clock().now() + timedelta(minutes=16))
    assert lodge(client, me).status == 401
    clock.advance(17 * 60)
    assert lodge(client, log_in_again(client, me)).status == 201


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
    listed = client.get("/v1/admin/cases?status=withdrawn&limit=100", token=desk).body.decode()
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
    assert refused.json()["things"] == [{"type": "case", "id": case_id}]
    assert take(client, desk, case_id, "decline", note="我的理由").status == 200
    assert client.delete("/v1/me", token=me.token).status == 204
    seen = client.get(f"/v1/admin/cases/{case_id}", token=desk)
    assert seen.status == 200, seen.body
    assert seen.json()["form"] is None
    assert seen.json()["applicant"] == {"name": None, "document_type": None, "id_number": None}
    assert seen.json()["timeline"][-1]["note"] is None
    found = storage.load_with_body(case_id)
    assert found
    assert (found[1].form, found[1].delivery) == (None, None)


def alter(entries: list[Any]) -> None:
    entries[2].actor = "staff:somebody-else"
    entries[2].save()


def alter_and_seal_again(entries: list[Any]) -> None:
    entry = entries[2].to_entry()
    again = history.append(
        entry.subject,
        entries[1].to_entry().head,
        type_=entry.type,
        at=datetime.fromisoformat(entry.at),
        actor="staff:somebody-else",
        data=entry.data,
        salt=entry.salt,
    )
    entries[2].actor, entries[2].hash = again.actor, again.hash
    entries[2].save()


def leave_out(entries: list[Any]) -> None:
    entries[2].delete()


def cut_the_end(entries: list[Any]) -> None:
    entries[-1].delete()


def swap(entries: list[Any]) -> None:
    entries[2].sk, entries[3].sk = entries[3].sk, entries[2].sk
    entries[2].save()
    entries[3].save()


def add(entries: list[Any]) -> None:
    entries[-1].sk = f"E#{len(entries) + 1:06}"
    entries[-1].save()


def add_what_would_follow(entries: list[Any]) -> None:
    last = entries[-1].to_entry()
    false = history.append(
        last.subject, last.head, type_="case.paid", at=MONDAY, actor="system:x", data={}
    )
    entry_record(last.subject, false).save()


@pytest.mark.parametrize(
    ("tamper", "seq", "reason"),
    [
        (alter, 3, "altered"),
        (alter_and_seal_again, 4, "added"),
        (leave_out, 3, "left_out"),
        (cut_the_end, 5, "left_out"),
        (swap, 3, "swapped"),
        (add, 6, "added"),
        (add_what_would_follow, 6, "added"),
    ],
)
def test_what_was_done_to_a_cases_history_is_found_and_named(
    client: ApiClient, tamper: Callable[[list[Any]], None], seq: int, reason: str
) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    walk(client, worker(client), case_id, "claim", "accept", "review", "reject")
    auditor = worker(client, "auditor")
    path = f"/v1/admin/audit/{case_id}"
    whole = client.get(f"{path}/verify", token=auditor).json()
    assert whole == {"whole": True, "entries": 5, "first_bad_seq": None, "reason": None}
    pk = f"K#{case_id[8:]}"
    tamper(list(HistoryRecord.query(pk, HistoryRecord.sk.startswith("E#"))))
    found = client.get(f"{path}/verify", token=auditor).json()
    assert (found["whole"], found["first_bad_seq"], found["reason"]) == (False, seq, reason)
    # The number on the receipt names the same thing, however it is written.
    number = client.get(f"/v1/admin/cases/{case_id}", token=auditor).json()["receipt_number"]
    by_number = client.get(f"/v1/admin/audit/{number.lower()}/verify", token=auditor).json()
    assert by_number == found
    # Offline, with the published keys alone, the same is found.
    export = client.get(f"/v1/admin/audit/{number}", token=auditor).json()
    assert export["subject_id"] == case_id
    keys = client.get("/v1/keys").json()
    assert audit.verify_export(export, keys) == history.Finding(seq, reason)  # type: ignore[arg-type]


def test_auditors_of_another_hall_see_no_history(client: ApiClient) -> None:
    case_id = lodge(client, verified(client)).json()["case_id"]
    far = worker(client, "auditor", "hall-330203")
    for path in (f"/v1/admin/audit/{case_id}", f"/v1/admin/audit/{case_id}/verify"):
        assert client.get(path, token=far).status == 404
