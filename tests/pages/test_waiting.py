"""A seat that is given back: waiting for it, being offered it, and taking it."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

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
    # It is the first thing on the first page, with how long it holds.
    phone.open("pages/home")
    phone.sees(re.compile("^为您保留到"))
    phone.page.get_by_role("button", name=re.compile("有号了")).first.click()
    phone.tap(say("waiting.accept"))
    phone.sees("约好了！")
    [booked] = person.get("/v1/appointments")["items"]
    assert booked["start"][11:13] < "12"
    assert person.get(path)["items"][0]["status"] == "accepted"


def test_nothing_is_booked_by_an_offer_whose_time_is_over(site: System, phone: Phone) -> None:
    say, name = phone.say, new_code()
    person = site.phone(name)
    today = site.now().date()
    wish = {"service_id": "elder-card", "office_ids": [tour.HALL], "from": str(today)}
    person.post("/v1/waiting-list", {**wish, "until": str(today + timedelta(days=9))})
    phone.log_in(name)
    phone.open("draws/waiting")
    [offered] = eventually(
        lambda: [one for one in person.get("/v1/waiting-list")["items"] if one["offer"]],
        "an offer",
        seconds=90,
    )
    # It comes while the page lies open.
    take = phone.button(say("waiting.accept"))
    take.wait_for()
    site.advance_to(datetime.fromisoformat(offered["offer"]["until"]) + timedelta(seconds=20))
    take.click()
    # The next one may be offered by then, and is not what was tapped.
    phone.sees(say("waiting.over"))
    assert person.get("/v1/appointments")["items"] == []


def test_another_hall_that_has_seats_sooner_is_seen_and_taken(site: System, phone: Phone) -> None:
    say, chief = phone.say, site.desk("supervisor")
    hall, name = "hall-330225", new_code()
    days = site.phone(name).get(f"/v1/offices/{hall}/availability?service_id={SERVICE}&days=9")
    first, last = (days["days"][number]["date"] for number in (0, -2))
    shut = {"from": first, "to": last, "category": "identity", "reason": "搬迁"}
    chief.post(f"/v1/admin/offices/{hall}/closures", shut)
    phone.log_in(name)
    phone.open(f"pages/book?service={SERVICE}&hall={hall}")
    sooner = phone.page.get_by_role("button", name=re.compile("更早：.*就有号"))
    sooner.wait_for()
    phone.settle()
    said = sooner.inner_text()
    sooner.click()
    phone.settle()
    # The days are now those of the hall that was named, and it is free before the other would be.
    phone.button(re.compile("^最早")).click()
    phone.page.locator(".foot").get_by_role("button").last.click()
    phone.sees("约好了！")
    [booked] = site.phone(name).get("/v1/appointments")["items"]
    assert booked["office_id"] != hall
    assert said.startswith(booked["office_name"]) if "office_name" in booked else True
    assert booked["start"][:10] <= last
    phone.open(f"pages/book?service={tour.BOOKED}&hall={tour.HALL}")
    phone.settle()
    expect(phone.page.get_by_role("button", name=say.like("book.sooner"))).to_have_count(0)
