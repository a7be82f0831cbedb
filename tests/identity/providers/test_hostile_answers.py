"""Answers that no honest platform gives: none logs anyone in, none is a crash."""

import json

import pytest

from chalicelib.core.alipay_client import AlipayClient
from chalicelib.identity.domain import InvalidLoginCode, ProviderUnavailable
from chalicelib.identity.providers.base import LoginProvider
from tests.identity.providers.scripted import NODE, Script, alipay, wechat
from tests.support.secrets import SECRETS

# Signs as the platform does.
PLATFORM = AlipayClient(
    "", "", SECRETS["stand_in_alipay_private_key"], SECRETS["alipay_public_key"]
)
VICTIM = '{"user_id":"victim"}'
ATTACKER = '{"user_id":"attacker"}'


@pytest.fixture(params=["wechat", "alipay"])
def provider(request: pytest.FixtureRequest, script: Script) -> LoginProvider:
    return wechat(script) if request.param == "wechat" else alipay(script)


GARBAGE = {
    "nothing": b"",
    "not UTF-8": b'{"openid":"\xff"}',
    "cut off": b'{"openid":"o1","session_key":"hush',
    "an array": b"[]",
    "nested without end": b"[" * 60_000,
    "too long": b'{"openid":"o1"' + b" " * 70_000 + b"}",
    "empty names": json.dumps({"openid": "", NODE: {"user_id": ""}}).encode(),
    "names of other types": json.dumps({"openid": ["o1"], NODE: {"user_id": 1}}).encode(),
    "codes of other types": json.dumps(
        {"errcode": [40029], NODE: {"sub_code": ["isv.code-invalid"]}}
    ).encode(),
    "a node of another type": json.dumps({"errcode": {}, NODE: [1]}).encode(),
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_trouble_of_the_platform(
    provider: LoginProvider, script: Script, body: bytes
) -> None:
    script.body = body
    with pytest.raises(ProviderUnavailable):
        provider.exchange("code")


def test_after_too_long_an_answer_the_next_one_is_read(script: Script) -> None:
    provider = wechat(script)
    script.body = b" " * 2_000_000
    with pytest.raises(ProviderUnavailable):
        provider.exchange("code")
    script.body = b'{"openid":"o1"}'
    assert provider.exchange("code").subject == "o1"


def test_a_redirect_is_not_followed(provider: LoginProvider, script: Script) -> None:
    script.status, script.headers = 302, {"Location": f"{script.url}/elsewhere"}
    with pytest.raises(ProviderUnavailable):
        provider.exchange("code")
    assert "/elsewhere" not in [path for path, _, _ in script.asked]


def test_an_answer_that_trickles_in_is_cut_off(script: Script) -> None:
    script.body, script.drip = b'{"openid":"o1"}' + b" " * 1000, 0.2
    with pytest.raises(ProviderUnavailable):
        wechat(script, seconds=1).exchange("code")


def test_an_openid_beside_an_error_is_not_believed(script: Script) -> None:
    script.body = b'{"errcode":40029,"errmsg":"invalid code","openid":"o1"}'
    with pytest.raises(InvalidLoginCode):
        wechat(script).exchange("code")


def test_errcode_zero_is_no_error(script: Script) -> None:
    script.body = b'{"errcode":0,"errmsg":"ok","openid":"o1","session_key":"hush"}'
    assert wechat(script).exchange("code").subject == "o1"


def forgeries() -> dict[str, str]:
    """Return answers that hold a genuine signature, or none, and name somebody else."""
    sign = PLATFORM.sign_text(ATTACKER)
    refusal = '{"code":"40002","sub_code":"isv.code-invalid","user_id":"victim"}'
    return {
        "unsigned": f'{{"{NODE}":{VICTIM}}}',
        "unsigned, as if refused": f'{{"{NODE}":{refusal}}}',
        "unsigned error node": f'{{"error_response":{refusal}}}',
        "null signature": f'{{"{NODE}":{refusal},"sign":null}}',
        "another text's": f'{{"{NODE}":{VICTIM},"sign":"{sign}"}}',
        "node twice, forged last": f'{{"{NODE}":{ATTACKER},"{NODE}":{VICTIM},"sign":"{sign}"}}',
        "node twice, forged first": f'{{"{NODE}":{VICTIM},"{NODE}":{ATTACKER},"sign":"{sign}"}}',
        "node inside": f'{{"x":{{"{NODE}":{ATTACKER}}},"{NODE}":{VICTIM},"sign":"{sign}"}}',
        "name as a text": f'{{"x":"{NODE}","y":{ATTACKER},"{NODE}":{VICTIM},"sign":"{sign}"}}',
        "name escaped": f'{{"\\u0061{NODE[1:]}":{VICTIM},"sign":"{sign}"}}',
        "signature not base64": f'{{"{NODE}":{VICTIM},"sign":"签名"}}',
        "signature not text": f'{{"{NODE}":{VICTIM},"sign":{{}}}}',
    }


@pytest.mark.parametrize("kind", forgeries().keys())
def test_a_forged_answer_never_logs_the_victim_in(script: Script, kind: str) -> None:
    script.body = forgeries()[kind].encode()
    try:
        subject = alipay(script).exchange("code").subject
    except (ProviderUnavailable, InvalidLoginCode):
        return
    # What the platform did sign is all that may be believed.
    assert subject == "attacker"


def test_the_genuine_answer_beside_the_forgeries_is_believed(script: Script) -> None:
    script.body = f'{{"{NODE}":{ATTACKER},"sign":"{PLATFORM.sign_text(ATTACKER)}"}}'.encode()
    assert alipay(script).exchange("code").subject == "attacker"


def test_alipay_is_told_the_charset_in_the_address(script: Script) -> None:
    with pytest.raises(ProviderUnavailable):
        alipay(script).exchange("code")
    path, query, form = script.asked[0]
    assert (path, query) == ("/gateway.do", {"charset": "utf-8"})
    assert form["charset"] == "utf-8"
