"""The staff's pages: the queue, giving money back, couriers and their messages, reports."""

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

HALL = tour.HALL_NAMES["zh-CN"]
# Where no other test of this file lets anybody in.
EMPTY_HALL, EMPTY_HALL_NAME = "hall-330225", "象山县行政服务中心"
CODE = "入场码或短码、姓名、尾号"


def check_ins(desk: Phone) -> Locator:
    """What the last codes ended with, the newest first."""
    return desk.page.get_by_role("log", name="签到结果").locator(".note")


def test_a_clerk_runs_the_queue(desk: Phone) -> None:
    desk.log_in_staff("clerk", HALL)
    desk.field(CODE).fill("000000")
    desk.tap("签到")
    desk.sees("无效的码")
    desk.field(CODE).fill("无此人")
    desk.tap("查找")
    desk.sees("当天没有找到预约")
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    desk.page.route("**/v1/admin/checkins", hold)
    desk.field(CODE).fill("not.a.pass")
    desk.tap("签到")
    desk.tap("现场取号")
    desk.field("来办什么事").fill("身份证丢失")
    # Nothing else begins before the answer, and no other answer is taken for it.
    expect(desk.button("居民身份证丢失补领")).to_be_disabled()
    expect(check_ins(desk)).to_contain_text(["签到中…not.a.pass", "无效的码000000"])
    asked.pop().continue_()
    expect(check_ins(desk)).to_contain_text(["无效的码not.a.pass", "无效的码000000"])
    desk.tap("居民身份证丢失补领")
    ticket = desk.told("已签到，号码").removeprefix("已签到，号码").strip()
    person = desk.page.locator(".person:visible", has_text=ticket)
    # Whoever was first is called first: earlier tests may have left people waiting.
    desk.open("staff/counter")
    desk.tap("呼叫下一位")
    now = desk.page.get_by_role("region", name="正在办理")
    for _ in range(20):
        now.wait_for()
        if now.get_by_text(ticket, exact=True).count():
            break
        desk.tap("办完，呼叫下一位")
        desk.settle()
    desk.tap("转窗口")
    desk.field("或者转到几号窗口").fill("1")
    desk.tap("确定转出")
    desk.sees(f"{ticket} 已转出，保留原来的排队位置")
    desk.tap("呼叫下一位")
    now.get_by_text(ticket, exact=True).wait_for()
    desk.open("staff/board")
    person.get_by_role("button", name="未到", exact=True).click()
    person.get_by_text("未到场").wait_for()
    person.get_by_role("button", name="撤回一步").click()
    person.get_by_role("button", name="开始办理").click()
    person.get_by_role("button", name="办完").click()
    person.get_by_text("已办完").wait_for()


@pytest.mark.slow
def test_no_code_is_lost_that_is_scanned_while_another_is_checked_in(desk: Phone) -> None:
    asked: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    desk.log_in_staff("clerk", HALL)
    desk.page.route("**/v1/admin/checkins", hold_the_first)
    # A scanner waits for no answer, and types faster than any person.
    for code in ("000001", "000002", "000003"):
        desk.page.keyboard.type(code)
        desk.page.keyboard.press("Enter")
    expect(check_ins(desk)).to_have_text([f"签到中…00000{n}" for n in (3, 2, 1)])
    expect(desk.field(CODE)).to_have_value("")
    assert len(asked) == 1
    asked[0].continue_()
    expect(check_ins(desk)).to_contain_text([f"无效的码00000{n}" for n in (3, 2, 1)])
    for number, one in enumerate(asked, 1):
        assert f'"short_code":"00000{number}"' in (one.request.post_data or "")
    assert len({one.request.headers["idempotency-key"] for one in asked}) == 3
    desk.page.set_viewport_size({"width": 390, "height": 844})
    assert desk.findings() == desk.cut_off() == []
    desk.tap("收起 000002")
    expect(check_ins(desk)).to_contain_text(["000003", "000001"])


