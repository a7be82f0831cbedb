"""One suite for all who confirm identities, over real HTTP to their stand-ins."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import app
from chalicelib.core.alipay_client import AlipayClient
from chalicelib.core.id_documents import DOCUMENT_TYPES, Document
from chalicelib.core.settings import SettingsError
from chalicelib.identity.domain import PlatformCodeRefused, ProviderUnavailable
from chalicelib.identity.providers.alipay_real_name import AlipayRealName
from chalicelib.identity.providers.base import IdentityAuthority, IdentityClaim
from chalicelib.identity.providers.demo import EmbeddedIdentity
from chalicelib.identity.providers.http_authority import HttpAuthority, read_mapping
from chalicelib.identity.providers.wechat_real_name import WechatRealName
from infra.local.engine import free_port
from infra.local.secrets import public_pem_of
from infra.local.server import Server, Site
from infra.local.stand_ins import IDENTITY_MAPPING
from infra.local.stand_ins.alipay import AlipayStandIn
from infra.local.stand_ins.base import Asked
from infra.local.stand_ins.identity import MODES, IdentityMode, IdentityStandIn
from infra.local.stand_ins.wechat import WechatStandIn
from tests.identity.providers.scripted import Kept, Script
from tests.support.people import id_number
from tests.support.secrets import SECRETS

MAPPING = read_mapping(IDENTITY_MAPPING.read_text()).model_copy(update={"seconds": 0.5})
MODE = IdentityMode(slow_seconds=0.8)
ACCOUNT = "account-1"
CLAIM = IdentityClaim("诸葛孔明", Document("resident_id", id_number()), ACCOUNT)
TROUBLE = ("slow", "down", "wrong", "limited")


@dataclass(frozen=True)
class World:
    """An authority, the same with a wrong secret, and how a user agrees that it tells."""

    authority: IdentityAuthority
    wrong: IdentityAuthority
    agree: Callable[..., str] = lambda **_: ""
    knows_names: bool = False


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    port = free_port()
    host = f"http://127.0.0.1:{port}/stand-ins"
    url, gateway = f"{host}/identity/confirm", f"{host}/alipay/gateway.do"
    app_pem, public_pem = SECRETS["alipay_private_key"], SECRETS["alipay_public_key"]
    platform_pem = SECRETS["stand_in_alipay_private_key"]
    identity = IdentityStandIn(url, "key", now, MODE)
    wechat = WechatStandIn("wx", "secret", now, mode=MODE)
    alipay = AlipayStandIn("app", public_pem_of(app_pem), platform_pem, now, mode=MODE)
    server, site = Server(port), Site(app, [identity, wechat, alipay])
    threading.Thread(target=partial(server.serve, site), daemon=True).start()

    def asked(stand_in: Any, path: str, body: dict[str, Any]) -> str:
        answer = stand_in.answer(Asked("POST", path, {}, {}, json.dumps(body).encode()))
        return str(json.loads(answer.body)["code"])

    def agree_wechat(account: str = ACCOUNT, **user: str) -> str:
        return asked(wechat, "realname/codes", {"openid": account, **user})

    def agree_alipay(account: str = ACCOUNT, **user: str) -> str:
        return asked(alipay, "codes", {"open_id": account, "real_name": user})

    yield {
        "http": World(
            HttpAuthority(url, MAPPING, b"key"), HttpAuthority(url, MAPPING, b"another key")
        ),
        "wechat": World(
            WechatRealName(f"{host}/wechat", "wx", "secret", 0.5),
            WechatRealName(f"{host}/wechat", "wx", "wrong", 0.5),
            agree_wechat,
            knows_names=True,
        ),
        "alipay": World(
            AlipayRealName(AlipayClient(gateway, "app", app_pem, public_pem), 0.5),
            AlipayRealName(AlipayClient(gateway, "app", platform_pem, public_pem), 0.5),
            agree_alipay,
            knows_names=True,
        ),
        "embedded": World(EmbeddedIdentity(), EmbeddedIdentity()),
    }
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["http", "wechat", "alipay"])
def world(worlds: dict[str, World], request: pytest.FixtureRequest) -> Iterator[World]:
    MODE.name = "normal"
    yield worlds[request.param]
    MODE.name = "normal"


@pytest.fixture(params=["wechat", "alipay"])
def platform(worlds: dict[str, World], request: pytest.FixtureRequest) -> World:
    MODE.name = "normal"
    return worlds[request.param]


def claimed(world: World, claim: IdentityClaim = CLAIM, **agreed: str) -> IdentityClaim:
    """Return a claim by a user who agreed to be told by their own name, or by another."""
    user = {"name": claim.name, "id_number": claim.document.number, **agreed}
    return replace(claim, code=world.agree(**user))


def test_who_it_is_is_confirmed(world: World) -> None:
    assert world.authority.confirm(claimed(world)) is True
    assert world.authority.proof == "platform"
    assert CLAIM.document.document_type in world.authority.document_types


def test_the_embedded_one_believes_everybody(worlds: dict[str, World]) -> None:
    authority = worlds["embedded"].authority
    assert authority.confirm(CLAIM)
    assert all(one in authority.document_types for one in DOCUMENT_TYPES)


def test_a_pair_that_is_denied_is_not_confirmed(world: World) -> None:
    MODE.name = "denies"
    assert world.authority.confirm(claimed(world)) is False


@pytest.mark.parametrize("mode", TROUBLE)
def test_trouble_of_the_authority_is_no_denial(world: World, mode: str) -> None:
    MODE.name = mode
    with pytest.raises(ProviderUnavailable):
        world.authority.confirm(claimed(world))
    assert set(MODES) == {"normal", "denies", *TROUBLE}


def test_our_own_wrong_secret_is_no_denial_either(world: World) -> None:
    with pytest.raises(ProviderUnavailable):
        world.wrong.confirm(claimed(world))


@pytest.mark.parametrize("agreed", [{"name": "周瑜"}, {"id_number": id_number()}, {"name": ""}])
def test_a_platform_tells_of_its_own_user_alone(platform: World, agreed: dict[str, str]) -> None:
    assert platform.authority.confirm(claimed(platform, CLAIM, **agreed)) is False


@pytest.mark.parametrize("code", ["made-up", "", "签"])
def test_a_code_that_the_platform_did_not_give_is_refused(platform: World, code: str) -> None:
    with pytest.raises(PlatformCodeRefused):
        platform.authority.confirm(replace(CLAIM, code=code))


def test_another_accounts_code_and_a_used_one_are_refused(platform: World) -> None:
    with pytest.raises(PlatformCodeRefused):
        platform.authority.confirm(claimed(platform, account="account-2"))
    claim = claimed(platform)
    platform.authority.confirm(claim)
    with pytest.raises(PlatformCodeRefused):
        platform.authority.confirm(claim)


def test_alipay_tells_apart_the_kinds_of_documents(worlds: dict[str, World]) -> None:
    MODE.name, alipay = "normal", worlds["alipay"]
    permit = replace(CLAIM, document=Document("hk_macao_travel_permit", "H12345678"))
    assert alipay.authority.confirm(claimed(alipay, permit, cert_type="11"))
    assert not alipay.authority.confirm(claimed(alipay, permit, cert_type="1"))


ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["1", "2"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["data", "result", "request_id", "x"]), inner)
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(ANSWERS)
def test_no_answer_without_our_requests_id_confirms_anybody(script: Script, answer: Any) -> None:
    script.body = json.dumps(answer).encode()
    with pytest.raises(ProviderUnavailable):
        HttpAuthority(f"{script.url}/x", MAPPING, b"key").confirm(CLAIM)


def plain(**changes: Any) -> Any:
    """Return the mapping of an authority that neither nests nor repeats our request's id."""
    mapping = {
        "key_id": "city",
        "request": {"name": "/xm", "id_number": "/a~1b/zjhm"},
        "document_types": {"resident_id": 1},
        "answer": {"result": "/code", "confirmed": [True, 0], "denied": [1, "no"]},
    }
    return {**mapping, **changes}


