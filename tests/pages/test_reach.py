"""How one is told: a number proven by the code that comes there, channels, and quiet hours."""

import re
from collections.abc import Callable

import pytest

from tests.e2e.phone import eventually
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

NUMBER = "13912345670"


def test_a_number_is_proven_by_the_code_that_comes_and_channels_are_chosen(
    phone: Phone, site: System, prepared: Callable[[str], None]
) -> None:
    name = new_code()
    prepared(name)
    phone.log_in(name)
    phone.open("rights/reach")
    phone.field("新手机号").fill(NUMBER)
    phone.page.get_by_role("button", name="发送验证码", exact=True).first.click()
    phone.sees("验证码已发送，10 分钟内有效。")

    def code() -> str | None:
        answer = phone.context.request.get(f"{site.url}/stand-ins/messages?to={NUMBER}")
        found = re.search(r"\d{6}", str(answer.json()["items"][0]["data"]))
        return found[0] if found else None

    phone.field("短信验证码").fill("000000" if code() != "000000" else "000001")
    phone.tap("验证")
    phone.sees("验证码不正确或已失效")
    phone.field("短信验证码").fill(code() or "")
    phone.tap("验证")
    phone.sees("139****5670")
    phone.sees("已验证")
    # By text alone of cases, and at any hour.
    for channel in ("微信", "支付宝", "邮件"):
        phone.page.get_by_role("switch", name=f"办件进度 {channel}").click()
        switched_off(phone, f"办件进度 {channel}")
    phone.page.get_by_role("radio", name="不设置").click()
    person = site.phone(name)

    def is_kept() -> bool:
        kept = person.get("/v1/me/notice-preferences")
        return kept["channels"]["case"] == ["sms", "inbox"] and kept["quiet_hours"] is False

    eventually(is_kept, "what was chosen is kept")
    # What may be told before it is asked for: each kind says from what it is known.
    phone.page.get_by_role("switch", name="与年龄有关的权益", checked=False).click()
    phone.page.get_by_role("switch", name="与年龄有关的权益", checked=True).wait_for()
    phone.sees("出生日期")
    assert person.get("/v1/me/notice-preferences")["suggestion_kinds"] == ["age"]
    phone.page.get_by_role("button", name="不再使用 139****5670").click()
    phone.page.get_by_text("139****5670").locator("visible=true").wait_for(state="detached")


def switched_off(phone: Phone, name: str) -> None:
    switch = phone.page.get_by_role("switch", name=name, checked=False)
    switch.wait_for()
