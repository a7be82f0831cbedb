"""A hall's device: paired by staff, checks in, prints tickets, and goes on without the net."""

import re
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import PRINTED, Phone
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL: Final = tour.HALL_NAMES["zh-CN"]


def test_a_device_is_paired_checks_in_and_prints(site: System, desk: Phone) -> None:
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
