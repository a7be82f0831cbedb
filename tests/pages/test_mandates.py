"""Acting for another: a mandate given by a code, used and taken back; and a company's members."""

import re

import httpx
import pytest
from playwright.sync_api import Browser

from tests.mandates.world import credit_code
from tests.pages.browser import Phone
from tests.pages.inspection import LANGUAGES
from tests.pages.people import show_code, verified
from tests.pages.tour import BOOKED
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_grandson_books_for_his_grandmother_until_she_ends_it(
    site: System, browser: Browser, phone: Phone, lang: str
) -> None:
    hers = Phone(browser, site.url)
    for one, name in ((hers, "林奶奶"), (phone, "林小明")):
        one.prefer(lang=lang)
        verified(site, one, name)
    code = show_code(phone)
    hers.open("rights/mandates")
    hers.field(hers.say("proxy.agentCode")).fill(code.lower())
    assert (hers.findings(), hers.cut_off()) == ([], [])
    hers.tap(hers.say("proxy.giveIt"))
    # She has no PIN yet, and reads what she signs.
    hers.sees(code.replace(" ", ""))
    assert (hers.findings(), hers.cut_off()) == ([], [])
    hers.sign()
    hers.sees(hers.say("mandate.revoke"))

    phone.open("rights/mandates")
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.tap(re.compile(f"^{phone.say('proxy.act')}"))
    phone.sees(phone.say("proxy.now", name="林奶奶"))
    phone.open(f"pages/book?service={BOOKED}")
    chosen = phone.page.get_by_role("radio", name="林奶奶", checked=True)
    chosen.locator("visible=true").first.wait_for()
    phone.page.locator(".slot:visible").first.click()
    phone.page.locator(".foot .btn:visible").first.click()
    phone.sees(phone.say("forWhom", name="林奶奶"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    hers.open("pages/mine")
    hers.sees(hers.say.like("byWhom"))

    hers.open("rights/mandates")
    hers.tap(re.compile(f"^{hers.say('mandate.revoke')}"))
    # The first tap asks, and whoever tapped by mistake keeps what there is.
    hers.grow("largest")
    assert hers.cut_off() == []
    hers.tap(hers.say("mandate.stay"))
    hers.sees(hers.say.like("proxyState.active"))
    hers.tap(re.compile(f"^{hers.say('mandate.revoke')}"))
    hers.tap(hers.say("mandate.revoke"))
    hers.sees(hers.say.like("proxyState.revoked"))
    phone.open(f"pages/book?service={BOOKED}")
    # Whom one may act for no longer is nobody's choice any more.
    phone.settle()
    assert phone.page.get_by_text("林奶奶").locator("visible=true").count() == 0
    hers.close()


def test_a_company_is_made_and_its_accountant_acts_for_it(
    site: System, browser: Browser, phone: Phone
) -> None:
    accountant, code = Phone(browser, site.url), credit_code()
    boss = verified(site, phone, "陈老板")
    verified(site, accountant, "王会计")
    put = {"name": "宁波小满公司", "representative": boss}
    httpx.put(f"{site.url}/stand-ins/registers/business/{code}", json=put).raise_for_status()
    shown = show_code(accountant)
    phone.open("rights/companies")
    phone.field(phone.say("company.code")).fill(code.lower())
    phone.field(phone.say("company.name")).fill("宁波小满公司")
    phone.tap(phone.say("company.make"))
    phone.sees("宁波小满公司")
    phone.field(phone.say("company.memberCode")).fill(shown)
    phone.tap(phone.say("company.add"))
    phone.sees(re.compile("^王\\*\\*"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    accountant.open("rights/companies")
    accountant.tap(re.compile(f"^{accountant.say('proxy.act')}"))
    accountant.sees(accountant.say("proxy.now", name="宁波小满公司"))

    # Its manager lets a lawyer act for it, and disputes that.
    shown = show_code(accountant)
    phone.tap(phone.say("company.give"))
    phone.page.get_by_role("radio", name="宁波小满公司").locator("visible=true").click()
    phone.field(phone.say("proxy.agentCode")).fill(shown)
    phone.tap(phone.say("proxy.giveIt"))
    phone.sign()
    phone.open("rights/companies")
    phone.sees(phone.say("company.mandates"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.tap(re.compile(f"^{phone.say('mandate.dispute')}"))
    phone.tap(phone.say("mandate.dispute"))
    phone.sees(re.compile(f"^{phone.say('proxyState.frozen')}"))
    accountant.close()
