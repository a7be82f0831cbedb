"""The staff's log-in: one-time codes by keyboard, and a log-in that ends in the middle of work."""

import re

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.phone import Phone as Caller
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

FIRST, SECOND, THIRD = "first password", "second password", "third password"
HALL_NAME = tour.HALL_NAMES["zh-CN"]


def _account(admin: Caller) -> str:
    """Return a fresh clerk's name; the first password is to be changed."""
    name = new_code()
    wanted = {
        "username": name, "password": FIRST, "roles": ["clerk"], "office_ids": [tour.HALL],
    }  # fmt: skip
    admin.post("/v1/admin/staff", wanted)
    return name


def _type(page: Page, words: str) -> None:
    """Type where the focus is, and press Enter."""
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def _enter(desk: Phone, name: str, password: str, new: str) -> None:
    desk.page.goto(f"{desk.url}/staff/", wait_until="commit")
    desk.field("用户名").fill(name)
    _change(desk, password, new)


def _change(desk: Phone, password: str, new: str) -> None:
    """Log in with a password that an administrator set, and choose another."""
    desk.field("密码").focus()
    _type(desk.page, password)
    expect(desk.field("新密码（至少 8 位）")).to_be_focused()
    _type(desk.page, new)
    desk.page.wait_for_url("**/staff/board**")
    desk.settle()


def test_who_is_logged_out_amid_work_goes_on_where_they_were(site: System, desk: Phone) -> None:
    admin = site.desk("admin")
    name = _account(admin)
    _enter(desk, name, FIRST, SECOND)
    desk.tap("现场取号")
    desk.field("来办什么事").fill("身份证丢失")
    admin.post(f"/v1/admin/staff/{name}/reset-password", {"password": FIRST})
    desk.tap("居民身份证丢失补领")
    desk.sees("登录已过期，请重新登录。")
    desk.tap("登录")
    expect(desk.field("用户名")).to_have_value(name)
    _change(desk, FIRST, THIRD)
    expect(desk.field("来办什么事")).to_have_value("身份证丢失")
    expect(desk.page.get_by_text("登录已过期，请重新登录。").locator("visible=true")).to_have_count(
        0
    )
    # Anybody else begins anew.
    admin.post(f"/v1/admin/staff/{name}/reset-password", {"password": FIRST})
    desk.tap("居民身份证丢失补领")
    desk.tap("登录")
    desk.field("用户名").fill("clerk")
    desk.field("密码").focus()
    _type(desk.page, "onetrip-demo")
    desk.page.wait_for_url("**/staff/board**")
    desk.settle()
    expect(desk.page.locator(".desk:visible", has_text="clerk")).to_have_count(1)
    expect(desk.field("来办什么事")).to_have_count(0)


@pytest.mark.slow
def test_one_time_codes_are_entered_by_keyboard(site: System, desk: Phone) -> None:
    admin = site.desk("admin")
    name = _account(admin)
    secret = admin.post(f"/v1/admin/staff/{name}/enrol-totp")["secret"]
    desk.page.goto(f"{desk.url}/staff/", wait_until="commit")
    desk.tap("English", role="radio")
    desk.page.get_by_role("heading", name="Staff log-in").wait_for()
    desk.tap("中文", role="radio")
    desk.tap("同时更换密码")
    desk.field("新密码（至少 8 位）").fill(SECOND)
    desk.field("用户名").fill(name)
    desk.field("密码").focus()
    _type(desk.page, FIRST)
    code = desk.field("动态口令（6 位）")
    expect(code).to_be_focused()
    expect(desk.page.locator(".note.warn:visible")).to_have_text("请输入动态口令")
    right = pyotp.TOTP(secret)
    _type(desk.page, str((int(right.at(site.now())) + 1) % 10**6).zfill(6))
    desk.sees("用户名、密码或动态口令错误")
    # The wrong one is gone, and the next is typed in its place.
    expect(code).to_have_value("")
    expect(code).to_be_focused()
    assert desk.findings() == desk.cut_off() == []
    _type(desk.page, right.at(site.now()))
    desk.page.wait_for_url("**/staff/board**")
    desk.tap("退出登录")
    desk.field("用户名").fill(name)
    desk.field("密码").focus()
    for _ in range(6):
        _type(desk.page, "guessed")
        desk.settle()
        desk.field("密码").fill("")
    desk.sees(re.compile("暂时锁定。请过几分钟再试，或请管理员解除锁定。"))
