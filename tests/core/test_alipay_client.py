import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.core.alipay_client import AlipayClient, signed_text
from chalicelib.core.http_client import RequestError
from infra.local.secrets import public_pem_of
from tests.identity.providers.scripted import Script, scripted
from tests.support.secrets import SECRETS

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
PLATFORM_KEY = SECRETS["stand_in_alipay_private_key"]
PLATFORM = AlipayClient("", "", PLATFORM_KEY, public_pem_of(SECRETS["alipay_private_key"]))


@pytest.fixture
def gateway() -> Iterator[Script]:
    with scripted() as script:
        yield script


def ours(url: str = "") -> AlipayClient:
    key = SECRETS["alipay_private_key"]
    return AlipayClient(f"{url}/gateway.do", "app", key, public_pem_of(PLATFORM_KEY))


def genuine(node: Any, name: str = "a_b_response") -> str:
    exact = json.dumps(node, ensure_ascii=False)
    return f'{{"{name}": {exact}, "sign": "{PLATFORM.sign_text(exact)}"}}'


def test_a_request_is_signed_and_a_genuine_answer_is_read(gateway: Script) -> None:
    gateway.body = genuine({"code": "10000", "name": "一"}).encode()
    assert ours(gateway.url).call("a.b", {"x": "é"}, NOW) == {"code": "10000", "name": "一"}
    [(path, query, fields)] = gateway.asked
    assert (path, query) == ("/gateway.do", {"charset": "utf-8"})
    signature = fields.pop("sign")
    assert PLATFORM.verify(signed_text(fields), signature)
    assert (fields["timestamp"], fields["x"]) == ("2026-12-01 09:00:00", "é")


def test_a_common_error_of_the_gateway_is_read_when_signed(gateway: Script) -> None:
    gateway.body = genuine({"code": "20000"}, "error_response").encode()
    assert ours(gateway.url).call("a.b", {}, NOW) == {"code": "20000"}


@pytest.mark.parametrize(
    "text",
    [
        genuine({"code": "10000"}).replace("10000", "10001"),
        genuine({"code": "10000"}, "other_response"),
        '{"a_b_response": {"code": "10000"}, "sign": "no base64!"}',
        '{"a_b_response": {"code": "10000", "sub_code": "x"}}',
        '{"a_b_response": {"code": "40004"}}',
        '{"a_b_response": 1, "sign": "eA=="}',
        "[]",
        "{}",
    ],
)
def test_what_the_platform_did_not_say_is_no_answer(gateway: Script, text: str) -> None:
    gateway.body = text.encode()
    with pytest.raises(RequestError):
        ours(gateway.url).call("a.b", {}, NOW)


def test_without_a_signature_it_may_only_say_no(gateway: Script) -> None:
    refusal = {"code": "40002", "sub_code": "isv.invalid-signature"}
    gateway.body = json.dumps({"a_b_response": {**refusal, "trade_no": "1"}}).encode()
    assert ours(gateway.url).call("a.b", {}, NOW) == refusal


def test_a_callback_is_genuine_with_all_of_its_fields() -> None:
    fields = {"b": "2", "a": "1", "empty": "", "sign_type": "RSA2"}
    signed = {**fields, "sign": PLATFORM.sign_text("a=1&b=2")}
    assert ours().verify_form(signed)
    assert not ours().verify_form({**signed, "b": "3"})
    assert not ours().verify_form({**signed, "c": "3"})
    assert not ours().verify_form(fields)
