"""Booking by keyboard alone and through a dead net, and seats that are held until they are paid."""

import re
from collections.abc import Callable
from typing import Any

import zxingcpp
from PIL import Image
from playwright.sync_api import Route, expect

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import childs_number, id_number, new_code
from tests.support.system import System

SERVICE = "id-card-renewal"
WAITED = "residence-permit"
TIME = re.compile(r"^\d\d:\d\d")
CONFIRM = re.compile("^确认预约")


def booked(site: System, name: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = site.phone(name).get("/v1/appointments")["items"]
    return items


def choose_a_time(phone: Phone) -> None:
    phone.page.get_by_role("radio", name=TIME, disabled=False).first.click()


def test_the_pass_opens_without_a_network_after_a_reload(phone: Phone) -> None:
    phone.log_in(new_code())
    phone.open(f"pages/book?service={SERVICE}")
    choose_a_time(phone)
    phone.tap(CONFIRM)
    phone.sees("约好了！")
    phone.settle()
    visit = phone.page.url.partition("id=")[2].partition("&")[0]
    # Nobody opened the pass yet: booking kept it, with the page that shows it.
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    with phone.without_network():
        [worker] = phone.context.service_workers
        assert worker.evaluate("fetch('/v1/services').then(() => 'reached', () => 'cut')") == "cut"
        phone.open(f"pages/pass?id={visit}")
        code = phone.read_code()
        assert code.startswith("OT1.")
        phone.sees("现在没有网络，这个码照样可以用。")
        with phone.page.expect_download() as saved:
            phone.tap(phone.say("pass.save"))
        [read] = zxingcpp.read_barcodes(Image.open(saved.value.path()))
        assert read.text == code
        phone.open("pages/home")
        phone.sees(phone.say("home.passes"))


def test_a_network_that_is_cut_in_the_middle_books_once(site: System, phone: Phone) -> None:
    name = new_code()
    phone.log_in(name)
    phone.open(f"pages/book?service={SERVICE}")
    choose_a_time(phone)
    # The server books, and its answer is lost on the way; so are the next tries.
    phone.network_may_fail = True
    lost = 0

    def lose(route: Route) -> None:
        nonlocal lost
        lost += 1
        route.fetch()
        route.abort()

    phone.page.route("**/v1/appointments", lose)
    phone.tap(CONFIRM)
    phone.sees(re.compile("网络不通"))
    phone.page.unroute("**/v1/appointments")
    phone.tap(CONFIRM)
    phone.sees("约好了！")
    assert lost == 3
    assert len(booked(site, name)) == 1


def test_the_keyboard_alone_logs_in_finds_and_books(site: System, phone: Phone) -> None:
    name = new_code()
    keys = phone.page.keyboard
    phone.open("pages/home")
    tab_to(phone, lambda role, _: role == "TEXTBOX")
    keys.type("身份证")
    phone.sees(phone.say.like("home.found"))
    tab_to(phone, lambda _, words: words.startswith("居民身份证换领"))
    keys.press("Enter")
    phone.sees("要跑几趟？")
    tab_to(phone, lambda _, words: words == "预约去大厅")
    keys.press("Enter")
    phone.sees("什么时间来")
    tab_to(phone, lambda role, words: role == "radio" and bool(TIME.match(words)))
    keys.press("Space")
    tab_to(phone, lambda _, words: bool(CONFIRM.match(words)))
    keys.press("Enter")
    # Only now does it matter who one is; what was confirmed is booked afterwards.
    phone.sees("一次登录，事事好办")
    tab_to(phone, lambda role, _: role == "TEXTBOX")
    keys.type(name)
    assert phone.field("登录名").input_value() == name
    agree = phone.say("consent.policy")
    tab_to(phone, lambda role, words: role == "checkbox" and words == agree)
    keys.press("Space")
    tab_to(phone, lambda _, words: words == "登录")
    keys.press("Enter")
    phone.sees("约好了！")
    assert len(booked(site, name)) == 1


def test_a_held_seat_is_booked_once_its_fee_is_paid(site: System, phone: Phone) -> None:
    name = new_code()
    phone.log_in(name)
    phone.open(f"pages/book?service={tour.PREPAID}")
    choose_a_time(phone)
    phone.tap(CONFIRM)
    phone.sees(phone.say("appointment.heldWhat"))
    phone.tap("去缴费")
    phone.sees("¥80")
    # A browser takes no cards. A phone cannot scan its own screen: it is told how else.
    expect(phone.button("银行卡")).to_have_count(0)
    phone.tap("微信支付")
    phone.sees("在这部手机上缴费：先把二维码存到相册，再在微信支付“扫一扫”里从相册选取。")
    phone.tap("换一种方式")
    phone.tap("支付宝")
    phone.page.wait_for_url("**/stand-ins/wallet?*")
    reference = phone.page.url.partition("?")[2]
    phone.page.locator(f"button[onclick*={reference}]").first.click()
    eventually(lambda: [one["status"] for one in booked(site, name)] == ["booked"], "the booking")
    [visit] = booked(site, name)
    phone.open(f"pages/pay?appointment={visit['appointment_id']}")
    phone.sees("缴费成功。")
    phone.tap("返回预约")
    phone.sees("出示入场码")


def test_seats_that_others_hold_are_shown_with_when_to_look_again(phone: Phone) -> None:
    phone.log_in(new_code())

    def hold(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for day in told["days"]:
            for slot in day["slots"]:
                if slot["state"] == "open":
                    slot |= {"state": "reserved", "remaining": 0}
                    slot["retry_at"] = f"{day['date']}T09:20:00+08:00"
        route.fulfill(response=answer, json=told)

    phone.page.route("**/availability?**", hold)
    phone.open(f"pages/book?service={SERVICE}")
    phone.sees("有人正在缴费，09:20 后可能有空位。")
    assert phone.page.get_by_role("radio", name=TIME).first.is_disabled()


def test_full_times_stand_there_and_a_full_day_is_waited_for_by_who_logs_in(
    site: System, phone: Phone
) -> None:
    say, name = phone.say, new_code()
    full: list[str] = []

    def fill(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        first, day, *_ = [one for one in told["days"] if one["state"] == "open"]
        day["state"] = "full"
        for slot in (first["slots"][0], *day["slots"]):
            slot |= {"state": "full", "remaining": 0}
        full[:] = [day["date"]]
        route.fulfill(response=answer, json=told)

    phone.page.route(f"**/{tour.HALL}/availability?**days=14", fill)
    phone.open(f"pages/book?service={WAITED}&hall={tour.HALL}")
    times = phone.page.get_by_role("radio", name=TIME)
    expect(times.first).to_be_disabled()
    expect(times.first).to_have_accessible_name(re.compile(rf"^\d\d:\d\d {say('book.day.full')}$"))
    expect(times.nth(1)).to_be_enabled()
    whole_day = re.compile(f"{say('book.day.full')}$")
    phone.page.get_by_role("radio", name=whole_day, disabled=False).click()
    phone.settle()
    assert {one.is_disabled() for one in times.all()} == {True}
    phone.tap(say("waiting.tell"))
    phone.tap(say("waiting.join"))
    phone.field(say("login.name")).fill(name)
    phone.page.get_by_role("checkbox", name=say("consent.policy")).click()
    phone.tap(say("login"))
    phone.sees(say("waiting.joined"))
    [place] = site.phone(name).get("/v1/waiting-list")["items"]
    assert [place["from"], place["until"]] == full * 2
    phone.tap(say("waiting.leave"))
    phone.tap(say("waiting.stay"))
    phone.tap(say("waiting.leave"))
    phone.page.locator(".note.warn").get_by_role("button", name=say("waiting.leave")).click()
    phone.sees(say("waiting.status.left"))


def tab_to(phone: Phone, found: Callable[[str, str], bool]) -> None:
    """Press Tab until the focus is on what is looked for, by its role and its words."""
    phone.settle()
    reached: list[str] = []
    for _ in range(120):
        phone.page.keyboard.press("Tab")
        role, words = phone.page.evaluate(_FOCUS)
        if found(role, words):
            return
        reached.append(words)
    raise AssertionError(reached)


_FOCUS = """() => {
  const one = document.activeElement
  const field = one.matches('input, textarea')
  return [field ? 'TEXTBOX' : one.getAttribute('role') ?? '', one.innerText ?? '']
}"""


def test_a_family_comes_together(site: System, phone: Phone) -> None:
    name = new_code()
    phone.log_in(name)
    parent = site.phone(name)
    parent.put("/v1/me/identity", {"name": "林一", "id_number": id_number()})
    for child in ("林小满", "林小雪"):
        body = {"name": child, "id_number": childs_number(), "relation": "child"}
        parent.post("/v1/me/family", body)
    phone.open(f"pages/book?service={SERVICE}")
    phone.page.get_by_role("checkbox", name="林小满").click()
    phone.page.get_by_role("checkbox", name="林小雪").click()
    choose_a_time(phone)
    phone.tap(re.compile("^确认预约 3 人"))
    phone.sees("3 个人都约好了，其余的在“我的办件”里。")
    assert {one["for_name"] for one in booked(site, name)} == {None, "林小满", "林小雪"}
    # A second time, it is said who is in the way, and which appointment that is.
    phone.open(f"pages/book?service={SERVICE}")
    phone.page.get_by_role("checkbox", name="林小雪").click()
    choose_a_time(phone)
    phone.tap(re.compile("^确认预约 2 人"))
    phone.sees("约不上的是：我自己")
    phone.tap("看已有的预约")
    phone.sees("我的预约")
