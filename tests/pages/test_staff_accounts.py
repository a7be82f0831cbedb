"""The staff's pages: accounts made, agreed to and changed; a first log-in; leaving all devices."""

import io
import re

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.inspection import LANGUAGES, look
from tests.support.people import id_number, new_code

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]
FIRST, SECOND = "first password", "second password"


class Card:
    """One account on the page."""

    def __init__(self, desk: Phone, name: str) -> None:
        self.desk = desk
        self.on_page = desk.page.locator(".account:visible", has_text=name)

    def tap(self, name: str | re.Pattern[str]) -> None:
        self.on_page.get_by_role("button", name=name).click()
        self.desk.settle()

    def sees(self, words: str) -> None:
        self.on_page.get_by_text(words).first.wait_for()


def make(desk: Phone, name: str, role: str) -> None:
    desk.open("staff/accounts")
    desk.tap("添加账号")
    desk.field("用户名").fill(name)
    desk.field("初始密码").fill(FIRST)
    if role != "窗口人员":
        desk.tap("窗口人员", role="checkbox")
        desk.tap(role, role="checkbox")
    desk.tap(HALL, role="checkbox")
    desk.page.locator(".btn:visible", has_text="添加账号").last.click()
    desk.settle()


def enter(phone: Phone, name: str, password: str) -> None:
    phone.page.goto(f"{phone.url}/staff/", wait_until="commit")
    phone.field("用户名").fill(name)
    phone.page.locator("input[type=password]").fill(password)
    phone.tap("登录")
    phone.settle()


def test_an_admin_makes_an_account_and_its_owner_chooses_a_password(
    desk: Phone, phone: Phone
) -> None:
    name = new_code()
    desk.log_in_staff("admin", HALL)
    make(desk, name, "窗口人员")
    made = Card(desk, name)
    made.sees("待修改初始密码")
    enter(phone, name, FIRST)
    phone.sees(re.compile("首次登录须修改密码"))
    phone.page.locator("input[type=password]").last.fill(SECOND)
    phone.tap("登录")
    phone.page.wait_for_url("**/staff/board**")
    # The page shows the account from before it was logged in to, and says so.
    made.tap("变更权限")
    made.tap(re.compile("确定变更权限"))
    made.tap("再试一次")
    made.tap("变更权限")
    made.on_page.get_by_role("checkbox", name="审计").click()
    made.tap(re.compile("确定变更权限"))
    made.sees("窗口人员、审计")
    made.tap("变更权限")
    made.on_page.get_by_role("checkbox", name="消防救援").click()
    made.tap(re.compile("确定变更权限"))
    made.sees(f"{HALL} · 消防救援")
    made.tap("登记动态口令")
    made.sees("以后登录还要输入手机验证器上的动态口令。")
    made.tap(re.compile("确定登记动态口令"))
    secret = made.on_page.get_by_text(re.compile("^([A-Z2-7]{4} ?){8}$"))
    expect(secret).to_have_count(1)
    picture = made.on_page.get_by_label("验证器扫描的二维码").screenshot()
    [drawn] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    assert f"secret={secret.inner_text().replace(' ', '')}&" in drawn.text
    assert desk.findings() == desk.cut_off() == []
    made.tap("我已保存")
    made.sees("已启用动态口令")
    made.tap("登记本人")
    desk.field("本人证件号码").fill(id_number())
    made.tap(re.compile("确定登记本人"))
    made.sees("已登记本人")
    desk.tap(f"变更记录 {name}")
    desk.sees(re.compile("记录完整，共 [0-9]+ 条"))
    desk.page.go_back()
    made.tap("解除锁定")
    made.tap(re.compile("确定解除锁定"))
    made.sees("已解除锁定，可以重新登录")
    made.tap("停用")
    made.tap(re.compile("确定停用"))
    expect(made.on_page).to_have_count(0)


def test_another_admin_agrees_to_a_new_one(desk: Phone, phone: Phone) -> None:
    name = new_code()
    desk.log_in_staff("admin", HALL)
    make(desk, name, "管理员")
    desk.sees("已提出，等另一位管理员同意。")
    Card(desk, name).sees("等待同意")
    expect(Card(desk, name).on_page.get_by_role("button", name="同意")).to_have_count(0)
    phone.log_in_staff("admin-2", HALL)
    phone.open("staff/accounts")
    asked = Card(phone, name)
    asked.tap("同意")
    phone.field("初始密码").fill(FIRST)
    asked.tap(re.compile("确定同意"))
    expect(asked.on_page.get_by_text("管理员", exact=True)).to_have_count(1)
    asked.tap("停用")
    asked.tap(re.compile("确定停用"))
    expect(asked.on_page).to_have_count(0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_accounts_is_accessible_and_whole(phone: Phone, lang: str) -> None:
    phone.prefer(lang=lang)
    phone.log_in_staff("admin", tour.HALL_NAMES[lang])
    assert look(phone, {"staff-accounts": "staff/accounts"}, lang) == {}


def test_who_leaves_all_devices_leaves_this_and_the_others(desk: Phone, phone: Phone) -> None:
    name = new_code()
    desk.log_in(name)
    phone.log_in(name)
    phone.open("pages/me")
    phone.tap("退出所有设备")
    phone.tap("退出")
    phone.sees("登录后在这里管理您的资料。")
    desk.open("rights/family")
    desk.sees(re.compile("请先登录|登录"))
