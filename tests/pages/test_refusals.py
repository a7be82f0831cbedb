"""After a refusal the page says what to do, where it is seen and heard; nothing ends in silence."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

_SEEN = """one => {
  const { top, bottom } = one.getBoundingClientRect()
  return top >= 0 && bottom <= innerHeight && document.activeElement.textContent
}"""


def test_an_application_says_what_is_missing_and_leads_to_it(
    phone: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    say = phone.say
    phone.log_in(name)
    phone.open(f"pages/apply?service={tour.ONLINE}")
    # Said before the first field, not after the last.
    phone.sees(say("apply.ready"))
    phone.sees(say("apply.verify"))
    phone.tap(say("apply.send"))
    notice = phone.page.locator(".note.bad:visible").first
    notice.wait_for()
    assert say("identity.title") in notice.evaluate(_SEEN)

    prepared(name)
    phone.open(f"pages/apply?service={tour.ONLINE}")
    phone.tap(say("apply.send"))
    phone.sees(say.like("apply.incomplete"))
    links = phone.page.locator(".toMend:visible")
    phone.page.wait_for_timeout(50)
    many = links.count()
    assert many > 1
    links.first.click()
    # The place to mend has the focus; what was wrong is no longer said once it changes.
    focused = "document.activeElement.closest('[id^=at-form]') !== null"
    assert phone.page.evaluate(focused)
    if phone.page.evaluate("document.activeElement.matches('input')"):
        phone.page.keyboard.type("李")
    else:
        phone.page.keyboard.press("Space")
    links.nth(many - 1).wait_for(state="detached")


def test_who_withdrew_what_was_paid_is_led_to_ask_for_the_money(
    site: System, phone: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    say = phone.say
    prepared(name)
    person = site.phone(name)
    case = tour.lodge(person, "hk-macau-permit", handover="visit")
    tour.pay(person, {"case_id": case}, site)
    phone.log_in(name)
    phone.open(f"pages/case?id={case}")
    phone.sees(say("paid.paid"))
    phone.sees(say("original.expected"))
    phone.tap(say("case.withdraw"))
    phone.sees(say("case.feeStays"))
    phone.tap(say("case.withdraw"))
    phone.button(say("case.refund")).wait_for()
    # Nothing more is to be brought for what has ended.
    expect(phone.page.get_by_text(say("original.expected"), exact=True)).to_have_count(0)
    phone.tap(say("case.refund"))
    about = re.compile(f"^关于：.*{person.get(f'/v1/cases/{case}')['receipt_number']}")
    # The page says what it is about, and begins with what is asked for.
    phone.sees(about)
    expect(phone.field(say("ask.text"))).to_have_value(re.compile(r"¥\d+"))
    phone.tap(say("ask.send"))
    phone.sees(say("ask.sent"))
    phone.sees(about)
    # Going back leads to the case, not to what was sent.
    phone.page.go_back()
    phone.button(say("case.refund")).wait_for()


def test_what_is_to_be_corrected_is_listed_and_stays_so_when_nothing_was_changed(
    site: System, phone: Phone, prepared: Callable[[str], None]
) -> None:
    name, say, remark = new_code(), phone.say, "请写到区县"
    prepared(name)
    case = tour.lodge(site.phone(name), tour.LODGED)
    item = {"pointer": "/form/birthplace", "detail": remark}
    asked = f"/v1/admin/cases/{case}/request-correction"
    site.desk("supervisor").post(asked, {"items": [item]})
    phone.log_in(name)
    phone.open(f"pages/case?id={case}")
    phone.tap(say("case.correctNow"))
    link = phone.page.locator(".toMend:visible", has_text=remark)
    link.wait_for()
    phone.tap(say("apply.sendAgain"))
    phone.page.locator(".note.bad:visible", has_text="更正").first.wait_for()
    link.click()
    phone.page.keyboard.press("End")
    phone.page.keyboard.type("海曙区")
    link.wait_for(state="detached")
    phone.tap(say("apply.sendAgain"))
    phone.sees(say("event.case.corrected"))


def test_an_unknown_address_says_so_and_a_wrong_log_in_its_own_words(phone: Phone) -> None:
    phone.open("pages/nonsense")
    phone.sees(phone.say("unknown.what"))
    # Nor does one that is typed while the pages run.
    phone.follow("pages/nothing-either")
    phone.sees(phone.say("unknown.what"))
    phone.tap(phone.say("unknown.home"))
    phone.sees(phone.say("home.kinds"))
    phone.open("pages/login")
    phone.field(phone.say("login.name")).fill("x" * 3 + "奶奶")
    phone.tap(phone.say("consent.policy"), role="checkbox")
    phone.tap(phone.say("login"))
    notice = phone.page.locator(".note.bad:visible").first
    notice.wait_for()
    assert notice.get_by_role("button").count() == 0
    assert phone.say("problem.login") not in notice.inner_text()


def test_a_page_that_comes_has_the_focus_and_arrows_move_within_choices(phone: Phone) -> None:
    keys = phone.page.keyboard
    phone.open("pages/home")
    phone.tap(phone.say("home.progress"))
    phone.sees(phone.say("progress.title"))
    phone.settle()
    heading = "document.activeElement.textContent"
    assert phone.page.evaluate(heading) == phone.say("progress.title")
    phone.page.go_back()
    phone.settle()
    # Back where one was.
    assert phone.page.evaluate(heading).strip() == phone.say("home.progress")

    phone.open(f"pages/book?service={tour.BOOKED}")
    radio = "document.activeElement.innerText"
    # In the evening the first day is over, and arrows pass it by.
    phone.page.get_by_role("radio", disabled=False).first.focus()
    first = phone.page.evaluate(radio)
    keys.press("ArrowRight")
    second = phone.page.evaluate(radio)
    keys.press("ArrowLeft")
    assert (phone.page.evaluate(radio), first != second) == (first, True)
    # One stop for the days, one for the times.
    assert phone.page.locator("[role=radio][tabindex='0']:visible").count() <= 3