def test_a_name_typed_while_a_code_is_checked_in_is_looked_for(desk: Phone) -> None:
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    desk.log_in_staff("clerk", HALL)
    desk.page.route("**/v1/admin/checkins", hold)
    for typed in ("000001", "无此人"):
        desk.page.keyboard.type(typed)
        desk.page.keyboard.press("Enter")
    desk.sees("查找“无此人”：今天")
    desk.sees("当天没有找到预约")
    # The next code is not written behind the name.
    expect(desk.field(CODE)).to_have_value("")
    expect(desk.field(CODE)).to_be_focused()
    asked.pop().continue_()
    expect(check_ins(desk)).to_contain_text(["无效的码000001"])
    desk.sees("查找“无此人”：今天")
    desk.page.keyboard.type("000002")
    desk.page.keyboard.press("Enter")
    desk.page.get_by_text("查找“无此人”：今天").wait_for(state="detached")


def test_a_double_tap_serves_one_and_a_step_too_many_is_taken_back(
    site: System, desk: Phone
) -> None:
    clerk = site.desk()
    path = f"/v1/admin/offices/{EMPTY_HALL}"
    tickets = [
        clerk.post(f"{path}/tickets", {"service_id": tour.BOOKED})["ticket_number"]
        for _ in range(4)
    ]
    desk.log_in_staff("clerk", EMPTY_HALL_NAME)
    desk.open("staff/counter")
    desk.field("窗口号").fill("７")
    desk.tap("呼叫下一位")
    now = desk.page.get_by_role("region", name="正在办理")
    now.get_by_text(tickets[0], exact=True).wait_for()
    desk.tap("再呼叫")
    desk.told(f"请 {tickets[0]} 到 7 号窗口")
    # As slow as the second tap of a double one may be: the first was answered before.
    here = now.get_by_role("button", name="办完，呼叫下一位")
    here.click()
    now.get_by_text(tickets[1], exact=True).wait_for()
    desk.settle()
    here.evaluate("one => one.dispatchEvent(new MouseEvent('click', {detail: 2, bubbles: true}))")
    desk.settle()
    now.get_by_text(tickets[1], exact=True).wait_for()
    desk.told(f"{tickets[0]} 已办完")
    now.get_by_role("button", name="未到").click()
    desk.told(f"{tickets[1]} 未到场")
    desk.tap("撤回一步")
    now.get_by_text(tickets[1], exact=True).wait_for()
    desk.tap("办完，呼叫下一位")
    now.get_by_text(tickets[2], exact=True).wait_for()
    desk.page.locator(".note:visible").get_by_role("button", name="撤回一步").click()
    desk.told(f"{tickets[1]} 回到队伍里等候")
    # The second of two quick presses of a key begins nothing either; a later one does.
    desk.settle()
    desk.page.clock.install()
    desk.page.clock.pause_at(time.time() + 60)
    for pause_ms, ticket in ((0, tickets[1]), (300, tickets[1]), (500, tickets[3])):
        desk.page.clock.run_for(pause_ms)
        here.press("Enter")
        now.get_by_text(ticket, exact=True).wait_for()
        expect(here).to_be_enabled()
        assert ticket in {one["ticket_number"] for one in clerk.get(f"{path}/counters")["items"]}
    desk.page.clock.resume()
    assert desk.findings() == desk.cut_off() == []


@pytest.mark.slow
def test_the_halls_screen_shows_who_is_called_and_goes_on_without_the_net(
    site: System, desk: Phone
) -> None:
    clerk = site.desk("clerk")
    ticket = clerk.post(f"/v1/admin/offices/{tour.HALL}/tickets", {"service_id": tour.BOOKED})
    path = f"/v1/admin/offices/{tour.HALL}/queue/next"
    body = {"counter": "S1"}
    for _ in range(20):
        called = clerk.post(path, {**body, "fulfil": True})
        if called["appointment_id"] == ticket["appointment_id"]:
            break
    desk.page.goto(f"{desk.url}/display/{tour.HALL}")
    shown = desk.page.get_by_role("listitem").filter(has_text=ticket["ticket_number"])
    expect(shown).to_contain_text("S1")
    desk.network_may_fail = True
    desk.context.set_offline(True)
    desk.page.get_by_text("网络中断").wait_for(timeout=40_000)
    expect(shown).to_be_visible()
    desk.context.set_offline(False)
    desk.page.get_by_text("网络中断").wait_for(state="detached", timeout=40_000)
    clerk.post(f"/v1/admin/appointments/{ticket['appointment_id']}/fulfil")


