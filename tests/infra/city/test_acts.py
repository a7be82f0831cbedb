"""What acts make of answers that a kill has changed."""

import json
import time
from collections.abc import Mapping

import pytest

from infra.local.city import acts, people
from infra.local.city.api import Refused
from infra.local.city.stories import Act
from infra.local.stand_ins.base import Answer, Asked, json_answer
from infra.local.stand_ins.trades import Trade, Trades
from infra.local.stand_ins.wallet import WalletStandIn
from tests.infra.city.world import NOON

HANDLE = "weixin://wxpay/bizpayurl?pr=1"
ACTION = {"kind": "qr_code", "content": HANDLE}
PAY = Act(
    *(NOON, "case-1", 2, "pay", ""),
    {"subject": {"case_id": "1"}, "method": "wechat_pay", "outcome": "pay"},
)


class Telling:
    """A payment of which the product hears by asking, after a while; the wallet beside it."""

    action: Mapping[str, str] | None = ACTION

    def __init__(self, *, paid: bool, seconds: float) -> None:
        self._hears = time.monotonic() + seconds
        self.finished = False
        trades = Trades(lambda: NOON)
        at = NOON.isoformat()
        trade = Trade("stripe", "p1", "pi_1", HANDLE, 1000, "cny", "", "wechat_pay", at)
        trades.add(trade)
        if paid:
            trades.decide(trade, "pay")
        self._wallet = WalletStandIn(trades)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if target == "/stand-ins/wallet":
            return self._wallet.answer(Asked(method, "", {}, headers, body))
        self.finished = method == "GET" and time.monotonic() >= self._hears
        told = {"payment_id": "p1", "finished": self.finished, "action": self.action}
        return json_answer(200, told)


def done(site: Telling, act: Act = PAY) -> acts.Told | None:
    stranger = people.resident(1, 1, NOON.date())
    return acts.Actors(site, {}, stranger, lambda: None).do(act, {}, "city-1-case-1-2")


@pytest.mark.parametrize("action", [ACTION, {"kind": "none"}, None], ids=["again", "none", "no"])
def test_what_was_paid_before_a_kill_is_paid_although_its_providers_word_is_lost(
    monkeypatch: pytest.MonkeyPatch, action: Mapping[str, str] | None
) -> None:
    monkeypatch.setattr(acts, "_PAID_WITHIN_SECONDS", 0.0)
    site = Telling(paid=True, seconds=0.2)
    site.action = action
    assert done(site) == {"payment_id": "p1"}
    assert site.finished


def test_a_payment_that_no_provider_knows_is_refused() -> None:
    site = Telling(paid=False, seconds=0)
    site._wallet = WalletStandIn(Trades(lambda: NOON))
    with pytest.raises(Refused) as refused:
        done(site)
    assert refused.value.status == 404
    assert json.loads(refused.value.code)["code"] == "not_found"
