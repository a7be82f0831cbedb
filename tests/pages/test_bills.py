"""A fine in the pages: it comes, is paid for one's mother by its number, and is given back."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow


def heard(site: System, number: str) -> list[str]:
    """Return what the issuer was told of a bill, as it happened."""
    answer = httpx.get(f"{site.url}/stand-ins/issuer/messages", timeout=30, trust_env=False)
    items = [one for one in answer.json()["items"] if one["bill_number"] == number]
    assert all(one["verified"] for one in items)
    return [one["type"] for one in reversed(items)]


def test_a_fine_is_paid_for_one_s_mother_and_given_back(
    site: System, phone: Phone, desk: Phone
) -> None:
    mother, child = new_code(), new_code()
    person = site.phone(mother)
    given = {"name": "李梅", "id_number": id_number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    person.log_in()
    bill = tour.fine(site, given)
    phone.log_in(child)
    phone.tap(phone.say("bills.title"))
    phone.sees(phone.say("bills.unverified"))
    phone.field(phone.say("bills.number")).fill(bill["bill_number"])
    phone.field(phone.say("bills.code")).fill("0")
    phone.tap(phone.say("bills.look"))
    phone.sees(phone.say("bills.noSuch"))
    phone.field(phone.say("bills.code")).fill(bill["code"])
    phone.tap(phone.say("bills.look"))
    phone.tap(phone.say("bills.pay", sum="¥200"))
    phone.tap(phone.say("method.wechat_pay"))
    phone.sees(phone.say("pay.scan", method=phone.say("method.wechat_pay")))
    paying = {"action": {"kind": "qr_code", "content": phone.read_code()}, "outcome": "pay"}
    httpx.post(f"{site.url}/stand-ins/wallet", json=paying, timeout=30, trust_env=False)
    phone.sees(phone.say("pay.done"))
    # The bill stays the mother's; who paid it finds the receipt.
    phone.tap(phone.say("pay.toBills"))
    phone.sees(phone.say("bills.forOthers"))
    phone.tap(re.compile(phone.say("receipt.see")))
    phone.sees(phone.say("receipt.verify"))
    eventually(lambda: heard(site, bill["bill_number"]) == ["bill.paid"], "the issuer's news")
    [hers] = person.get("/v1/me/bills")["items"]
    assert hers["status"] == "paid"

    desk.log_in_staff("supervisor", "宁波市行政服务中心")
    desk.open("staff/bills")
    mine = desk.page.locator(".card:visible", has_text=bill["bill_number"]).first
    mine.get_by_role("button", name=desk.say("hallBills.money")).click()
    mine.get_by_role("button", name=desk.say("refund.give")).click()
    mine.get_by_label(desk.say("work.reason")).fill("处罚撤销")
    mine.get_by_role("button", name=desk.say("refund.give")).click()
    mine.get_by_text(desk.say("refund.waits")).wait_for()
    expect(mine.get_by_role("button", name=desk.say("refund.agree"))).to_have_count(0)
    second = site.desk("supervisor2")
    [payment] = second.get(f"/v1/admin/payments?subject_id={hers['bill_id']}")["items"]
    [refund] = payment["refunds"]
    second.post(f"/v1/admin/refunds/{refund['refund_id']}/approve")
    told = ["bill.paid", "bill.refunded"]
    eventually(lambda: heard(site, bill["bill_number"]) == told, "the news of the refund")
    [hers] = person.get("/v1/me/bills")["items"]
    assert hers["status"] == "refunded"
