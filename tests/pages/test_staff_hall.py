"""The staff's pages about a hall as a whole: opening hours, parcels, books, histories."""

import re

import pytest
from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = "hall-330205"
HALL_NAME = "江北区行政服务中心"


def _book_last(site: System) -> tuple[str, str]:
    """Book the last free time at a hall of no other test's; return the booking and its day."""
    person = site.phone(new_code())
    path = f"/v1/offices/{HALL}/availability?service_id={tour.BOOKED}&days=14"
    slots = [one for day in person.get(path)["days"] for one in day["slots"]]
    slot = [one for one in slots if one["state"] == "open"][-1]
    body = {"service_id": tour.BOOKED, "office_id": HALL, "slot_id": slot["slot_id"]}
    booked = person.post("/v1/appointments", body)
    return booked["appointment_id"], booked["start"][:10]


def test_a_supervisor_sees_whom_a_closure_hits_before_it_is_made(site: System, desk: Phone) -> None:
    booking, day = _book_last(site)
    path = f"/v1/admin/appointments/{booking}"
    desk.log_in_staff("supervisor", HALL_NAME)
    desk.open("staff/timetable")
    desk.tap("添加暂停开放")
    desk.tap("返回")
    desk.tap("添加暂停开放")
    desk.date("第一天", day)
    desk.field("原因").fill("台风")
    desk.tap("看看影响谁")
    desk.sees("将影响 1 个预约")
    assert desk.findings() == desk.cut_off() == []
    assert site.desk("clerk").get(path)["needs_new_time"] is None
    desk.tap("确定，并通知 1 个预约的本人")
    desk.sees("已安排，影响 1 个预约，已通知本人")
    assert site.desk("clerk").get(path)["needs_new_time"] is not None
    closure = desk.page.locator(".closure:visible", has_text="台风")
    closure.get_by_role("button", name="恢复开放").click()
    closure.get_by_role("button", name="确定恢复").click()
    expect(closure).to_have_count(0)
    desk.tap("修改")
    desk.field("周六").fill("9点")
    desk.tap("看看影响谁")
    desk.sees("看不懂这个时间，请按例子填写")
    desk.field("周六").fill("9：00至12：00")
    # A field that was emptied closes no counters.
    counters = desk.page.locator(".counts input:visible").first
    kept = counters.input_value()
    counters.fill("")
    desk.tap("看看影响谁")
    desk.sees("请写数字，不开设写 0")
    counters.fill(kept)
    desk.tap("看看影响谁")
    desk.sees("不影响任何预约")
    desk.tap("确定")
    desk.sees("已修改，影响 0 个预约")
    # Who comes in spite of it is told at the desk.
    today = f"{site.now():%Y-%m-%d}"
    closing = {"from": today, "to": today, "reason": "台风"}
    chief, closures = site.desk("supervisor"), f"/v1/admin/offices/{HALL}/closures"
    [closure] = chief.post(closures, closing)["closures"]
    desk.open("staff/board")
    desk.sees("今天大厅不开放。")
    chief.send("DELETE", f"{closures}/{closure['closure_id']}").raise_for_status()


def test_an_auditor_looks_up_a_receipt_and_sees_that_its_history_is_whole(
    site: System, desk: Phone, story: tour.Story
) -> None:
    case = story.person.get(f"/v1/cases/{story.ids['correcting']}")
    desk.log_in_staff("auditor", tour.HALL_NAMES["zh-CN"])
    desk.open("staff/books")
    desk.tap("前一天")
    desk.sees(re.compile("与支付渠道一致|处不一致"))
    desk.open("staff/audit")
    desk.field("查什么").fill(case["receipt_number"].lower())
    desk.tap("查看")
    desk.sees(re.compile("记录完整，共 \\d+ 条"))
    desk.page.locator(".entry:visible", has_text="要求补正").first.wait_for()
    assert desk.findings() == desk.cut_off() == []
    with desk.page.expect_download() as download:
        desk.tap("下载记录和证明")
    assert download.value.suggested_filename == f"{case['case_id']}.json"


def test_a_clerk_ends_a_parcel_whose_courier_is_silent(
    site: System, desk: Phone, story: tour.Story
) -> None:
    case_id = tour.lodge(story.person, tour.ONLINE, delivery=tour.ADDRESS)
    tour.issue(site, case_id)
    parcel = tour.parcel_of(story.person, case_id)
    tour.move(site, parcel, "exception")
    desk.log_in_staff("clerk", tour.HALL_NAMES["zh-CN"])
    desk.open("staff/parcels")
    mine = desk.page.locator(".parcel:visible", has_text="快递异常").first
    mine.get_by_role("button").first.click()
    mine.get_by_text("13805741234").wait_for()
    assert desk.findings() == desk.cut_off() == []
    mine.get_by_role("button", name="手工结束").click()
    mine.get_by_role("radio", name="丢失").click()
    mine.get_by_role("button", name="确定结束").click()
    desk.settle()
    assert story.person.get(f"/v1/deliveries/{parcel}")["status"] == "lost"
