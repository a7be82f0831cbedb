"""One suite for the adapters of the platforms' log-in, over real HTTP to the stand-ins."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import app
from chalicelib.core.alipay_client import AlipayClient, signed_text
from chalicelib.core.errors import TooManyRequests
from chalicelib.identity.domain import InvalidLoginCode, ProviderUnavailable
from chalicelib.identity.providers.alipay import Alipay
from chalicelib.identity.providers.base import LoginProvider
from chalicelib.identity.providers.wechat import Wechat
from infra.local.engine import free_port
from infra.local.secrets import public_pem_of
from infra.local.server import Server, Site
from infra.local.stand_ins.alipay import AlipayStandIn
from infra.local.stand_ins.base import Asked
from infra.local.stand_ins.wechat import WechatStandIn
from tests.support.secrets import SECRETS

NOW = [datetime(2026, 12, 1, 1, tzinfo=UTC)]


@dataclass(frozen=True)
class World:
    """A platform's stand-in behind HTTP, and our adapter before it."""

    name: str
    provider: LoginProvider
    wrong: LoginProvider
    mint: Callable[..., str]


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    wechat = WechatStandIn("wx", "secret", lambda: NOW[0], slow_seconds=3)
    app_pem, public_pem = SECRETS["alipay_private_key"], SECRETS["alipay_public_key"]
    alipay = AlipayStandIn(
        "app",
        public_pem_of(app_pem),
        SECRETS["stand_in_alipay_private_key"],
        lambda: NOW[0],
        slow_seconds=3,
    )
    port = free_port()
    server = Server(port)
    threading.Thread(target=partial(server.serve, Site(app, [wechat, alipay])), daemon=True).start()
    host = f"http://127.0.0.1:{port}/stand-ins"
    gateway = f"{host}/alipay/gateway.do"

    def minting(stand_in: WechatStandIn | AlipayStandIn) -> Callable[..., str]:
        def mint(**wanted: str) -> str:
            asked = Asked("POST", "codes", {}, {}, json.dumps(wanted).encode())
            return str(json.loads(stand_in.answer(asked).body)["code"])

        return mint

    def client(private_pem: str) -> AlipayClient:
        return AlipayClient(gateway, "app", private_pem, public_pem)

    yield {
        "wechat": World(
            "wechat",
            Wechat(f"{host}/wechat", "wx", "secret", 1),
            Wechat(f"{host}/wechat", "wx", "wrong", 1),
            minting(wechat),
        ),
        "alipay": World(
            "alipay",
            Alipay(client(app_pem), 1),
            Alipay(client(SECRETS["stand_in_alipay_private_key"]), 1),
            minting(alipay),
        ),
    }
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["wechat", "alipay"])
def world(worlds: dict[str, World], request: pytest.FixtureRequest) -> World:
    return worlds[request.param]


def test_a_good_code_names_the_account(world: World) -> None:
    one, two = world.provider.exchange(world.mint()), world.provider.exchange(world.mint())
    assert one.platform == world.name
    assert one.subject != two.subject


def test_a_code_works_once(world: World) -> None:
    code = world.mint()
    world.provider.exchange(code)
    with pytest.raises(InvalidLoginCode):
        world.provider.exchange(code)


def test_unknown_and_old_codes_are_refused(world: World) -> None:
    with pytest.raises(InvalidLoginCode):
        world.provider.exchange("made-up")
    code = world.mint()
    NOW[0] += timedelta(days=2)
    with pytest.raises(InvalidLoginCode):
        world.provider.exchange(code)


@pytest.mark.parametrize("outcome", ["busy", "slow", "garbage", "http_500"])
def test_trouble_of_the_platform_is_no_refusal(world: World, outcome: str) -> None:
    with pytest.raises(ProviderUnavailable):
        world.provider.exchange(world.mint(outcome=outcome))


def test_our_own_wrong_settings_are_no_refusal_either(world: World) -> None:
    with pytest.raises(ProviderUnavailable):
        world.wrong.exchange(world.mint())


def test_wechats_special_answers(worlds: dict[str, World]) -> None:
    wechat = worlds["wechat"]
    with pytest.raises(TooManyRequests):
        wechat.provider.exchange(wechat.mint(outcome="rate_limited"))
    with pytest.raises(InvalidLoginCode):
        wechat.provider.exchange(wechat.mint(outcome="high_risk"))


def test_an_answer_that_alipay_did_not_sign_is_not_believed(worlds: dict[str, World]) -> None:
    alipay = worlds["alipay"]
    with pytest.raises(ProviderUnavailable):
        alipay.provider.exchange(alipay.mint(outcome="forged"))


def test_both_kinds_of_alipay_accounts_are_read(worlds: dict[str, World]) -> None:
    alipay = worlds["alipay"]
    assert alipay.provider.exchange(alipay.mint(user_id="2088")).subject == "2088"
    assert alipay.provider.exchange(alipay.mint(open_id="opn")).subject == "opn"


def test_nobody_there_is_no_refusal() -> None:
    with pytest.raises(ProviderUnavailable):
        Wechat(f"http://127.0.0.1:{free_port()}", "wx", "secret", 1).exchange("x")


PLATFORM = AlipayClient(
    "",
    "",
    SECRETS["stand_in_alipay_private_key"],
    public_pem_of(SECRETS["stand_in_alipay_private_key"]),
)


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1), st.data())
def test_a_signed_form_is_believed_until_it_is_changed(
    fields: dict[str, str], data: st.DataObject
) -> None:
    fields.pop("sign", None)
    fields.pop("sign_type", None)
    signed = {**fields, "sign": PLATFORM.sign(fields)}
    assert PLATFORM.verify_form(signed)
    changed = {**signed, data.draw(st.sampled_from([*fields, "new"])): data.draw(st.text())}
    same = signed_text({k: v for k, v in changed.items() if k not in ("sign", "sign_type")})
    if same != signed_text(fields):
        assert not PLATFORM.verify_form(changed)
