"""The counter takes in what somebody without a phone brings, and their account shows it later."""

import re
from pathlib import Path

import pytest

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def test_a_grandmother_at_the_counter_whose_case_her_account_shows_later(
    site: System, phone: Phone, desk: Phone, tmp_path: Path
) -> None:
    number = id_number(years=(1935, 1960))
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(PDF)
    desk.log_in_staff("clerk", HALL)
    desk.open("staff/intake")
    desk.field("查找事项").fill("异地就医")
    desk.tap("跨省异地就医备案")
    desk.field("姓名").fill("王奶奶")
    desk.field("身份证号").fill(number)
    desk.tap("其他跨省临时外出就医", role="radio")
    desk.field("就医地行政区划代码").fill("310000")
    desk.field("就医地").fill("上海市")
    desk.field("备案开始日期").fill(str(site.now().date()))
    desk.field("联系人").fill("王奶奶")
    desk.field("联系电话").fill("13800000001")
    desk.tap("收件")
    desk.sees("请提供此项材料")
    with desk.page.expect_file_chooser() as chooser:
        desk.page.get_by_role("button", name="扫描 居民身份证").click()
    chooser.value.set_files(scan)
    desk.sees("✓ scan.pdf")
    desk.tap("我确认", role="radio")
    desk.tap("收件")
    desk.sees("已收件：跨省异地就医备案")
    with desk.page.expect_download() as printed:
        desk.tap("打印回执")
    assert Path(printed.value.path()).read_bytes().startswith(b"%PDF")
    # At home her granddaughter sets an account up for her.
    name = new_code()
    person = site.phone(name)
    person.put("/v1/me/identity", {"name": "王奶奶", "id_number": number})
    person.log_in()
    phone.log_in(name)
    phone.open("pages/mine")
    phone.tap(re.compile("跨省异地就医备案"))
    phone.sees("在大厅窗口提交")
