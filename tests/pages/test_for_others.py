"""Whom a thing is for: two children of a mother, a grandmother by the counter, a company."""

import re
from datetime import datetime, time, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from chalicelib.core.clock import OFFICE_ZONE
from tests.mandates.world import credit_code
from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.people import show_code, verified
from tests.support.people import childs_number, id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

CHILDREN = ("林小满", "林小雪")
LODGED = "medical-remote-filing"
COMPANY = "宁波小满公司"


def whole(phone: Phone) -> None:
    assert (phone.findings(), phone.cut_off()) == ([], [])


def apply_for(phone: Phone, site: System, service: str, who: str, photo: Path) -> None:
    """Lodge a service for somebody, with its examples, and see whose it is."""
    asked = httpx.get(f"{site.url}/v1/services/{service}", trust_env=False).json()
    phone.open(f"pages/apply?service={service}")
    for_whom = phone.page.get_by_role("radio", name=re.compile(f"^{who}"))
    for_whom.locator("visible=true").first.click()
    phone.settle()
    phone.fill_in(asked["form_schema"])
    for material in asked["materials"]:
        if material["required"]:
            phone.give(material["name"], photo)
    whole(phone)
    phone.tap(phone.say("apply.send"))
    phone.sees(phone.say("case.done"))
    phone.sees(phone.say("forWhom", name=who))
    whole(phone)


def test_a_mother_books_and_applies_for_two_children_who_are_told_apart(
    site: System, phone: Phone, desk: Phone, photo: Path
) -> None:
    name = new_code()
    phone.log_in(name)
    mother = site.phone(name)
    mother.put("/v1/me/identity", {"name": "林一", "id_number": id_number()})
    phone.open("rights/family")
    for child in CHILDREN:
        phone.field(phone.say("identity.name")).fill(child)
        phone.field(phone.say("identity.number")).fill(childs_number())
        phone.tap(phone.say("relation.child"), role="radio")
        phone.tap(phone.say("save"))
        phone.sees(re.compile(child))
    whole(phone)
    phone.open(f"pages/book?service={tour.BOOKED}")
    first, second = CHILDREN
    phone.page.get_by_role("radio", name=re.compile(f"^{first}")).click()
    phone.page.get_by_role("checkbox", name=re.compile(f"^{second}")).click()
    times = phone.page.get_by_role("radio", name=re.compile(r"^\d\d:\d\d"), disabled=False)
    times.first.wait_for()
    times.first.click()
    phone.tap(re.compile(r"^确认预约 2 人 \d+月"))
    phone.settle()
    for child in CHILDREN:
        apply_for(phone, site, LODGED, child, photo)
    # Everywhere it is said whose it is.
    phone.open("pages/mine")
    for child in CHILDREN:
        shown = phone.page.get_by_text(phone.say("forWhom", name=child)).locator("visible=true")
        shown.nth(1).wait_for()
    whole(phone)
    visits = {one["for_name"]: one for one in mother.get("/v1/appointments")["items"]}
    assert visits.keys() == set(CHILDREN)
    for child, visit in visits.items():
        for page in ("appointment", "pass"):
            phone.open(f"pages/{page}?id={visit['appointment_id']}")
            phone.sees(phone.say("forWhom", name=child))
            whole(phone)
    assert {one["for_name"] for one in mother.get("/v1/cases")["items"]} == set(CHILDREN)
    # A stranger who knows the children's mother's things by their ids sees none of them.
    stranger = site.phone(new_code())
    for visit in visits.values():
        answer = stranger.send("GET", f"/v1/appointments/{visit['appointment_id']}")
        assert answer.status_code == 404


