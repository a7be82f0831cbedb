"""Fields that ask for one of many, found by a few letters, and for a day, in three numbers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.pages.browser import Phone
from tests.support.people import new_code


def options(phone: Phone, label: str) -> Locator:
    return phone.page.get_by_role("radiogroup", name=label, exact=True).get_by_role("radio")


@pytest.mark.parametrize(
    ("lang", "label", "words", "found", "chosen"),
    [
        ("zh-CN", "拟前往国家", "阿联酋", ["阿拉伯联合酋长国"], "阿拉伯联合酋长国"),
        ("en", "Country of destination", "UK", ["United Kingdom", "Ukraine"], "United Kingdom"),
    ],
)
def test_a_country_is_found_by_a_few_letters_and_chosen_by_keys(
    phone: Phone,
    prepared: Callable[[str], None],
    lang: str,
    label: str,
    words: str,
    found: list[str],
    chosen: str,
) -> None:
    name = new_code()
    prepared(name)
    phone.prefer(lang=lang)
    phone.log_in(name)
    phone.open("pages/apply?service=passport-issue")
    field = phone.field(f"{label} {phone.say('picker.search')}")
    # A few of those asked for most stand there before anything is typed.
    expect(options(phone, label)).to_have_count(8)
    field.fill("zzzz")
    phone.sees(phone.say("picker.nothing"))
    field.fill(words)
    expect(options(phone, label)).to_have_text(found)
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")
    # Who uses keys goes on from what was chosen.
    change = phone.button(f"{phone.say('picker.change')} {label}")
    expect(change).to_be_focused()
    phone.sees(chosen)
    assert phone.findings() == []
    assert phone.cut_off() == []
    phone.page.keyboard.press("Enter")
    expect(field.locator("visible=true")).to_be_focused()


def test_all_of_a_list_can_be_looked_through(phone: Phone, prepared: Callable[[str], None]) -> None:
    name = new_code()
    prepared(name)
    phone.log_in(name)
    phone.open("pages/apply?service=birth-registration")
    phone.tap("显示全部 58 项")
    expect(options(phone, "民族")).to_have_count(58)
    options(phone, "民族").get_by_text("赫哲族", exact=True).click()
    phone.sees("赫哲族")
    phone.page.reload()
    phone.sees("赫哲族")
    assert options(phone, "民族").count() == 0


def test_whose_passport_it_is_is_found_by_its_name(phone: Phone) -> None:
    phone.prefer(lang="en")
    phone.log_in(new_code())
    phone.open("rights/identity")
    phone.tap("Passport", "radio")
    label = "Issuing country or region"
    phone.field("Name").fill("Anna Schmidt")
    phone.field("Document number").fill("C01X00T47")
    phone.field(f"{label} {phone.say('picker.search')}").fill("germ")
    phone.tap("Germany", "radio")
    phone.tap(phone.say("identity.verify"))
    phone.sees("Passport C******47")


@pytest.mark.parametrize(
    ("lang", "label", "order"),
    [
        ("zh-CN", "出生日期", ["年", "月", "日"]),
        ("en", "Date of birth", ["Day", "Month", "Year"]),
    ],
)
def test_a_day_is_typed_in_three_numbers(
    phone: Phone, prepared: Callable[[str], None], lang: str, label: str, order: list[str]
) -> None:
    name = new_code()
    prepared(name)
    phone.prefer(lang=lang)
    phone.log_in(name)
    phone.open("pages/apply?service=birth-registration")
    group = phone.page.get_by_role("group", name=label, exact=True)
    parts = group.get_by_role("textbox")
    assert [one.get_attribute("aria-label") for one in parts.all()] == [
        f"{label} {part}" for part in order
    ]
    phone.date(label, "2999-01-01")
    phone.sees(re.compile("不能晚于今天|not be after today"))
    phone.date(label, "2025-05-01")
    told = phone.page.get_by_text(re.compile("不能晚于今天|not be after today"))
    expect(told.locator("visible=true")).to_have_count(0)
    # The host tells ten times a second at most what was typed, and nobody pastes sooner after it.
    phone.page.wait_for_timeout(300)
    # A date that was copied fills all three.
    phone.field(f"{label} {phone.say('date.year')}").fill("2024年2月29日")
    for part, number in (("year", "2024"), ("month", "2"), ("day", "29")):
        expect(phone.field(f"{label} {phone.say(f'date.{part}')}")).to_have_value(number)
    assert phone.findings() == []
    assert phone.cut_off() == []
    phone.page.set_viewport_size({"width": 320, "height": 844})
    phone.grow("largest")
    assert phone.cut_off() == []
    group.evaluate("e => e.scrollIntoView({block: 'center'})")
    phone.settle()
    phone.page.reload()
    expect(phone.field(f"{label} {phone.say('date.day')}")).to_have_value("29")