@pytest.mark.parametrize(
    ("code", "confirmed"),
    [(True, True), (0, True), (1, False), ("no", False), (False, None), ("0", None), (None, None)],
)
def test_an_answer_is_read_as_the_mapping_says(
    script: Script, code: object, confirmed: bool | None
) -> None:
    script.body = json.dumps({"code": code}).encode()
    authority = HttpAuthority(script.url, read_mapping(json.dumps(plain())), b"key")
    if confirmed is None:
        with pytest.raises(ProviderUnavailable):
            authority.confirm(CLAIM)
        return
    assert authority.confirm(CLAIM) is confirmed
    assert authority.proof == "match"
    assert "passport" not in authority.document_types


@pytest.mark.parametrize(("status", "wait"), [(429, 60), (500, 5), (301, 5), (401, 5)])
def test_only_a_limit_asks_for_a_long_wait(script: Script, status: int, wait: int) -> None:
    script.status = status
    with pytest.raises(ProviderUnavailable) as refused:
        HttpAuthority(script.url, MAPPING, b"key").confirm(CLAIM)
    assert refused.value.retry_after == wait


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "[]",
        "{}",
        json.dumps(plain(request={"name": "/xm"})),
        json.dumps(plain(request={"name": "xm", "id_number": "/n"})),
        json.dumps(plain(request={"name": "/xm", "id_number": "/n", "phone": "/p"})),
        json.dumps(plain(document_types={})),
        json.dumps(plain(document_types={"library_card": "1"})),
        json.dumps(plain(proof="counter")),
        json.dumps(plain(seconds=0)),
        json.dumps(plain(key="secret")),
        json.dumps(plain(answer={"result": "/c", "confirmed": ["1"], "denied": []})),
        json.dumps(plain(answer={"result": "/c", "confirmed": ["1"], "denied": ["2", "1"]})),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="IDENTITY_MAPPING"):
        read_mapping(wrong)


def test_nothing_personal_is_told_to_the_log(worlds: dict[str, World], log: Kept) -> None:
    for mode in ("limited", "wrong", "denies"):
        for name in ("http", "wechat", "alipay"):
            MODE.name = mode
            try:
                worlds[name].authority.confirm(claimed(worlds[name]))
            except ProviderUnavailable:
                assert log.records
    MODE.name = "normal"
    said = "".join(repr(vars(record)) for record in log.records) + repr(CLAIM)
    assert not [word for word in (CLAIM.name, CLAIM.document.number, ACCOUNT) if word in said]
