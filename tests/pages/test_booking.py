"""Booking by one thumb, by keyboard alone, in English, in large letters and through a dead net."""

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.e2e.conftest import System
from tests.pages.browser import Phone
from tests.support.people import new_code

SERVICE = "id-card-renewal"


def booked(system: System, name: str) -> list[dict[str, str]]:
    items: list[dict[str, str]] = system.phone(name).get("/v1/appointments")["items"]
    return items


def choose_a_time(phone: Phone) -> None:
    phone.page.get_by_role("radio", name=re.compile(r"^\d\d:\d\d")).first.click()


def test_a_citizen_books_and_the_clerk_checks_the_pass_in(
    system: System, phone: Phone, desk: Phone
) -> None:
    name = new_code()
    phone.log_in(name)
    phone.open("pages/home")
    phone.field("想办什么事？如：身份证").fill("身份证")
    phone.tap(re.compile("居民身份证换领"))
    phone.sees("要跑几趟？")
    phone.tap("预约去大厅")
    choose_a_time(phone)
    phone.tap(re.compile("^确认预约"))
    phone.sees("约好了！")
    phone.tap("出示入场码")
    code = phone.read_code()
    [mine] = booked(system, name)

    system.advance_to(datetime.fromisoformat(mine["start"]) - timedelta(minutes=10))
    desk.log_in_staff()
    desk.field("入场码或预约编号").fill(code)
    desk.tap("签到")
    desk.sees(re.compile("已签到"))

    phone.open(f"pages/appointment?id={mine['appointment_id']}")
    phone.sees("您的号码")
    desk.tap("呼叫下一位")
    desk.sees(re.compile("号窗口$"))
    desk.tap("开始办理")
    desk.tap("办完")
    phone.open(f"pages/appointment?id={mine['appointment_id']}")
    phone.sees("已办完")


def test_the_pass_works_without_a_network_once_it_was_opened(system: System, phone: Phone) -> None:
    name = new_code()
    phone.log_in(name)
    phone.open(f"pages/book?service={SERVICE}")
    choose_a_time(phone)
    phone.tap(re.compile("^确认预约"))
    phone.tap("出示入场码")
    code = phone.read_code()
    phone.page.go_back()
    phone.sees("约好了！")
    with phone.without_network():
        phone.tap("出示入场码")
        assert phone.read_code() == code
        phone.sees("现在没有网络，这个码照样可以用。")


def test_a_network_that_is_cut_in_the_middle_books_once(system: System, phone: Phone) -> None:
    name = new_code()
    phone.log_in(name)
    phone.open(f"pages/book?service={SERVICE}")
    choose_a_time(phone)
    # The server books, and its answer is lost on the way; so are the next tries.
    phone.network_may_fail = True
    lost = 0

    def lose(route: object) -> None:
        nonlocal lost
        lost += 1
        route.fetch()  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    phone.page.route("**/v1/appointments", lose)
    phone.tap(re.compile("^确认预约"))
    phone.sees(re.compile("网络不通"))
    phone.page.unroute("**/v1/appointments")
    phone.tap(re.compile("^确认预约"))
    phone.sees("约好了！")
    assert lost == 3
    assert len(booked(system, name)) == 1


def test_the_keyboard_alone_books(system: System, phone: Phone) -> None:
    name = new_code()
    phone.log_in(name)
    phone.open(f"pages/book?service={SERVICE}")
    page = phone.page
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        role, label = page.evaluate(
            "[document.activeElement.getAttribute('role'), document.activeElement.innerText]"
        )
        reached.append(label)
        if role == "radio" and re.match(r"\d\d:\d\d", label):
            break
    assert reached[-1][2] == ":", reached
    page.keyboard.press("Space")
    expect(phone.button(re.compile("^确认预约"))).to_be_visible()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").startswith("确认预约"):
            break
    page.keyboard.press("Enter")
    phone.sees("约好了！")
    assert len(booked(system, name)) == 1


def test_it_is_whole_in_english_and_in_large_letters(system: System, phone: Phone) -> None:
    name = new_code()
    phone.log_in(name)
    plain = phone.page.evaluate(_SIZE)
    phone.prefer(lang="en", large=True)
    assert phone.page.evaluate(_SIZE) >= plain * 1.3
    phone.open("pages/home")
    phone.field("What do you need?").fill("identity card")
    phone.tap(re.compile("Resident identity card renewal"))
    phone.sees("Do I have to come?")
    phone.tap("Book a visit")
    choose_a_time(phone)
    assert phone.cut_off() == []
    phone.tap(re.compile("^Book (Mon|Tue|Wed|Thu|Fri|Sat)"))
    phone.sees("Booked!")
    assert not re.search("[\u4e00-\u9fff]", phone.page.locator(".screen:visible").inner_text())
    assert phone.cut_off() == []


_SIZE = "parseFloat(getComputedStyle(document.querySelector('.screen')).fontSize)"