def test_a_grandson_acts_by_a_mandate_of_the_counter_until_she_ends_it(
    site: System, browser: Browser, phone: Phone, desk: Phone, photo: Path
) -> None:
    hers, second = Phone(browser, site.url), Phone(browser, site.url, desk=True)
    grandmother, grandson = verified(site, hers, "林奶奶"), verified(site, phone, "林小明")
    for at, who in ((desk, "clerk"), (second, "supervisor")):
        at.log_in_staff(who, tour.HALL_NAMES["zh-CN"])
        at.open("staff/mandates")
        if who == "clerk":
            at.tap("登记一份委托")
        else:
            waiting = at.page.locator(".mandate:visible", has_text="林奶奶 → 林小明").first
            waiting.get_by_role("button", name="核对扫描件，重新填写证件号码").click()
        for part, side in enumerate((grandmother, grandson)):
            for label, value in (("姓名", side["name"]), ("身份证号", side["id_number"])):
                box = at.page.get_by_role("textbox", name=label, exact=True)
                box.nth(part).fill(value)
        if who == "clerk":
            at.tap("所有事项", role="radio")
            at.date("最后一天", str(site.now().date() + timedelta(days=90)))
            with at.page.expect_file_chooser() as chooser:
                at.tap("选择委托书扫描件")
            chooser.value.set_files(photo)
            at.sees("✓ 已上传扫描件，点此更换")
        at.tap("确认双方到场并登记")
        at.sees("已登记，等另一位" if who == "clerk" else "委托已生效，双方会收到通知。")
    second.close()
    phone.open("rights/mandates")
    phone.tap(re.compile(f"^{phone.say('proxy.act')}"))
    phone.sees(phone.say("proxy.now", name="林奶奶"))
    whole(phone)
    apply_for(phone, site, LODGED, "林奶奶", photo)
    hers.open("pages/inbox")
    hers.sees(re.compile("由您委托的人办理"))
    whole(hers)
    hers.open("pages/mine")
    hers.sees(hers.say.like("byWhom"))
    hers.open("rights/mandates")
    hers.tap(re.compile(f"^{hers.say('mandate.revoke')}"))
    hers.tap(hers.say("mandate.revoke"))
    hers.sees(hers.say.like("proxyState.revoked"))
    phone.open("pages/mine")
    phone.settle()
    assert phone.page.get_by_text("跨省异地就医备案").locator("visible=true").count() == 0
    hers.close()


def test_an_accountant_files_for_a_company_until_the_date_ends(
    browser: Browser, site: System, tmp_path_factory: pytest.TempPathFactory, photo: Path
) -> None:
    # Days pass: in a city of its own.
    city = System(tmp_path_factory.mktemp("days"))
    boss, accountant = Phone(browser, city.url), Phone(browser, city.url)
    manager, _ = verified(city, boss, "陈老板"), verified(city, accountant, "王会计")
    code, last = credit_code(), city.now().astimezone(OFFICE_ZONE).date()
    put = {"name": COMPANY, "representative": manager}
    httpx.put(
        f"{city.url}/stand-ins/registers/business/{code}", json=put, trust_env=False
    ).raise_for_status()
    shown = show_code(accountant)
    boss.open("rights/companies")
    boss.field(boss.say("company.code")).fill(code)
    boss.field(boss.say("company.name")).fill(COMPANY)
    boss.tap(boss.say("company.make"))
    boss.sees(COMPANY)
    boss.field(boss.say("company.memberCode")).fill(shown)
    boss.date(boss.say("company.until"), "2026-13-45")
    boss.tap(boss.say("company.add"))
    boss.page.locator(".error:visible").first.wait_for()
    whole(boss)
    boss.date(boss.say("company.until"), str(last))
    boss.tap(boss.say("company.add"))
    month = boss.say(f"month.{last.month}")
    day = boss.say("fullDate", year=last.year, month=month, date=last.day)
    boss.sees(boss.say("proxy.until", day=day))
    whole(boss)
    accountant.open("rights/companies")
    accountant.tap(re.compile(f"^{accountant.say('proxy.act')}"))
    accountant.sees(accountant.say("proxy.now", name=COMPANY))
    apply_for(accountant, city, "food-business-licence", COMPANY, photo)
    city.wait_until(datetime.combine(last + timedelta(days=1), time(0, 1), OFFICE_ZONE))
    accountant.open("rights/companies")
    accountant.settle()
    # A new page tells that one acts for oneself again.
    accountant.page.reload()
    accountant.settle()
    assert accountant.page.get_by_text(re.compile(COMPANY)).locator("visible=true").count() == 0
    for one in (boss, accountant):
        one.close()
    for person in city.people:
        person.close()
    city.stop(gently=True)
