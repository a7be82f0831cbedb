"""The review desk: list, case and papers beside one another on a wide screen, and its keys."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

REMARK = "图片不清晰，请重新拍照上传"


def test_a_clerk_reviews_a_case_beside_its_papers_by_keys(
    site: System, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    person = site.phone(name)
    case_id = tour.lodge(person, tour.LODGED)
    path = f"/v1/cases/{case_id}"
    number = person.get(path)["receipt_number"]
    desk.log_in_staff("clerk", tour.HALL_NAMES["zh-CN"])
    desk.open("staff/cases")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type(number[-5:])
    expect(desk.page.locator(".search input")).to_have_value(number[-5:])
    desk.page.locator(".left .cell:visible", has_text=number).click()
    case = desk.page.get_by_role("region", name="办件详情")
    picture = desk.page.get_by_role("region", name="材料预览").get_by_role("img")
    picture.wait_for()
    desk.settle()
    assert desk.findings() == desk.cut_off() == []
    desk.page.set_viewport_size({"width": 1024, "height": 768})
    assert desk.cut_off() == []
    # Keys zoom and turn the paper, tick what is right, and show what they are.
    case.get_by_text(re.compile("已核对 0")).click()
    for key in ("+", "r", "t", "?"):
        desk.page.keyboard.press(key)
    expect(picture).to_have_attribute("style", re.compile("width: 125%.*rotate\\(90deg\\)"))
    desk.sees(re.compile("已核对 1"))
    desk.sees("J：下一件")
    # A remark stands at its field, in words that are at hand.
    case.get_by_role("button", name="写补正意见：出生地").click()
    case.get_by_role("button", name=REMARK).click()
    expect(desk.field("出生地（省、市）")).to_have_value(REMARK)
    case.get_by_role("button", name="要求补正", exact=True).last.click()
    case.get_by_text("还没有补正").wait_for()
    before = person.get(path)["form"]["birthplace"]
    person.post(f"{path}/corrections", {"form": {"birthplace": "浙江宁波海曙"}})
    desk.tap("刷新")
    case.get_by_text(f"{before} → 浙江宁波海曙").wait_for()
    desk.page.keyboard.press("a")
    desk.page.keyboard.press("Enter")
    case.get_by_role("button", name="开始审核").wait_for()
    # The list says so too.
    expect(desk.page.locator(".left .cell:visible", has_text=number)).to_contain_text("已受理")
    assert person.get(path)["status"] == "accepted"


def test_the_first_case_is_shown_by_a_key(
    site: System, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    tour.lodge(site.phone(name), tour.LODGED)
    desk.log_in_staff("clerk", tour.HALL_NAMES["zh-CN"])
    desk.open("staff/cases")
    desk.sees("从左边选一件，或按 J")
    desk.page.keyboard.press("j")
    desk.page.get_by_role("region", name="办件详情").wait_for()
    shown = desk.page.locator(".left .cell.on:visible")
    expect(shown).to_have_count(1)
    # A case that is passed on leaves the list.
    desk.tap("转办其他大厅")
    desk.tap("鄞州区行政服务中心", role="radio")
    desk.field("理由").fill("本人住鄞州")
    desk.page.keyboard.press("Enter")
    desk.sees(re.compile("已转往鄞州区行政服务中心"))
    expect(shown).to_have_count(0)
    # The case of this hall is not shown beside another's list.
    desk.page.locator(".desk uni-button:visible").first.click()
    desk.tap("象山县行政服务中心", role="radio")
    desk.sees("从左边选一件，或按 J")


def test_a_supervisor_revokes_the_certificate_that_a_case_ended_with(
    desk: Phone, story: tour.Story
) -> None:
    desk.log_in_staff("supervisor", tour.HALL_NAMES["zh-CN"])
    desk.open("staff/cases")
    desk.page.keyboard.press("/")
    issued = story.person.get(f"/v1/cases/{story.ids['issued']}")
    desk.page.keyboard.type(issued["receipt_number"])
    desk.page.keyboard.press("Enter")
    case = desk.page.get_by_role("region", name="办件详情")
    case.get_by_role("heading", name="签发的证照").wait_for()
    case.get_by_role("button", name="查看证照状态").click()
    case.get_by_role("button", name="撤销").click()
    case.get_by_text("撤销须由两名主管先后确认，不能恢复。").wait_for()
    assert desk.findings() == desk.cut_off() == []
    case.get_by_label("理由").fill("办错了人")
    desk.page.keyboard.press("Enter")
    case.get_by_text("办错了人").wait_for()
    case.get_by_role("button", name="收回撤销申请").click()
    case.get_by_label("理由").fill("没有办错")
    desk.page.keyboard.press("Enter")
    case.get_by_text("办错了人").wait_for(state="detached")
    case.get_by_text("有效", exact=True).wait_for()
