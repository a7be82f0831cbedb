"""One matter of several departments, and originals, as people and staff see them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.phone import Phone as Caller
from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]
FIRE = "公众聚集场所消防安全检查"


def test_a_restaurant_is_decided_by_its_departments(
    site: System, phone: Phone, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    phone.log_in(name)
    phone.open("pages/guide?id=open-a-restaurant")
    phone.sees("一次办 6 件事")
    phone.sees(FIRE)
    person = site.phone(name)
    case_id = tour.lodge(person, "open-a-restaurant")
    site.desk().post(f"/v1/admin/cases/{case_id}/accept")
    desk.log_in_staff("dept-fire-rescue", HALL)
    desk.open("staff/cases")
    desk.page.get_by_text("本部门事项").locator("visible=true").first.wait_for()
    desk.open(f"staff/case?id={case_id}")
    desk.sees("经营场所平面图")
    desk.page.get_by_role("button", name=f"要求补正 {FIRE}").click()
    desk.page.get_by_role("button", name="餐位数").click()
    desk.field("餐位数").fill("与平面图不符")
    desk.page.get_by_role("button", name="要求补正", exact=True).click()
    desk.page.locator(".mark:visible", has_text="需补正").wait_for()
    for _ in range(2):
        others_approve(site, person, case_id)
    phone.open(f"pages/case?id={case_id}")
    phone.sees("各部门办理进度")
    phone.sees("与平面图不符")
    person.post(f"/v1/cases/{case_id}/corrections", {"form": {"seats": 41}})
    desk.open(f"staff/case?id={case_id}")
    overdue = desk.page.locator(".mark:visible", has_text="已超期")
    expect(overdue).to_have_count(0)
    desk.page.route(f"**/v1/admin/cases/{case_id}", _with_a_late_part)
    desk.open(f"staff/case?id={case_id}")
    expect(overdue).to_have_count(1)
    desk.page.unroute(f"**/v1/admin/cases/{case_id}")
    desk.page.get_by_role("button", name=f"批准 {FIRE}", exact=True).click()
    desk.page.locator(".mark:visible", has_text="已办好").first.wait_for()
    # Whose part it was stands beside what happened.
    fire = next(
        one["department"]
        for one in person.get(f"/v1/cases/{case_id}")["parts"]
        if one["department_id"] == "fire-rescue"
    )
    phone.open(f"pages/case?id={case_id}")
    for shown in (desk, phone):
        shown.page.locator(".step:visible", has_text=f" · {fire}").first.wait_for()
    # What was approved of another number of seats is looked at again.
    others_approve(site, person, case_id)
    path = f"/v1/cases/{case_id}"
    eventually(lambda: person.get(path)["status"] == "approved", "the last part approves")


def _with_a_late_part(route: Route) -> None:
    answer = route.fetch()
    case = answer.json()
    [fire] = [one for one in case["handled_parts"] if one["department_id"] == "fire-rescue"]
    fire["overdue"] = True
    route.fulfill(response=answer, json=case)


def others_approve(site: System, person: Caller, case_id: str) -> None:
    """Approve what is open of other departments than the fire brigade's."""
    for part in person.get(f"/v1/cases/{case_id}")["parts"]:
        if part["status"] == "open" and part["department_id"] != "fire-rescue":
            path = f"/v1/admin/cases/{case_id}/parts/{part['part_id']}/approve"
            site.desk(f"dept-{part['department_id']}").post(path)


