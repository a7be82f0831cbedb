"""The issuer's desk: it says bills by signed messages, takes what it is told, and shows both."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.payments.bills.domain.numbers import is_bill_number
from chalicelib.webhooks.service import signing
from infra.local.stand_ins.base import Answer, Asked
from infra.local.stand_ins.issuer import IssuerStandIn
from tests.infra.world import SECRET, Api


@pytest.fixture
def desk(api: Api, tmp_path: Path) -> IssuerStandIn:
    return new_desk(api, tmp_path)


def new_desk(api: Api, folder: Path) -> IssuerStandIn:
    url = f"http://127.0.0.1:{api.server.server_port}/"
    file = folder / "issuer.json"
    return IssuerStandIn("police", url, SECRET, file, lambda: datetime.now(UTC), slow_seconds=0)


def ask(desk: IssuerStandIn, method: str, path: str, body: object = None, **headers: str) -> Answer:
    return desk.answer(Asked(method, path, {}, headers, json.dumps(body).encode()))


def say(desk: IssuerStandIn, action: str, **bill: Any) -> Any:
    answer = ask(desk, "POST", "", {"action": action, "bill": bill})
    assert answer.status == 201, answer.body
    return json.loads(answer.body)


def tell(desk: IssuerStandIn, number: int = 1, secret: str = SECRET) -> Answer:
    body = json.dumps({"type": "bill.paid", "data": {"bill_number": "<1>"}})
    headers = signing.sign([secret], f"msg_{number}", datetime.now(UTC), body)
    return desk.answer(Asked("POST", "webhooks", {}, headers, body.encode()))


def test_it_makes_changes_and_cancels_a_bill(desk: IssuerStandIn, api: Api) -> None:
    made = say(desk, "create", kind="fee", items=[{"name": "费", "cents": 100}])
    assert is_bill_number(made["bill_number"])
    assert len(made["code"]) == 6
    number = made["bill_number"]
    changed = say(desk, "change", bill_number=number, title="改过")
    assert (changed["title"], changed["kind"], changed["items"]) == ("改过", "fee", made["items"])
    say(desk, "cancel", bill_number=number)
    assert [(one["type"], one["data"]["sequence"]) for one in api.got] == [
        ("bill.created", 1),
        ("bill.changed", 2),
        ("bill.cancelled", 3),
    ]
    [shown] = json.loads(ask(desk, "GET", "").body)["bills"]
    assert (shown["title"], shown["cancelled"]) == ("改过", True)


def test_what_is_refused_is_told_and_not_kept(desk: IssuerStandIn, api: Api) -> None:
    api.status = 422
    assert ask(desk, "POST", "", {"action": "create", "bill": {"kind": "x"}}).status == 422
    assert json.loads(ask(desk, "GET", "").body)["bills"] == []
    wrong: list[Any] = [{}, {"action": "make", "bill": {}}, {"action": "create", "bill": 1}, []]
    for body in wrong:
        assert ask(desk, "POST", "", body).status == 422
    assert ask(desk, "POST", "", {"action": "change", "bill": {"bill_number": "1"}}).status == 404
    assert ask(desk, "DELETE", "x").status == 404


def test_it_takes_what_is_signed_and_counts_it_once(desk: IssuerStandIn) -> None:
    assert [tell(desk).status, tell(desk).status] == [200, 200]
    fresh = signing.new_secret()
    assert tell(desk, 2, fresh).status == 401
    items = json.loads(ask(desk, "GET", "messages").body)["items"]
    assert [(i["message_id"], i["verified"], i["times"], i["type"]) for i in items] == [
        ("msg_2", False, 1, "bill.paid"),
        ("msg_1", True, 2, "bill.paid"),
    ]
    assert ask(desk, "PUT", "secret", {"secret": fresh}).status == 200
    assert tell(desk, 3, fresh).status == 200
    assert ask(desk, "PUT", "secret", {"secret": "none"}).status == 400


def test_its_modes(desk: IssuerStandIn, api: Api) -> None:
    for mode, status in (("slow", 200), ("down", 503), ("rejects", 400), ("normal", 200)):
        assert ask(desk, "PUT", "mode", {"mode": mode}).status == 200
        assert tell(desk).status == status, mode
    ask(desk, "PUT", "mode", {"mode": "twice"})
    say(desk, "create")
    assert len(api.got) == 2
    assert ask(desk, "PUT", "mode", {"mode": "odd"}).status == 400


def test_what_it_knows_outlives_the_run_and_a_person_sees_a_page(
    desk: IssuerStandIn, api: Api, tmp_path: Path
) -> None:
    say(desk, "create", title="<b>")
    tell(desk)
    again = new_desk(api, tmp_path)
    assert len(json.loads(ask(again, "GET", "").body)["bills"]) == 1
    page = ask(again, "GET", "", accept="text/html")
    assert page.content_type.startswith("text/html")
    assert b"&lt;b&gt;" in page.body
    assert b"<b>" not in page.body
    assert b"&lt;1&gt;" in page.body