@pytest.mark.slow
def test_a_clerk_voids_a_ticket_that_was_a_mistake(desk: Phone) -> None:
    desk.log_in_staff("clerk", HALL)
    desk.tap("现场取号")
    desk.field("来办什么事").fill("身份证丢失")
    desk.tap("居民身份证丢失补领")
    ticket = desk.told("已签到，号码").removeprefix("已签到，号码").strip()
    person = desk.page.locator(".person:visible", has_text=ticket)
    person.get_by_role("button", name="作废号码").click()
    sure = person.get_by_role("button", name="确定作废")
    expect(sure).to_be_disabled()
    desk.field("作废的原因").fill("取错了号")
    sure.click()
    desk.sees(f"号码 {ticket} 已作废")
    person.get_by_text("已取消").wait_for()
    expect(person.get_by_role("button", name="作废号码")).to_have_count(0)


@pytest.mark.slow
def test_a_supervisor_excuses_who_did_not_come(
    site: System, desk: Phone, story: tour.Story
) -> None:
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/missed")
    missed = desk.page.locator(".missed:visible", has_text=story.ids["missed"])
    missed.get_by_role("button", name="免记爽约").click()
    desk.field("免记的原因").fill("医院证明")
    missed.get_by_role("button", name="免记爽约").click()
    desk.sees(re.compile("已免记，不计入爽约次数"))
    kept = site.desk("auditor").get(f"/v1/admin/audit/{story.ids['missed']}")["items"]
    excused = [one["data"] for one in kept if one["type"] == "appointment.excused"]
    assert [one["reason"] for one in excused] == ["医院证明"]