def test_originals_are_brought_by_a_visit(
    site: System, phone: Phone, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    person = site.phone(name)
    case_id = tour.lodge(person, "hk-macau-permit", handover="visit")
    desk.log_in_staff("clerk", HALL)
    desk.open(f"staff/case?id={case_id}")
    desk.tap("预审通过")
    desk.sees("原件核验")
    phone.log_in(name)
    phone.open(f"pages/case?id={case_id}")
    phone.tap("预约到大厅交验原件")
    phone.page.get_by_role("radio", name=re.compile(r"^\d\d:\d\d"), disabled=False).first.click()
    phone.tap(re.compile("^确认预约"))
    phone.sees("约好了！")
    path = f"/v1/cases/{case_id}"
    visit = eventually(lambda: person.get(path)["appointment_id"], "the case shows its visit")
    phone.open(f"pages/case?id={case_id}")
    phone.sees("到大厅办理")
    start = person.get(f"/v1/appointments/{visit}")["start"]
    site.wait_until(datetime.fromisoformat(start) - timedelta(minutes=10))
    desk.open("staff/board")
    desk.settle()
    desk.page.get_by_role("heading", name="今日大厅").click()
    desk.page.keyboard.type(str(visit))
    desk.page.keyboard.press("Enter")
    desk.tap("查看办件、核验原件")
    desk.page.get_by_role("button", name="已核验 居民身份证").click()
    desk.page.locator(".mark:visible", has_text="已核验").wait_for()
    states = {one["status"] for one in person.get(path)["originals"]}
    assert states == {"checked"}
    phone.open(f"pages/case?id={case_id}")
    phone.sees("已核验")


def test_a_courier_fetches_originals_and_brings_them_back_when_it_was_in_vain(
    site: System, phone: Phone, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    person = site.phone(name)
    more = {"handover": "courier", "pickup_address": tour.ADDRESS}
    case_id = tour.lodge(person, "hk-macau-permit", **more)
    desk.log_in_staff("clerk", HALL)
    desk.open(f"staff/case?id={case_id}")
    desk.tap("预审通过")
    parcel, path = tour.parcel_of(person, case_id), f"/v1/cases/{case_id}"
    phone.log_in(name)
    phone.open(f"pages/case?id={case_id}")
    phone.tap(re.compile("^快递"))
    phone.sees("取件码")
    # Who does not know the code takes nothing with them.
    tour.move(site, parcel, "picked_up", proof_code="000000")
    assert person.get(f"/v1/deliveries/{parcel}")["status"] == "requested"
    code = phone.page.locator(".note .big:visible").inner_text()
    tour.move(site, parcel, "picked_up", proof_code=code)
    for status in ("in_transit", "delivered"):
        tour.move(site, parcel, status)
    eventually(lambda: person.get(path)["originals"][0]["status"] == "arrived", "the originals")
    phone.open(f"pages/case?id={case_id}")
    phone.page.locator(".mark:visible", has_text="已送达").first.wait_for()
    phone.sees("原件已送达大厅")
    person.post(f"{path}/withdraw", {})
    back = f"/v1/deliveries?case_id={case_id}"
    eventually(
        lambda: [one for one in person.get(back)["items"] if one["direction"] == "to_citizen"],
        "the parcel back",
    )


def test_originals_come_back_with_the_result(
    site: System, phone: Phone, desk: Phone, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    person = site.phone(name)
    more = {"handover": "courier", "pickup_address": tour.ADDRESS}
    case_id = tour.lodge(person, "residence-permit", **more)
    path = f"/v1/cases/{case_id}"
    site.desk().post(f"/v1/admin/cases/{case_id}/precheck")
    fetched = tour.parcel_of(person, case_id)
    code = person.get(f"/v1/deliveries/{fetched}")["proof_code"]
    tour.move(site, fetched, "picked_up", proof_code=code)
    tour.move(site, fetched, "delivered")
    eventually(lambda: person.get(path)["originals"][0]["status"] == "arrived", "the originals")
    desk.log_in_staff("clerk", HALL)
    desk.open(f"staff/case?id={case_id}")
    desk.sees("与结果装入同一包裹寄回")
    for paper in ("居民身份证", "居住地住址证明"):
        desk.page.get_by_role("button", name=re.compile(f"^已核验 .*{paper}")).click()
        desk.settle()
    phone.log_in(name)
    phone.open(f"pages/case?id={case_id}")
    phone.sees("办好后，原件与结果装入同一包裹寄回。")
    tour.issue(site, case_id)
    eventually(lambda: person.get(path)["delivery_id"] != fetched, "the parcel back")
    back = person.get(path)["delivery_id"]
    phone.open(f"deliveries/delivery?id={back}")
    phone.sees("签收码")
    code = person.get(f"/v1/deliveries/{back}")["proof_code"]
    tour.move(site, back, "picked_up")
    tour.move(site, back, "delivered", proof_code=code)
    eventually(lambda: person.get(path)["status"] == "completed", "the end")
    phone.open(f"pages/case?id={case_id}")
    phone.sees("已退还")
    assert {one["status"] for one in person.get(path)["originals"]} == {"returned"}


def test_a_scanned_receipt_is_found_and_its_case_passed_on_with_its_originals(
    site: System, desk: Phone
) -> None:
    name, owner = new_code(), {"name": "李梅", "id_number": id_number()}
    person = site.phone(name)
    person.send("PUT", "/v1/me/identity", owner).raise_for_status()
    person.log_in()
    case_id = tour.lodge(person, "hk-macau-permit", handover="visit")
    seen = person.get(f"/v1/cases/{case_id}")
    desk.log_in_staff("clerk", HALL)
    desk.open("staff/cases")
    desk.settle()
    # The scanner types the address in the receipt's code, whatever has the focus.
    number, code = seen["receipt_number"], seen["progress_code"]
    desk.page.keyboard.type(f"https://hall.example/v1/progress/{number}?code={code}")
    desk.page.keyboard.press("Enter")
    desk.page.get_by_role("region", name="办件详情").wait_for()
    # A reader of documents types a number: whose cases it are is said for a reason.
    desk.page.keyboard.type(owner["id_number"])
    desk.page.keyboard.press("Enter")
    desk.field("查找理由（本人可以看到）").fill("本人到窗口询问")
    desk.tap("按身份证号查找")
    desk.sees(re.compile(f"往来港澳通行证签发 · {number}"))
    desk.open(f"staff/case?id={case_id}")
    desk.page.get_by_role("button", name="已收到 居民身份证").click()
    desk.settle()
    desk.tap("转办其他大厅")
    desk.page.get_by_role("radio", name="江北区行政服务中心").click()
    desk.field("理由").fill("由江北办理")
    desk.tap("转办")
    desk.sees("已转往江北区行政服务中心")
    assert desk.findings() == desk.cut_off() == []
    desk.open("staff/parcels")
    desk.sees(number)
    desk.sees("对方尚未登记")
    assert person.get(f"/v1/cases/{case_id}")["due_at"] == seen["due_at"]
