"""Every page, in both languages and in large letters: accessible, whole and quiet."""

import gzip
import re

import pytest

from tests.pages import tour
from tests.pages.browser import Phone

# Names of people, of places, of laws and of languages are what they are in every language.
NAMES = re.compile(
    r"发改价格规?〔\d+〕\d+号(（住宅）)?|李\*|李梅|王\*+|安安|\*安|中文|语言|海曙.*室|海曙区中山\S*|请写到区县|"
    r"浙江省宁波市|教师|李芳|微信|中国邮政速递|城市快递|photo"
)
HAN = re.compile(r"[^\n]*[\u4e00-\u9fff][^\n]*")
# What a program would call it: no page says such a thing.
RAW = re.compile(
    r"\b(case|appointment|delivery|payment|refund|staff|citizen|hall)[._:-][\w:]+|\b\w+_\w+\b|"
    r"\d{4}-\d\d-\d\dT|undefined|\[object|\bnull\b|NaN"
)
# A message's own number is what staff and the courier speak of.
MEANT = re.compile(r"msg_\w+|https?://\S+")
FIRST_LOAD_LIMIT = 150_000


def look(phone: Phone, pages: dict[str, str], lang: str) -> dict[str, list[str]]:
    """Return what is wrong on each page, plain and in large letters.

    The Chinese ones are opened by links from elsewhere, the English ones from one another.
    """
    found: dict[str, list[str]] = {}
    for name, path in pages.items():
        if lang == "en":
            phone.follow(path)
        else:
            phone.open(path)
        shown = MEANT.sub("", phone.page.locator(".screen:visible").inner_text())
        found[name] = [*phone.findings(), *phone.cut_off(), *(m[0] for m in RAW.finditer(shown))]
        if lang == "en":
            found[name] += HAN.findall(NAMES.sub("", shown))
        phone.grow()
        found[name] += [f"large: {words}" for words in phone.cut_off()]
    return {name: trouble for name, trouble in found.items() if trouble}


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_page_is_accessible_and_whole(phone: Phone, story: tour.Story, lang: str) -> None:
    phone.prefer(lang=lang)
    phone.log_in(story.name)
    tour.keep_address(phone)
    assert look(phone, story.citizen_pages, lang) == {}


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_page_of_the_staff_is_accessible_and_whole(
    phone: Phone, story: tour.Story, lang: str
) -> None:
    phone.prefer(lang=lang)
    phone.log_in_staff("supervisor", tour.HALL_NAMES[lang])
    assert look(phone, story.staff_pages, lang) == {}


def test_large_letters_are_a_third_larger_on_every_kind_of_thing(
    phone: Phone, story: tour.Story
) -> None:
    phone.log_in(story.name)
    phone.open("pages/home")
    plain = phone.page.evaluate(_SIZES)
    phone.prefer(large=True)
    phone.open("pages/home")
    grown = phone.page.evaluate(_SIZES)
    assert plain.keys() == grown.keys()
    assert {name: size for name, size in grown.items() if size < plain[name] * 1.3} == {}


def test_the_first_page_loads_little(phone: Phone) -> None:
    assert first_load(phone) <= FIRST_LOAD_LIMIT


def first_load(phone: Phone) -> int:
    """Return the bytes, gzipped, that the home page needs of the build."""
    loaded: list[bytes] = []
    phone.page.on(
        "response",
        lambda answer: loaded.append(answer.body()) if "/v1/" not in answer.url else None,
    )
    phone.page.goto(f"{phone.url}/")
    phone.settle()
    return sum(len(gzip.compress(body)) for body in loaded)


# The sizes of letters of everything that shows text, by its classes.
_SIZES = """() => Object.fromEntries(
  [...document.querySelectorAll('.screen *')]
    .filter((one) => one.offsetParent && one.children.length === 0 && one.textContent.trim())
    .map((one) => [one.className || one.tagName, parseFloat(getComputedStyle(one).fontSize)])
)"""
