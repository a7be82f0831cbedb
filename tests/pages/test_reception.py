"""The hall's reception: a scanner that types, who was let in, and what is done for who asks."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.phone import Phone as Caller
from tests.pages import tour
from tests.pages.browser import PRINTED, Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

HALL = "hall-330212"
HALL_NAME = "鄞州区行政服务中心"


def _person(site: System, name: str) -> Caller:
    person = site.phone(new_code())
    given = {"name": name, "id_number": id_number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    person.log_in()
    return person


def _slots(person: Caller) -> list[dict[str, str]]:
    """Return the free times of the first day that has two."""
    path = f"/v1/offices/{HALL}/availability?service_id={tour.BOOKED}&days=14"
    days = [
        [one for one in day["slots"] if one["state"] == "open"] for day in person.get(path)["days"]
    ]
    return next(slots for slots in days if len(slots) > 1)


def _book(person: Caller, slot: dict[str, str]) -> str:
    body = {"service_id": tour.BOOKED, "office_id": HALL, "slot_id": slot["slot_id"]}
    return str(person.post("/v1/appointments", body)["appointment_id"])


@pytest.mark.slow
def test_a_scanner_types_and_who_asks_at_the_window_is_served(site: System, desk: Phone) -> None:
    early, late = _person(site, "周小川"), _person(site, "吴大江")
    first, *_, last = _slots(early)
    scanned, asking = _book(early, first), _book(late, last)
    # Ten minutes before the first time, both are of today.
    site.wait_until(datetime.fromisoformat(first["start"]) - timedelta(minutes=10))
    desk.page.add_init_script(PRINTED)
    desk.log_in_staff("clerk", HALL_NAME)
    desk.settle()
    # The scanner types without a tap, and again after a tap elsewhere.
    desk.page.get_by_role("heading", name="今日大厅").click()
    desk.page.keyboard.type(scanned)
    desk.page.keyboard.press("Enter")
    entered = desk.page.get_by_role("region", name="刚刚签到")
    entered.get_by_text("周小川").wait_for()
    scanner = desk.page.locator(".scan input:visible").first
    expect(scanner).to_be_focused()
    expect(scanner).to_have_value("")
    assert desk.findings() == desk.cut_off() == []
    # Who comes without a booking gets a ticket, on paper too.
    desk.tap("现场取号")
    desk.tap("居民身份证换领")
    walked = entered.get_by_text(re.compile(r"W\d{3}"))
    walked.wait_for()
    entered.get_by_role("radio", name="58 毫米").click()
    desk.tap("打印小票")
    [slip] = desk.page.evaluate("window.slips")
    assert walked.inner_text() in slip
    assert HALL_NAME in slip
    # Found by name, and moved for the person.
    desk.page.keyboard.type("吴大江")
    desk.page.keyboard.press("Enter")
    found = desk.page.locator(".visitor:visible", has_text="吴大江")
    found.get_by_role("button", name="改个时间").click()
    times = found.get_by_role("radiogroup", name="几点").get_by_role("radio")
    times.last.wait_for()
    times.first.click()
    desk.field("代办的原因（本人可见）").fill("带错材料")
    desk.tap("替本人改期")
    desk.sees(re.compile("已改到 .*没有的请打印预约单"))
    assert late.get(f"/v1/appointments/{asking}")["slot_id"] != last["slot_id"]


@pytest.mark.slow
def test_who_has_no_phone_is_booked_moved_and_cancelled_at_the_window(
    site: System, desk: Phone
) -> None:
    number = id_number()
    desk.page.add_init_script(PRINTED)
    desk.log_in_staff("clerk", HALL_NAME)
    desk.tap("窗口预约")
    desk.field("姓名").fill("陈阿婆")
    desk.field("身份证号").fill(number)
    desk.field("来办什么事").fill("身份证换领")
    desk.tap("居民身份证换领")
    days = desk.page.get_by_role("radiogroup", name="哪一天").get_by_role("radio")
    days.last.click()
    desk.page.get_by_role("radiogroup", name="几点").get_by_role("radio").first.click()
    _because(desk, "代办的原因（本人可见）", "没有手机")
    desk.sees(re.compile("已预约 .*没有的请打印预约单"))
    booked = desk.page.get_by_role("region", name="刚刚预约")
    day, time = _printed(desk)
    booked.get_by_text(time, exact=True).wait_for()
    assert desk.findings() == desk.cut_off() == []
    # Found on that day alone, by the name that is typed.
    _found_on(desk, "陈阿婆", day).get_by_role("button", name="改个时间").click()
    days.last.click()
    desk.page.get_by_role("radiogroup", name="几点").get_by_role("radio").last.click()
    _because(desk, "代办的原因（本人可见）", "本人要求")
    desk.sees(re.compile("已改到 .*没有的请打印预约单"))
    day, _ = _printed(desk)
    _found_on(desk, "陈阿婆", day).get_by_role("button", name="取消预约").click()
    _because(desk, "本人要求取消的原因", "不来了")
    desk.sees(re.compile("的预约已取消"))
    # Her first phone shows what was done.
    me = site.phone(new_code())
    me.send("PUT", "/v1/me/identity", {"name": "陈阿婆", "id_number": number}).raise_for_status()
    me.log_in()
    assert [one["status"] for one in me.get("/v1/appointments")["items"]] == ["cancelled"]


def _because(desk: Phone, label: str, reason: str) -> None:
    """Say why, and press Enter."""
    desk.field(label).fill(reason)
    desk.page.keyboard.press("Enter")
    desk.settle()


def _printed(desk: Phone) -> tuple[str, str]:
    """Print the slip of a booking; return its day and time, and see that it names nobody."""
    desk.tap("打印小票")
    slip = str(desk.page.evaluate("window.slips.at(-1)"))
    assert HALL_NAME in slip
    assert "陈阿婆" not in slip
    found = re.search(r"(\d+)年(\d+)月(\d+)日\s+(\d\d:\d\d)", slip)
    assert found, slip
    return "-".join(found.groups()[:3]), found[4]


def _found_on(desk: Phone, name: str, day: str) -> Locator:
    """Type a name, and look for it on a day that is not today."""
    desk.page.keyboard.type(name)
    desk.page.keyboard.press("Enter")
    desk.sees("当天没有找到预约")
    desk.date("查别的日子", day)
    found = desk.page.locator(".visitor:visible", has_text=name)
    found.wait_for()
    return found
