"""Every page, in both languages and in large letters: accessible, whole and quiet."""

import pytest
from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import SMALLEST_LARGE_TAP, Phone
from tests.pages.inspection import LANGUAGES, look


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_accessible_and_whole(phone: Phone, story: tour.Story, lang: str) -> None:
    phone.prefer(lang=lang)
    phone.log_in(story.name)
    tour.keep_address(phone)
    assert look(phone, story.citizen_pages, lang) == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_of_the_staff_is_accessible_and_whole(
    phone: Phone, story: tour.Story, lang: str
) -> None:
    phone.prefer(lang=lang)
    phone.log_in_staff("supervisor", tour.HALL_NAMES[lang])
    assert look(phone, story.staff_pages, lang) == {}


@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_is_whole_on_the_smallest_phone_and_on_a_desk(
    phone: Phone, story: tour.Story, width: int
) -> None:
    phone.page.set_viewport_size({"width": width, "height": 800})
    phone.log_in(story.name)
    tour.keep_address(phone)
    found = {}
    for name, path in story.citizen_pages.items():
        phone.open(path)
        found[name] = phone.cut_off()
    phone.log_in_staff("supervisor", tour.HALL_NAMES["zh-CN"])
    for name, path in story.staff_pages.items():
        phone.open(path)
        found[name] = phone.cut_off()
    assert {name: trouble for name, trouble in found.items() if trouble} == {}


@pytest.mark.slow
def test_every_page_is_whole_in_the_largest_letters(phone: Phone, story: tour.Story) -> None:
    phone.log_in(story.name)
    tour.keep_address(phone)
    phone.prefer(size="largest")
    found = {}
    for name, path in story.citizen_pages.items():
        phone.open(path)
        found[name] = phone.cut_off(SMALLEST_LARGE_TAP)
    assert {name: trouble for name, trouble in found.items() if trouble} == {}


def test_large_letters_are_a_third_larger_on_every_kind_of_thing(
    phone: Phone, story: tour.Story
) -> None:
    phone.open("pages/guide?id=id-card-renewal")
    plain = phone.page.evaluate(_SIZES)
    phone.prefer(size="large")
    phone.open("pages/guide?id=id-card-renewal")
    grown = phone.page.evaluate(_SIZES)
    assert plain.keys() == grown.keys()
    assert {name: size for name, size in grown.items() if size < plain[name] * 1.3} == {}


def test_the_first_page_in_large_letters_is_six_ways(phone: Phone, story: tour.Story) -> None:
    phone.log_in(story.name)
    # The account keeps large letters, of whatever phone chose them before.
    phone.prefer(size="plain")
    phone.open("pages/home")
    expect(phone.page.locator(".kind:visible")).not_to_have_count(0)
    phone.tap(phone.say("size.large"))
    for size, letters in (("large", 23), ("largest", 30)):
        phone.prefer(size=size)
        phone.open("pages/home")
        tiles = phone.page.locator(".tile:visible")
        expect(tiles).to_have_count(6)
        assert not phone.page.locator(".kind:visible").count()
        assert (
            float(tiles.first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")) >= letters
        )
        assert [*phone.cut_off(SMALLEST_LARGE_TAP), *phone.findings()] == []
    leads = {
        "services": "**/category",
        "pass": f"**/pass?id={story.ids['appointment']}",
        "progress": "**/mine",
        "bills": "**/bills/list",
        "agents": "**/rights/mandates",
    }
    for tile, page in leads.items():
        phone.open("pages/home")
        phone.tap(phone.say(f"elder.{tile}"))
        phone.page.wait_for_url(page)
        phone.settle()


def test_what_a_receipt_s_code_holds_opens_as_a_page(phone: Phone, story: tour.Story) -> None:
    code = story.ids["receipt"]
    phone.page.goto(f"{phone.url}/v1/receipts/{code}", wait_until="commit")
    phone.page.wait_for_url(f"**/#/bills/verify?code={code}")
    phone.sees(phone.say("receipt.genuine"))
    phone.sees("¥20")
    phone.field(phone.say("verify.code")).fill(f"{phone.url}/v1/receipts/{code[:-1]}")
    phone.tap(phone.say("verify.look"))
    phone.sees(phone.say("receipt.false"))


# The sizes of letters of everything that shows text, by its classes.
_SIZES = """() => Object.fromEntries(
  [...document.querySelectorAll('.screen *')]
    .filter((one) => one.offsetParent && one.children.length === 0 && one.textContent.trim())
    .map((one) => [one.className || one.tagName, parseFloat(getComputedStyle(one).fontSize)])
)"""
