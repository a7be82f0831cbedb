"""What machines decide, as people see it: the rules, why, a person's look, and the switch."""

import pytest

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]


def test_a_machines_yes_is_explained_and_looked_at(site: System, phone: Phone, desk: Phone) -> None:
    name = new_code()
    person = site.phone(name)
    person.put("/v1/me/identity", {"name": "李大爷", "id_number": id_number(years=(1935, 1960))})
    person.log_in()
    phone.log_in(name)
    phone.open("pages/guide?id=elder-card")
    phone.sees("申请人年满 60 周岁")
    phone.open("pages/apply?service=elder-card")
    phone.tap("先看看能否自动通过")
    phone.sees("请先改好以下内容")
    case_id = tour.lodge(person, "elder-card")
    path = f"/v1/cases/{case_id}"
    eventually(lambda: person.get(path)["status"] == "approved", "the machine's yes")
    phone.open(f"pages/case?id={case_id}")
    phone.sees("已由系统自动通过")
    phone.tap("请人工核对")
    phone.field("为什么").fill("请再核对一次")
    phone.tap("提交")
    phone.sees("您已要求人工核对")
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/decisions")
    number = person.get(path)["receipt_number"]
    card = desk.page.locator(".decision:visible", has_text=number)
    card.get_by_role("button", name="同意", exact=True).click()
    desk.sees(f"{number}：已记下")
    machine = desk.page.locator(".machine:visible", has_text="跨省异地就医备案")
    machine.get_by_role("button", name="停用").click()
    machine.get_by_role("textbox").fill("核对规则")
    machine.get_by_role("button", name="停用").click()
    machine.get_by_text("已停用").wait_for()
    for boss in ("supervisor", "supervisor2"):
        body = {"enabled": True, "reason": "核对完毕"}
        site.desk(boss).send("PUT", "/v1/admin/services/medical-remote-filing/machine", body)
    for step in ("issue", "complete"):
        site.desk().post(f"/v1/admin/cases/{case_id}/{step}")
