"""Phones with WeChat: added by what they sign, and what is signed by them; WeChat verifies it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Final

import pytest

from app import app
from chalicelib.core import dependencies
from chalicelib.core.ids import new_id
from chalicelib.core.settings import SETTINGS
from chalicelib.identity.signing import providers, storage
from chalicelib.identity.signing.providers import soter_verifier
from chalicelib.identity.signing.providers.soter import WechatSoter
from infra.local.engine import free_port
from infra.local.server import Server, Site
from infra.local.stand_ins.base import Asked
from infra.local.stand_ins.wechat import WechatStandIn
from tests.mandates.world import pointers
from tests.notifications.world import somebody, token_of
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import id_number
from tests.support.signing import PIN, Unsigned, set_pin

PATH: Final = "/v1/me/factors/soter"


@pytest.fixture(scope="module")
def wechat() -> Iterator[WechatStandIn]:
    """WeChat's stand-in behind HTTP, before which our adapter stands."""
    stand_in = WechatStandIn("wx", "secret", lambda: dependencies.clock().now(), slow_seconds=3)
    port = free_port()
    server = Server(port)
    threading.Thread(target=partial(server.serve, Site(app, [stand_in])), daemon=True).start()
    adapter = WechatSoter(f"http://127.0.0.1:{port}/stand-ins/wechat", "wx", "secret", 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "soter_verifier", lambda: adapter)
        yield stand_in


class Person:
    """A verified person whose log-in is WeChat's, with a phone."""

    def __init__(self, client: ApiClient, stand_in: WechatStandIn) -> None:
        self.client, self.stand_in = client, stand_in
        self.citizen_id, self.openid = somebody("wechat")
        body = {"name": "王大明", "id_number": id_number()}
        answer = client.put("/v1/me/identity", body, token=token_of(self.citizen_id))
        assert answer.status == 200, answer.body

    @property
    def token(self) -> str:
        return token_of(self.citizen_id)

    def touch(self, challenge: str, device: str = "phone", openid: str = "") -> dict[str, str]:
        """Return what the phone gives once its owner touched it."""
        asked = {"openid": openid or self.openid, "challenge": challenge, "device": device}
        body = json.dumps(asked).encode()
        given = json.loads(self.stand_in.answer(Asked("POST", "soter/sign", {}, {}, body)).body)
        return {
            "result_json": given["resultJSON"],
            "result_json_signature": given["resultJSONSignature"],
        }

    def challenge(self) -> str:
        answer = self.client.post(f"{PATH}/options", {}, token=self.token)
        assert answer.status == 200, answer.body
        return str(answer.json()["challenge"])

    def add(self, device: str = "phone", **extra: Any) -> Answer:
        body = {"soter": self.touch(self.challenge(), device), **extra}
        return self.client.post(PATH, body, token=self.token)

    def shown(self) -> dict[str, Any]:
        content = Unsigned().delete("/v1/me", token=self.token).json()["content"]
        return {"act": "erase", "content": content}

    def to_sign(self) -> str:
        path = "/v1/me/signatures/soter-options"
        return str(self.client.post(path, self.shown(), token=self.token).json()["challenge"])

    def sign(self, given: dict[str, str] | None, attempt: str = "") -> Answer:
        body = {**self.shown(), "factor": "soter", "soter": given}
        headers = {"Idempotency-Key": attempt or new_id(16)}
        return self.client.post("/v1/me/signatures", body, token=self.token, headers=headers)


@pytest.fixture
def me(client: ApiClient, morning: TestClock, wechat: WechatStandIn) -> Person:
    return Person(client, wechat)


def test_a_phone_is_added_and_signs_that_its_owner_leaves(me: Person) -> None:
    body = {"soter": me.touch(me.challenge()), "name": "我的手机"}
    first, again = (me.client.post(PATH, body, token=me.token) for _ in range(2))
    assert (first.status, first.json()["kind"], again.json()) == (201, "soter", first.json())
    assert again.headers["idempotency-replayed"] == "true"
    given, attempt = me.touch(me.to_sign()), new_id(16)
    signed, replay = (me.sign(given, attempt) for _ in range(2))
    assert (signed.status, replay.json()) == (201, signed.json())
    # One gesture is one signature, and so one act.
    assert pointers(me.sign(given)) == ["/soter"]
    [factor] = storage.load_factors(me.citizen_id).items
    assert factor.secret["count"] == json.loads(given["result_json"])["counter"]
    assert "phone" not in str(factor.secret)
    headers = {"Onetrip-Signature": signed.json()["signature"]}
    assert Unsigned().delete("/v1/me", token=me.token, headers=headers).status == 204


