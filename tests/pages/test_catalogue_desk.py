"""The catalogue's desk: a fee changed, approved by another, and shown from its moment on."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from chalicelib.core.clock import OFFICE_ZONE
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]
PATH = "/v1/admin/services/taiwan-permit/draft"


def test_a_fee_is_changed_by_two_and_seen_from_its_moment_on(
    site: System, desk: Phone, phone: Phone
) -> None:
    begins = site.now().astimezone(OFFICE_ZONE).replace(second=0, microsecond=0)
    begins += timedelta(minutes=10)
    desk.log_in_staff("supervisor", HALL)
    desk.open("staff/catalogue")
    desk.field("事项名或部门").fill("没有这样的")
    desk.sees("没有这样的事项")
    desk.field("事项名或部门").fill("台湾")
    expect(desk.page.locator(".service:visible")).to_have_count(1)
    desk.tap("编辑 往来台湾通行证签发")
    desk.field("金额（元）").fill("-1")
    desk.tap("保存草稿")
    desk.sees("有 1 处需要改正")
    desk.field("金额（元）").fill("81")
    desk.field("依据").fill("发改价格规〔2027〕1号")
    desk.date("生效日期", str(begins.date()))
    desk.field("从几点生效").fill(f"{begins:%H:%M}")
    desk.tap("保存草稿")
    desk.sees("费用 · 金额：¥80.00 → ¥81.00")
    desk.tap("预览办事指南")
    desk.sees("费用：¥81")
    # What is not saved is not submitted without it.
    desk.field("金额（元）").fill("82")
    desk.sees("有改动还没保存，先保存草稿再提交。")
    desk.field("金额（元）").fill("81")
    desk.field("改动理由").fill("新收费标准")
    desk.tap("提交")
    desk.sees("待另一人审批")
    desk.tap("审批并发布")
    desk.sees("须由另一人审批")
    other = site.desk("supervisor2")
    assert other.send("POST", f"{PATH}/approve", {}).status_code == 200
    citizen = site.phone("taiwan-reader")
    assert citizen.get("/v1/services/taiwan-permit")["fee"]["cents"] == 8000
    site.wait_until(begins)
    phone.open("pages/guide?id=taiwan-permit")
    phone.sees("¥81")
    desk.open("staff/service?id=taiwan-permit")
    desk.sees("现行")
    desk.open("staff/catalogue")
    desk.tap("本大厅", role="radio")
    desk.field("地址（中文）").fill("宁波市鄞州区宁穿路 1901 号")
    desk.field("地址（英文）").fill("1901 Ningchuan Road, Yinzhou, Ningbo")
    desk.field("电话").fill("0574-12345")
    desk.tap("保存")
    desk.sees("已保存")
