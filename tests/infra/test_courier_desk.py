"""The courier's desk: it takes what is signed, shows it, and moves parcels by signed reports."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.webhooks.service import signing
from infra.local.stand_ins.base import Answer, Asked
from infra.local.stand_ins.courier import CourierStandIn
from tests.infra.world import SECRET, Api

DELIVERY = "abcdefgh123456789012"


@pytest.fixture
def desk(api: Api, tmp_path: Path) -> CourierStandIn:
    return new_desk(api, tmp_path)


def new_desk(api: Api, folder: Path) -> CourierStandIn:
    url = f"http://127.0.0.1:{api.server.server_port}/"
    return CourierStandIn(
        "ems", url, SECRET, folder / "courier.json", lambda: datetime.now(UTC), slow_seconds=0
    )


def ask(
    desk: CourierStandIn, method: str, path: str, body: object = None, **headers: str
) -> Answer:
    return desk.answer(Asked(method, path, {}, headers, json.dumps(body).encode()))


def deliver(desk: CourierStandIn, number: int = 1, secret: str = SECRET) -> Answer:
    data = {"delivery_id": DELIVERY, "direction": "to_citizen", "address": {"name": "<张>"}}
    body = json.dumps({"type": "delivery.requested", "sequence": number, "data": data})
    headers = signing.sign([secret], f"msg_{number}", datetime.now(UTC), body)
    return desk.answer(Asked("POST", "webhooks", {}, headers, body.encode()))


def told(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_it_takes_what_is_signed_and_counts_it_once(desk: CourierStandIn) -> None:
    assert [deliver(desk).status, deliver(desk).status] == [200, 200]
    assert deliver(desk, 2, signing.new_secret()).status == 401
    items = told(ask(desk, "GET", "messages"))["items"]
    assert [(i["message_id"], i["verified"], i["times"]) for i in items] == [
        ("msg_2", False, 1),
        ("msg_1", True, 2),
    ]
    [job] = told(ask(desk, "GET", ""))["jobs"]
    assert (job["delivery_id"], job["status"]) == (DELIVERY, "requested")


def test_it_moves_a_parcel_by_a_signed_report(desk: CourierStandIn, api: Api) -> None:
    deliver(desk)
    answer = ask(desk, "POST", DELIVERY, {"status": "picked_up", "note": "门卫"})
    assert (answer.status, told(answer)["answer"]) == (200, {"result": "applied"})
    [got] = api.got
    assert (got["type"], got["data"]["status"]) == ("delivery.updated", "picked_up")
    assert got["data"]["note"] == "门卫"
    assert told(ask(desk, "GET", ""))["jobs"][0]["status"] == "picked_up"
    api.status = 404
    assert ask(desk, "POST", DELIVERY, {"status": "lost"}).status == 404
    assert told(ask(desk, "GET", ""))["jobs"][0]["status"] == "picked_up"
    assert ask(desk, "POST", DELIVERY, {}).status == 400


def test_its_modes(desk: CourierStandIn, api: Api) -> None:
    for mode, status in (("slow", 200), ("down", 503), ("rejects", 400), ("normal", 200)):
        assert ask(desk, "PUT", "mode", {"mode": mode}).status == 200
        assert deliver(desk).status == status, mode
    ask(desk, "PUT", "mode", {"mode": "twice"})
    assert told(ask(desk, "POST", DELIVERY, {"status": "accepted"}))["sent"] == 2
    assert len(api.got) == 2
    assert ask(desk, "PUT", "mode", {"mode": "odd"}).status == 400


def test_it_is_given_a_secret_that_was_rotated(desk: CourierStandIn) -> None:
    fresh = signing.new_secret()
    assert deliver(desk, 1, fresh).status == 401
    assert ask(desk, "PUT", "secret", {"secret": fresh}).status == 200
    assert [deliver(desk, 2, fresh).status, deliver(desk, 3).status] == [200, 200]
    assert ask(desk, "PUT", "secret", {"secret": "none"}).status == 400


def test_what_it_knows_outlives_the_run(desk: CourierStandIn, api: Api, tmp_path: Path) -> None:
    deliver(desk)
    ask(desk, "PUT", "mode", {"mode": "down"})
    again = told(ask(new_desk(api, tmp_path), "GET", ""))
    assert again["mode"] == "down"
    assert [job["delivery_id"] for job in again["jobs"]] == [DELIVERY]


def test_a_person_sees_a_page_in_which_nothing_runs_that_was_sent(desk: CourierStandIn) -> None:
    deliver(desk)
    page = ask(desk, "GET", "", accept="text/html")
    assert page.content_type.startswith("text/html")
    assert "&lt;张&gt;".encode() in page.body
    assert b"<\xe5\xbc\xa0>" not in page.body
    assert ask(desk, "DELETE", "x").status == 404
