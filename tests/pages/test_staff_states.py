"""No page of the staff is silent while its answers are on their way, or when none comes."""

import pytest

from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.states import STATES, in_state

pytestmark = pytest.mark.slow
# Nothing is asked for when they open, so nothing can be missing.
ASK_NOTHING = (
    *("staff-login", "staff-people", "staff-mandates", "staff-presentations", "hall-kiosk"),
)
# They ask what is public, without a log-in that could be over.
ASK_WITHOUT_LOGIN = {
    "staff-intake": "intake.what",
    "staff-audit": "audit.nights",
    "hall-display": "display.rule",
}
# What stands in the place of data, beside what every page has.
SAID = ".body [role=alert], .body [role=status]"

WORDS = {
    "loading": "loading",
    "offline": "problem.unread",
    "error": "problem.other",
    "expired": "problem.expired",
}


@pytest.mark.parametrize("state", STATES)
def test_every_page_of_the_staff_says_what_is_the_matter(
    phone: Phone, story: tour.Story, state: str
) -> None:
    phone.log_in_staff("supervisor", tour.HALL_NAMES["zh-CN"])
    words = WORDS[state]
    silent = []
    with in_state(phone, state) as show:
        for name, path in story.staff_pages.items():
            show(path)
            said = phone.page.locator(SAID).locator("visible=true")
            if name in ASK_WITHOUT_LOGIN and state == "expired":
                phone.sees(phone.say(ASK_WITHOUT_LOGIN[name]))
                assert not said.count(), name
                continue
            # The screen goes on asking by itself.
            own = "display.away" if name == "hall-display" and state != "loading" else words
            if name not in ASK_NOTHING and not said.filter(has_text=phone.say(own)).count():
                silent.append(name)
    assert silent == []
