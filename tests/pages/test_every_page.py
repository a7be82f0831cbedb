"""Every page, in both languages and in large letters: accessible, whole, and quiet."""

import re

import pytest

from tests.e2e.conftest import System
from tests.pages import tour
from tests.pages.browser import Phone

# Names of people, of places, of laws and of languages are what they are in every language.
NAMES = re.compile(
    r"发改价格〔\d+〕\d+号|李\*|李梅|王\*+|安安|\*安|中文|语言|海曙.*室|请写到区县|photo"
)


@pytest.fixture(scope="module")
def story(system: System) -> tour.Story:
    return tour.tell(system)


@pytest.mark.parametrize(
    ("lang", "large"), [("zh-CN", False), ("en", False), ("zh-CN", True), ("en", True)]
)
def test_every_page_is_accessible_and_whole(
    system: System, phone: Phone, story: tour.Story, lang: str, large: bool
) -> None:
    phone.log_in(story.name)
    phone.prefer(lang=lang, large=large)
    tour.keep_address(phone)
    found: dict[str, list[str]] = {}
    for name, path in story.citizen_pages.items():
        phone.open(path)
        found[name] = [*phone.findings(), *phone.cut_off()]
        if lang == "en":
            shown = NAMES.sub("", phone.page.locator(".screen:visible").inner_text())
            found[name] += re.findall(r"[^\n]*[\u4e00-\u9fff][^\n]*", shown)
    assert {name: trouble for name, trouble in found.items() if trouble} == {}


@pytest.mark.parametrize("large", [False, True])
def test_every_page_of_the_staff_is_accessible_and_whole(
    phone: Phone, story: tour.Story, large: bool
) -> None:
    phone.log_in_staff("supervisor")
    if large:
        phone.prefer(large=True)
    found: dict[str, list[str]] = {}
    for name, path in story.staff_pages.items():
        phone.open(path)
        found[name] = [*phone.findings(), *phone.cut_off()]
    assert {name: trouble for name, trouble in found.items() if trouble} == {}
