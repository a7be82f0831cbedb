"""Two phones of one person: joined by a code that one shows and the other asks for, and parted."""

import re

import pytest
from playwright.sync_api import Browser

from tests.pages.browser import Phone
from tests.pages.inspection import LANGUAGES
from tests.support.people import id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

CODE = re.compile(r"^\d{6}$")


def meet(phone: Phone, given: dict[str, str]) -> None:
    """Give the name and number of somebody who has an account already."""
    phone.open("rights/identity")
    phone.field(phone.say("identity.name")).fill(given["name"])
    phone.field(phone.say("identity.number")).fill(given["id_number"])
    phone.tap(phone.say("identity.verify"))
    phone.sees(phone.say("join.title"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_phones_are_joined_by_a_code_and_parted(
    site: System, browser: Browser, phone: Phone, lang: str
) -> None:
    name = new_code()
    person, given = site.phone(name), {"name": "李梅", "id_number": id_number()}
    old = Phone(browser, site.url)
    for one in (old, phone):
        one.prefer(lang=lang)
    old.log_in(name)
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    old.open("rights/accounts")
    old.tap(old.say("linked.makeCode"))
    old.sees(CODE)
    code = old.page.get_by_text(CODE).locator("visible=true").inner_text()

    phone.log_in(new_code())
    meet(phone, given)
    phone.field(phone.say("join.code")).fill("000000" if code != "000000" else "000001")
    phone.tap(phone.say("join.join"))
    phone.page.locator(".error:visible").first.wait_for()
    phone.field(phone.say("join.code")).fill(code)
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.tap(phone.say("join.join"))
    phone.sees(phone.say("identity.done"))

    # Only the main account parts others: this one is told so.
    phone.open("rights/accounts")
    phone.tap(phone.say("linked.makeCode"))
    phone.page.get_by_role("alert").locator("visible=true").first.wait_for()
    old.open("rights/accounts")
    joined = old.page.locator(".account:visible")
    assert joined.count() == 2
    old.tap(re.compile(f"^{old.say('linked.undo')}"))
    assert (old.findings(), old.cut_off()) == ([], [])
    old.tap(old.say("linked.part"))
    joined.nth(1).wait_for(state="detached")
    phone.open("rights/accounts")
    phone.sees(phone.say("login"))
    old.close()


def test_two_clerks_join_the_new_phone_of_who_lost_the_old_one(
    site: System, browser: Browser, phone: Phone, desk: Phone
) -> None:
    person, given = site.phone(new_code()), {"name": "李梅", "id_number": id_number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    phone.log_in(new_code())
    meet(phone, given)
    link = phone.page.get_by_text(re.compile(r"^[0-9A-Za-z]{16}$")).inner_text()
    second = Phone(browser, site.url, desk=True)
    for who, at, told in (
        ("clerk", desk, "已确认：对照身份证原件"),
        ("supervisor", second, "已关联"),
    ):
        at.log_in_staff(who)
        at.open("staff/people")
        at.field(at.say("people.link")).fill(link)
        at.tap(at.say("people.look"))
        at.sees("李*")
        at.field(at.say("people.reason")).fill("对照身份证原件")
        at.tap(at.say("people.confirm"))
        at.sees(re.compile(told))
        assert (at.findings(), at.cut_off()) == ([], [])
    second.close()
    phone.open("rights/accounts")
    phone.sees(phone.say("linked.first"))
    assert phone.page.locator(".account:visible").count() == 1


def test_two_members_of_staff_correct_a_name(
    site: System, browser: Browser, phone: Phone, desk: Phone
) -> None:
    name, number = new_code(), id_number()
    site.phone(name).send(
        "PUT", "/v1/me/identity", {"name": "李梅", "id_number": number}
    ).raise_for_status()
    phone.log_in(name)
    second = Phone(browser, site.url, desk=True)
    for who, at, told in (
        ("clerk", desk, "已提出“更正姓名或号码”"),
        ("supervisor", second, "已办理"),
    ):
        at.log_in_staff(who)
        at.open("staff/people")
        at.field("姓名").fill("李梅")
        at.field("身份证号").fill(number)
        at.tap("查找")
        at.sees("李*")
        at.tap("更正姓名或号码", role="radio")
        at.page.get_by_role("textbox", name="姓名", exact=True).last.fill("李小梅")
        at.page.get_by_role("textbox", name="身份证号", exact=True).last.fill(number)
        at.field("依据").fill("户口簿变更页")
        at.tap("确认：更正姓名或号码")
        at.sees(re.compile(told))
        assert (at.findings(), at.cut_off()) == ([], [])
    second.close()
    phone.open("rights/accounts")
    phone.sees(phone.say("login"))
