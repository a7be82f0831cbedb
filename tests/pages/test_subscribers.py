"""Systems that listen, in the staff's pages: one is introduced and pinged; a hall's calendar."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.webhooks.receiver import Inbox, Receiver

# Journeys of `make thorough`; each of their pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

HALL = tour.HALL_NAMES["zh-CN"]


def test_a_system_is_introduced_hears_a_ping_and_is_paused(desk: Phone) -> None:
    receiver, name, say = Receiver(), new_code(), desk.say
    inbox = receiver.inboxes[name] = Inbox()
    desk.log_in_staff("admin", HALL)
    desk.open("staff/subscribers")
    desk.tap(say("subscribers.add"))
    desk.field(say("couriers.name")).fill(name)
    desk.field(say("couriers.endpoint")).fill(f"{receiver.origin}/{name}")
    desk.field(say("subscribers.types")).fill("appointment.*, bill.*")
    desk.tap(say("subscribers.add"))
    shown = desk.page.get_by_text(re.compile(r"whsec_\S+")).locator("visible=true").first
    inbox.secret = shown.inner_text().strip()
    desk.tap(say("couriers.kept"))
    assert desk.page.get_by_text("whsec_").count() == 0
    card = desk.page.locator(".card:visible", has_text=name)
    assert "appointment.* · bill.*" in card.inner_text()
    card.get_by_role("button", name=say("couriers.ping")).click()
    eventually(lambda: [one.verified for one in inbox.got] == [True], "the ping")
    assert inbox.types == ["subscriber.ping"]
    card.get_by_role("button", name=say("couriers.messages")).click()
    desk.sees(re.compile(r"· 200 ·"))
    lit = desk.page.locator('[aria-current="page"]:visible')
    expect(lit).to_have_text(say("subscribers.title"))
    lit.click()
    desk.page.wait_for_url("**/staff/subscribers*")
    card.get_by_role("button", name=say("couriers.pause")).click()
    card.get_by_role("button", name=say("couriers.pauseSure")).click()
    card.get_by_role("button", name=say("couriers.resume")).wait_for()
    receiver.stop()


def test_an_address_of_the_halls_calendar_is_shown_once_and_ended(desk: Phone) -> None:
    say = desk.say
    desk.log_in_staff("clerk", HALL)
    desk.open("staff/calendar")
    desk.tap(say("feed.make"))
    shown = (
        desk.page.get_by_text(re.compile(r"calendar\.ics\?token=")).locator("visible=true").first
    )
    url = shown.inner_text().strip()
    feed = httpx.get(url, timeout=30, trust_env=False)
    assert (feed.status_code, feed.text[:15]) == (200, "BEGIN:VCALENDAR")
    desk.tap(say("couriers.kept"))
    desk.open("staff/calendar")
    assert desk.page.get_by_text("token=").count() == 0
    desk.tap(say("feed.end"))
    desk.tap(say("feed.sure"))
    desk.sees(say("feed.none"))
    assert httpx.get(url, timeout=30, trust_env=False).status_code == 404
