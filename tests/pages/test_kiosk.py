"""A hall's device: paired by staff, checks in, prints tickets, and goes on without the net."""

import re
from datetime import datetime
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import PRINTED, Phone
from tests.support.people import new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL: Final = tour.HALL_NAMES["zh-CN"]


def pair(desk: Phone) -> None:
    page = desk.page
    page.add_init_script(PRINTED)
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/devices")
    desk.field("设备名称").fill("1F")
    desk.tap("添加一台，取配对码")
    code = page.locator(".note.good .big").inner_text()
    page.goto(f"{desk.url}/kiosk/{tour.HALL}")
    desk.field("配对码").fill(code)
    desk.tap("58 毫米", role="radio")
    desk.tap("启用")


def test_a_device_is_paired_checks_in_and_prints(site: System, desk: Phone) -> None:
    page = desk.page
    pair(desk)
    for digit in "000000":
        desk.tap(digit)
    desk.sees(re.compile("没有找到这个预约|这个预约"))
    desk.tap("选择事项，取号")
    desk.tap("居民身份证换领")
    number = page.locator(".done .number")
    expect(number).to_have_text(re.compile(r"W\d{3}"))
    [slip] = page.evaluate("window.slips")
    assert number.inner_text() in slip
    assert HALL in slip
    desk.tap("好了")
    desk.tap("选择事项，取号")
    desk.network_may_fail = True
    desk.context.set_offline(True)
    desk.tap("居民身份证换领")
    desk.sees("网络不通，正在重试…")
    desk.context.set_offline(False)
    expect(number).to_have_text(re.compile(r"W\d{3}"))
    assert len(page.evaluate("window.slips")) == 2
    clerk = site.desk("clerk")
    for one in clerk.get(f"/v1/admin/offices/{tour.HALL}/queue")["items"]:
        if one["ticket_number"] in "".join(page.evaluate("window.slips")):
            reason = {"reason": "试机"}
            clerk.post(f"/v1/admin/appointments/{one['appointment_id']}/void", reason)


def booked_today(site: System, name: str) -> dict[str, Any]:
    """Let somebody book the next slot of a day that they are in the hall then."""
    person = site.phone(name)
    path = f"/v1/offices/{tour.HALL}/availability?service_id={tour.BOOKED}&days=9"
    days = [one for one in person.get(path)["days"] if one["state"] == "open"]
    slot = next(one for one in days[0]["slots"] if one["state"] == "open")
    body = {"service_id": tour.BOOKED, "office_id": tour.HALL, "slot_id": slot["slot_id"]}
    made: dict[str, Any] = person.post("/v1/appointments", body)
    return made


def test_the_code_on_a_phone_is_read_by_the_scanner(
    site: System, desk: Phone, phone: Phone
) -> None:
    names = [new_code(), new_code()]
    visits = [booked_today(site, name) for name in names]
    # Both fit into a quarter of an hour before the earlier and after the later.
    site.wait_until(min(datetime.fromisoformat(one["start"]) for one in visits))
    pair(desk)
    number = desk.page.locator(".done .number")
    # The scanner types into the field that has the focus; whoever pressed keys before took it away.
    for name, made, touched in zip(names, visits, ((), ("3", "清除")), strict=True):
        phone.log_in(name)
        phone.open(f"pages/pass?id={made['appointment_id']}")
        phone.settle()
        said = phone.read_code()
        for key in touched:
            desk.tap(key)
        desk.page.keyboard.type(said)
        desk.page.keyboard.press("Enter")
        number.wait_for()
        kept = site.phone(name).get(f"/v1/appointments/{made['appointment_id']}")
        assert (kept["status"], kept["ticket_number"]) == ("checked_in", number.inner_text())
        [slip] = desk.page.evaluate("window.slips.splice(0)")
        assert number.inner_text() in slip
        # Nothing of the person, and nothing that opens the pass again.
        assert said not in desk.page.content()
        desk.tap("好了")
    # The same code once more gives the same ticket, and no other.
    desk.page.keyboard.type(said)
    desk.page.keyboard.press("Enter")
    expect(number).to_have_text(kept["ticket_number"])
