"""The counter takes in what somebody without a phone brings, and their account shows it later."""

import re
import secrets
from pathlib import Path

import httpx
import pytest

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def take_in(site: System, desk: Phone, scan: Path, number: str, telephone: str = "") -> str:
    """Take a case in at the counter as a clerk does; return its receipt's number."""
    scan.write_bytes(PDF)
    desk.open("staff/intake")
    desk.field("查找事项").fill("异地就医")
    desk.tap("跨省异地就医备案")
    desk.field("姓名").fill("王奶奶")
    desk.field("身份证号").fill(number)
    desk.field(desk.say("intake.phone")).fill(telephone)
    desk.tap("其他跨省临时外出就医", role="radio")
    desk.field("就医地行政区划代码").fill("310000")
    desk.field("就医地").fill("上海市")
    desk.date("备案开始日期", str(site.now().date()))
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
    shown = desk.page.get_by_text(re.compile("回执编号")).locator("visible=true").first.inner_text()
    return str(re.findall(r"\w{4}-\w{4}-\w{4}", shown)[0])


def accept(site: System, receipt: str) -> None:
    clerk, number = site.desk(), receipt.replace("-", "")
    [case_id] = [
        one["case_id"]
        for one in clerk.get(f"/v1/admin/cases?office_id={tour.HALL}&limit=100")["items"]
        if one["case_id"].endswith(number)
    ]
    clerk.post(f"/v1/admin/cases/{case_id}/accept")


def is_to_be_posted(site: System, receipt: str) -> bool:
    listed = site.desk().get(f"/v1/admin/letters?office_id={tour.HALL}&limit=100")["items"]
    return receipt.replace("-", "") in str(listed)


def texts(site: System, telephone: str) -> list[str]:
    """Return what a telephone was sent, oldest first."""
    url = f"{site.url}/stand-ins/messages?to={telephone}"
    items = httpx.get(url, trust_env=False).json()["items"]
    return [" ".join(one["data"].values()) for one in reversed(items)]


def test_a_grandmother_without_a_smartphone_gets_a_text(
    site: System, desk: Phone, tmp_path: Path
) -> None:
    telephone = f"139{secrets.randbelow(10**8):08}"
    desk.log_in_staff("clerk", HALL)
    number = id_number(years=(1935, 1960))
    receipt = take_in(site, desk, tmp_path / "scan.pdf", number, telephone)
    told = ["跨省异地就医备案 已提交", "跨省异地就医备案 已受理"]
    # What is no longer so when its turn comes is not told by a text.
    eventually(lambda: texts(site, telephone) == told[:1], "the first text")
    accept(site, receipt)
    eventually(lambda: texts(site, telephone) == told, "the texts")
    # Nothing is to be posted to her.
    desk.open("staff/letters")
    assert desk.page.get_by_text(receipt).count() == 0


def test_a_grandmother_at_the_counter_whose_case_her_account_shows_later(
    site: System, phone: Phone, desk: Phone, tmp_path: Path
) -> None:
    number = id_number(years=(1935, 1960))
    desk.log_in_staff("clerk", HALL)
    receipt = take_in(site, desk, tmp_path / "scan.pdf", number)
    with desk.page.expect_download() as printed:
        desk.tap("打印回执")
    assert Path(printed.value.path()).read_bytes().startswith(b"%PDF")
    # Without telephone or account she gets a letter.
    accept(site, receipt)
    eventually(lambda: is_to_be_posted(site, receipt), "the letter")
    desk.open("staff/letters")
    card = desk.page.locator(".card:visible", has_text=receipt)
    with desk.page.expect_download() as written:
        card.get_by_role("button", name=desk.say("letters.print")).click()
    assert Path(written.value.path()).read_bytes().startswith(b"%PDF")
    # At home her granddaughter sets an account up for her.
    name = new_code()
    person = site.phone(name)
    person.put("/v1/me/identity", {"name": "王奶奶", "id_number": number})
    person.log_in()
    phone.log_in(name)
    phone.open("pages/mine")
    phone.tap(re.compile("跨省异地就医备案"))
    phone.sees("在大厅窗口提交")
    # Now she reads it there: the letter that nobody posted is due no more.
    assert not is_to_be_posted(site, receipt)
