"""No page is silent: whatever state its answers are in, it says so in words."""

from typing import Final

import pytest
from playwright.sync_api import Request, Response

from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.inspection import LANGUAGES
from tests.pages.shots import EMPTY
from tests.pages.states import STATES, in_state
from tests.support.people import new_code

pytestmark = pytest.mark.slow

# What a page says of a state; one of these stands on it.
SAID: Final = {
    "loading": ("loading",),
    "offline": ("problem.unread", "problem.offline", "pass.offline"),
    "error": ("problem.other",),
    "expired": ("problem.expired", "login"),
}


# What is on the phone is shown while it is asked for again.
KEPT: Final = {
    ("loading", "pass"),
    # An address is chosen and sent without its district's name.
    ("loading", "send"),
    ("offline", "send"),
    ("error", "send"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_no_page_is_silent(phone: Phone, story: tour.Story, state: str, lang: str) -> None:
    phone.prefer(lang=lang)
    phone.log_in(story.name)
    tour.keep_address(phone)
    phone.open(f"pages/pass?id={story.ids['appointment']}")
    left: list[str] = []
    phone.page.on("request", lambda one: _begun(one, left))
    phone.page.on("response", lambda one: _answered(one, left))
    silent = {}
    with in_state(phone, state) as show:
        for name, path in story.citizen_pages.items():
            left.clear()
            show(path)
            shown = phone.page.locator(".screen:visible").inner_text()
            missing = (
                left
                and (state, name) not in KEPT
                and not any(phone.say(key) in shown for key in SAID[state])
            )
            if missing or not phone.page.locator(".body:visible").inner_text().strip():
                silent[name] = [*left]
    assert silent == {}


def test_no_list_is_empty_without_a_word(phone: Phone) -> None:
    phone.log_in(new_code())
    silent = []
    for name, path in EMPTY.items():
        phone.open(path)
        if not phone.page.locator(".body:visible").inner_text().strip():
            silent.append(name)
    assert silent == []


def _begun(asked: Request, left: list[str]) -> None:
    if "/v1/" in asked.url:
        left.append(asked.url)


def _answered(answer: Response, left: list[str]) -> None:
    """Take out what was answered, "there is none" too; what was refused or never came stays."""
    if (answer.ok or answer.status == 404) and answer.url in left:
        left.remove(answer.url)
