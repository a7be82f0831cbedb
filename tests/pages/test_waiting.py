"""A seat that is given back: waiting for it, being offered it, and taking it."""

import pytest

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

SERVICE = "residence-permit"


def test_one_waits_is_offered_a_seat_and_takes_it(site: System, phone: Phone) -> None:
    say, name = phone.say, new_code()
    phone.log_in(name)
    phone.open(f"pages/book?service={SERVICE}&hall={tour.HALL}")
    phone.tap(say("waiting.tell"))
    phone.sees(say("waiting.how"))
    phone.tap(say("waiting.morning"), role="radio")
    phone.tap(say("waiting.join"))
    # The timer finds a seat that fits, at once perhaps.
    person = site.phone(name)
    path = "/v1/waiting-list"
    eventually(
        lambda: [one for one in person.get(path)["items"] if one["offer"]], "an offer", seconds=90
    )
    phone.open("draws/waiting")
    phone.tap(say("waiting.accept"))
    phone.sees("约好了！")
    [booked] = person.get("/v1/appointments")["items"]
    assert booked["start"][11:13] < "12"
    assert person.get(path)["items"][0]["status"] == "accepted"
