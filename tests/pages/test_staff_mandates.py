"""At the counter: a mandate with its scan, by two persons; found by the document, and ended."""

from pathlib import Path

import pytest

from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.inspection import LANGUAGES, look
from tests.support.people import id_number

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]
SIDES = ("林奶奶", "林小明")


def fill(desk: Phone, part: int, name: str, number: str) -> None:
    """Write who somebody is into the so-many-th form of a document."""
    desk.page.get_by_role("textbox", name="姓名", exact=True).nth(part).fill(name)
    desk.page.get_by_role("textbox", name="身份证号", exact=True).nth(part).fill(number)


def test_two_clerks_witness_a_mandate_and_one_ends_it(
    desk: Phone, phone: Phone, tmp_path: Path
) -> None:
    numbers = (id_number(years=(1935, 1950)), id_number(years=(1985, 2000)))
    paper = tmp_path / "委托书.png"
    paper.write_bytes(tour.PHOTO)
    desk.log_in_staff("clerk", HALL)
    desk.open("staff/mandates")
    desk.tap("登记一份委托")
    for part, (name, number) in enumerate(zip(SIDES, numbers, strict=True)):
        fill(desk, part, name, number)
    desk.tap("所有事项", role="radio")
    desk.date("最后一天", "2027-02-28")
    with desk.page.expect_file_chooser() as chooser:
        desk.tap("选择委托书扫描件")
    chooser.value.set_files(paper)
    desk.sees("✓ 已上传扫描件，点此更换")
    desk.tap("确认双方到场并登记")
    desk.sees("已登记，等另一位工作人员复核后生效。")
    phone.log_in_staff("supervisor", HALL)
    phone.open("staff/mandates")
    waiting = phone.page.locator(".mandate:visible", has_text="林奶奶 → 林小明").first
    waiting.get_by_role("button", name="核对扫描件，重新填写证件号码").click()
    for part, (name, number) in enumerate(zip(SIDES, numbers, strict=True)):
        fill(phone, part, name, number)
    phone.tap("确认双方到场并登记")
    phone.sees("委托已生效，双方会收到通知。")
    fill(desk, 0, SIDES[0], numbers[0])
    desk.field("查找理由（本人可以看到）").fill("老人到厅撤销委托")
    desk.tap("查找")
    desk.sees("生效中")
    desk.tap("撤销委托")
    desk.field("撤销原因").fill("老人到厅撤销委托")
    desk.tap("确定撤销")
    desk.sees("已撤销")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_mandates_is_accessible_and_whole(phone: Phone, lang: str) -> None:
    phone.prefer(lang=lang)
    phone.log_in_staff("clerk", tour.HALL_NAMES[lang])
    assert look(phone, {"staff-mandates": "staff/mandates"}, lang) == {}