@pytest.mark.slow
def test_much_money_is_given_back_by_two_people(
    site: System, desk: Phone, phone: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    citizen = site.phone(name)
    case_id = tour.lodge(citizen, tour.LODGED)
    tour.pay(citizen, {"case_id": case_id}, site)
    # Who asks takes it back, and does not agree.
    [payment] = citizen.get("/v1/payments")["items"]
    path = f"/v1/admin/payments/{payment['payment_id']}/refunds"
    site.desk("supervisor").post(path, {"reason": "算错了"})
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/approvals")
    own = desk.page.locator(".waiting:visible", has_text="算错了").last
    own.get_by_text("等另一人同意").wait_for()
    expect(own.get_by_role("button", name="同意退费")).to_have_count(0)
    own.get_by_role("button", name="撤回申请").click()
    expect(own).to_have_count(0)
    clerk = phone
    clerk.log_in_staff("clerk", HALL)
    clerk.open(f"staff/case?id={case_id}")
    clerk.tap("退费")
    clerk.field("理由").fill("材料不齐，改日再办")
    give = clerk.page.locator(".btn:visible", has_text="退费").last
    # What is no amount is not taken for all of it.
    clerk.field("退费金额（元）").fill("五十")
    clerk.sees("请写数字，最多两位小数")
    expect(give).to_be_disabled()
    clerk.field("退费金额（元）").fill("")
    give.click()
    clerk.sees("等另一人同意")
    desk.open("staff/approvals")
    mine = desk.page.locator(".waiting:visible", has_text="材料不齐，改日再办").last
    mine.get_by_text("工作人员 clerk 于").wait_for()
    assert desk.findings() == desk.cut_off() == []
    mine.get_by_role("button", name="同意退费").click()
    mine.get_by_role("button", name="确定退回").click()
    desk.sees(re.compile("已同意退回"))
    desk.open(f"staff/case?id={case_id}")
    desk.page.locator(".mark:visible", has_text="已退费").wait_for()
    [payment] = citizen.get("/v1/payments")["items"]
    assert sorted(one["status"] for one in payment["refunds"]) == ["failed", "succeeded"]


@pytest.mark.slow
def test_a_clerk_sees_that_a_case_waits_for_its_fee(
    site: System, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    citizen = site.phone(name)
    case_id = tour.lodge(citizen, tour.LODGED)
    for step in ("accept", "review", "approve"):
        by = "clerk2" if step == "approve" else "clerk"
        site.desk(by).post(f"/v1/admin/cases/{case_id}/{step}")
    desk.log_in_staff("clerk", HALL)
    desk.open(f"staff/case?id={case_id}")
    desk.sees(re.compile("费用尚未缴清"))
    expect(desk.button("制证完成")).to_be_disabled()
    tour.pay(citizen, {"case_id": case_id}, site)
    path = f"/v1/cases/{case_id}"
    eventually(lambda: citizen.get(path)["payment_status"] == "paid", "the case is told")
    desk.open(f"staff/case?id={case_id}")
    desk.tap("制证完成")
    desk.page.locator(".mark:visible", has_text="已办好").first.wait_for()


@pytest.mark.slow
def test_a_supervisor_deals_with_an_alert(
    site: System, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    case_id = tour.lodge(site.phone(name), tour.LODGED)
    site.desk().post(f"/v1/admin/cases/{case_id}/issue", status=409)
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/alerts")
    mine = desk.page.locator(".alert:visible", has_text="步骤次序不对")
    settle = mine.get_by_role("button", name="已处理好")
    settle.first.wait_for()
    open_ones = settle.count()
    settle.first.click()
    expect(settle).to_have_count(open_ones - 1)
    desk.tap(re.compile("已处理$"), role="radio")
    expect(settle).to_have_count(0)
    mine.get_by_text(re.compile("处理$")).first.wait_for()


@pytest.mark.slow
def test_a_supervisor_keeps_couriers_and_sees_what_was_sent(
    site: System, desk: Phone, story: tour.Story
) -> None:
    assert story.ids["parcel"]
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/messages?courier=ems")
    desk.sees("请求揽收")
    # The city's courier is changed by `admin` alone.
    expect(desk.page.get_by_role("button", name="再发一次")).to_have_count(0)
    desk.open("staff/couriers")
    desk.tap("添加快递公司")
    desk.field("名称").fill("城市快递")
    desk.field("接收地址").fill(f"{site.url}/stand-ins/courier/webhooks")
    # Far away, so that no other test's parcel is given to it.
    desk.field("服务区划代码").fill("5401，5402")
    desk.page.locator(".btn:visible", has_text="添加快递公司").last.click()
    desk.sees(re.compile("^whsec_"))
    desk.tap("我已保存")
    desk.page.get_by_text(re.compile("^whsec_")).wait_for(state="hidden")
    mine = desk.page.locator(".card:visible", has_text="城市快递").last
    mine.get_by_role("button", name="暂停").click()
    mine.get_by_text("在途 0 件仍由它送").wait_for()
    mine.get_by_role("button", name="确定暂停").click()
    mine.get_by_text("已暂停").wait_for()


@pytest.mark.slow
def test_an_admin_sends_a_city_courier_s_message_again(
    site: System, desk: Phone, story: tour.Story
) -> None:
    assert story.ids["parcel"]
    desk.log_in_staff("admin", HALL)
    desk.open("staff/messages?courier=ems&keeps=yes")
    received = f"{site.url}/stand-ins/courier/messages"
    count = len(httpx.get(received, trust_env=False).json()["items"])
    desk.tap("再发一次")
    desk.settle()
    assert len(httpx.get(received, trust_env=False).json()["items"]) >= count


@pytest.mark.slow
def test_reports_are_drawn_and_taken_along_as_a_table(desk: Phone, story: tour.Story) -> None:
    assert story.ids["paid"]
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/reports")
    for report in ("等候时间", "爽约", "办件", "评价", "快递", "收费"):
        desk.tap(re.compile(f"{report}$"), role="radio")
        desk.settle()
    desk.sees("净收入")
    shown = desk.page.locator(".figure .big:visible").first.inner_text()
    with desk.page.expect_download() as download:
        desk.tap("下载表格（CSV）")
    rows = list(csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    net = sum(int(row["net"]) for row in rows)
    assert shown == f"¥{net / 100:.2f}".removesuffix(".00")


def test_a_clerk_is_not_offered_what_only_others_may_see(desk: Phone) -> None:
    desk.log_in_staff("clerk")
    ways = desk.page.get_by_role("navigation").get_by_role("button").all_inner_texts()
    assert ways == ["大厅", "业务", "群众", "管理", "今日大厅", "我的窗口"]