def test_what_another_signed_or_for_something_else_is_refused(me: Person) -> None:
    other = Person(me.client, me.stand_in)
    assert me.add().status == 201
    good = me.touch(me.to_sign())
    forged = {**good, "result_json": good["result_json"].replace('"fid": "2"', '"fid": "3"')}
    for given in (
        me.touch(me.to_sign(), openid=other.openid),
        me.touch(me.to_sign(), device="another"),
        me.touch(me.challenge()),
        other.touch(other.to_sign()),
        me.touch("anything"),
        forged,
        {**good, "result_json_signature": "bm8="},
        {**good, "result_json_signature": "no base64"},
        {**good, "result_json": "[]"},
        {**good, "result_json": "[" * 2000},
        {**good, "result_json": json.dumps({"raw": "\ud800", "counter": 1})},
        {
            **good,
            "result_json": json.dumps({"raw": me.to_sign(), "cpu_id": "\ud800", "counter": 1}),
        },
    ):
        refused = me.sign(given)
        assert (refused.status, pointers(refused)) == (422, ["/soter"]), given
    assert pointers(me.sign(None)) == ["/soter"]
    assert pointers(other.sign(None)) == ["/factor"]
    assert me.sign(good).status == 201


def test_an_old_challenge_and_an_old_counter_are_refused(me: Person, clock: TestClock) -> None:
    assert me.add().status == 201
    early, late = me.touch(me.to_sign()), me.touch(me.to_sign())
    assert me.sign(late).status == 201
    assert pointers(me.sign(early)) == ["/soter"]
    waiting = me.touch(me.to_sign())
    clock.advance(300)
    assert pointers(me.sign(waiting)) == ["/soter"]


def test_a_phone_that_is_added_without_the_pin_rests(me: Person, clock: TestClock) -> None:
    set_pin(me.client, me.token)
    assert pointers(me.add("quick", pin="274914")) == ["/pin"]
    assert me.add("quick", pin=PIN).status == 201
    assert me.add("slow").status == 201
    assert me.sign(me.touch(me.to_sign(), "quick")).status == 201
    assert pointers(me.sign(me.touch(me.to_sign(), "slow"))) == ["/soter"]
    clock.advance(3 * 86400)
    assert me.sign(me.touch(me.to_sign(), "slow")).status == 201


def test_while_wechat_does_not_answer_nothing_is_signed_and_nothing_lost(me: Person) -> None:
    assert me.add().status == 201
    given = me.touch(me.to_sign())
    for mode in ("busy", "http_500"):
        body = json.dumps({"mode": mode}).encode()
        me.stand_in.answer(Asked("PUT", "messages/mode", {}, {}, body))
        assert me.sign(given).status == 503
    me.stand_in.answer(Asked("PUT", "messages/mode", {}, {}, b'{"mode": "normal"}'))
    assert me.sign(given).status == 201


def test_without_the_setting_or_wechat_it_is_not_set_up(
    client: ApiClient, me: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, _ = somebody("alipay")
    me.citizen_id = elsewhere
    body = {"name": "王大明", "id_number": id_number()}
    assert client.put("/v1/me/identity", body, token=me.token).status == 200
    assert pointers(me.add()) == ["/factor"]
    monkeypatch.setattr(providers, "soter_verifier", lambda: None)
    for path in (f"{PATH}/options", "/v1/me/signatures/soter-options"):
        given = {} if path.startswith(PATH) else me.shown()
        refused = client.post(path, given, token=me.token)
        assert (refused.status, pointers(refused)) == (422, ["/factor"])


def test_a_stage_has_it_by_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for wanted in (False, True):
        monkeypatch.setattr(providers, "SETTINGS", replace(SETTINGS, wechat_soter=wanted))
        made = [soter_verifier.__wrapped__() for _ in range(2)]
        assert [isinstance(one, WechatSoter) for one in made] == [wanted] * 2
