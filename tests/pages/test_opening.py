"""A day's seats come out: the page says when, waits for one's own moment, and books by itself."""

import re
from datetime import datetime, timedelta

import pytest

from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.openings import SERVICE, TIME, late_person
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow


def test_ones_moment_is_shown_waited_for_and_booked(site: System, phone: Phone) -> None:
    say = phone.say
    name, person, opening = late_person(site)
    site.advance_to(datetime.fromisoformat(opening["opens_at"]) - timedelta(seconds=20))
    phone.log_in(name)
    phone.open(f"pages/book?service={SERVICE}&hall={tour.HALL}")
    phone.sees(say.like("opening.own"))
    phone.sees(say.like("opening.why"))
    site.wait_until(datetime.fromisoformat(opening["opens_at"]))
    phone.open(f"pages/book?service={SERVICE}&hall={tour.HALL}")
    # The last day of those that are out is the one that has just come out.
    days = phone.page.get_by_role("radiogroup", name=say("book.when")).get_by_role("radio")
    days.first.wait_for()
    [one for one in days.all() if one.is_enabled()][-1].click()
    phone.page.get_by_role("radio", name=TIME, disabled=False).first.click()
    phone.tap(re.compile("^确认预约"))
    phone.sees(say.like("book.wait"))
    site.advance_to(datetime.fromisoformat(opening["your_moment"]))
    phone.sees("约好了！")
    [booked] = person.get("/v1/appointments")["items"]
    assert booked["start"][:10] == opening["date"]
