"""Paying a fee: the code on the screen is the provider's, and the page follows the wallet."""

from collections.abc import Callable

import httpx

from tests.e2e.conftest import System
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code


def test_a_citizen_pays_with_the_wallet_that_reads_the_screen(
    system: System, phone: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    person = system.phone(name)
    case_id = tour.lodge(person, tour.LODGED)
    phone.log_in(name)
    phone.open(f"pages/case?id={case_id}")
    phone.tap("去缴费")
    phone.tap("微信支付")
    phone.sees("请用微信支付扫一扫")
    seen = phone.read_code()
    paying = {"action": {"kind": "qr_code", "content": seen}, "outcome": "pay"}
    paid = httpx.post(f"{system.url}/stand-ins/wallet", json=paying, trust_env=False)
    assert paid.status_code == 200, paid.text
    phone.sees("已支付")
    phone.tap("返回申请")
    phone.sees("已缴费")
    [payment] = person.get("/v1/payments")["items"]
    assert payment["status"] == "succeeded"
