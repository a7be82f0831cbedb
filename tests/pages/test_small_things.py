"""What is small and met every day: notices by day, a question before a thing is gone, the dark."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System


def test_notices_stand_by_day_and_are_all_read_at_one_tap(
    site: System, phone: Phone, story: tour.Story
) -> None:
    # What is told is of the product's day: once the halls are closed the story goes on the next.
    phone.page.clock.set_fixed_time(site.now())
    phone.log_in(story.name)
    phone.open("pages/inbox")
    phone.sees(phone.say("inbox.today"))
    phone.tap(phone.say("inbox.readAll"))
    phone.settle()
    assert phone.page.get_by_text(phone.say("inbox.new"), exact=True).count() == 0
    assert {one["read_at"] is None for one in story.person.get("/v1/notifications")["items"]} == {
        False
    }


@pytest.mark.slow
def test_a_mark_leaves_the_largest_letters_their_room(phone: Phone, story: tour.Story) -> None:
    phone.prefer(lang="en", size="largest")
    phone.log_in(story.name)
    for page in ("pages/home", "pages/mine"):
        phone.open(page)
        shares = phone.page.locator(".cell:has(> .mark):visible").evaluate_all(
            "cells => cells.map(e => e.querySelector('.grow').clientWidth / e.clientWidth)"
        )
        assert len(shares) > 2, page
        assert min(shares) > 0.45, (page, shares)
    phone.open(f"pages/case?id={story.ids['correcting']}")
    mark = phone.page.locator(".row > .mark:visible").first.bounding_box()
    assert mark
    assert mark["x"] + mark["width"] <= 390


@pytest.mark.slow
def test_the_owner_reads_what_was_looked_at_and_why(
    site: System, phone: Phone, story: tour.Story
) -> None:
    desk = site.desk("supervisor")
    desk.get(f"/v1/admin/enquiries/{story.ids['complaint']}")
    phone.log_in(story.name)
    phone.open("rights/privacy")
    phone.sees(phone.say("privacy.enquiry"))
    phone.sees(re.compile(re.escape(phone.say("reason.enquiry_handling"))))


@pytest.mark.slow
def test_what_is_taken_away_is_asked_once_more(phone: Phone, story: tour.Story) -> None:
    phone.log_in(story.name)
    tour.keep_address(phone)
    phone.open("rights/family")
    removal = phone.page.get_by_role("button", name=f"{phone.say('remove')} 王安安")
    removal.click()
    phone.sees(phone.say("family.sure", name="王安安"))
    phone.tap(phone.say("family.stay"))
    expect(removal).to_be_visible()
    # What failed is asked still, beside the reason.
    removal.click()
    refusal = {"status": 409, "code": "member_in_use", "detail": "还有预约"}
    phone.page.route("**/v1/me/family/*", lambda route: route.fulfill(status=409, json=refusal))
    phone.tap(phone.say("remove"))
    phone.sees("还有预约")
    phone.sees(phone.say("family.sure", name="王安安"))
    phone.page.unroute("**/v1/me/family/*")
    phone.tap(phone.say("family.stay"))
    expect(removal).to_be_visible()
    phone.open("deliveries/addresses")
    phone.page.get_by_role("button", name=phone.say.like("remove")).first.click()
    phone.tap(phone.say("addresses.stay"))
    phone.sees(tour.ADDRESS["detail"])


@pytest.mark.slow
def test_a_parcel_is_cancelled_by_a_second_tap_and_ordered_again(
    site: System, phone: Phone, prepared: Callable[[str], None]
) -> None:
    name, say = new_code(), phone.say
    prepared(name)
    person = site.phone(name)
    case = tour.lodge(person, tour.ONLINE, delivery=tour.ADDRESS)
    tour.issue(site, case)
    first = tour.parcel_of(person, case)
    phone.log_in(name)
    tour.keep_address(phone)
    phone.open(f"deliveries/delivery?id={first}")
    code = person.get(f"/v1/deliveries/{first}")["proof_code"]
    phone.sees(code)
    phone.tap(say("delivery.cancel"))
    phone.tap(say("delivery.cancel"))
    phone.tap(say("delivery.again"))
    # Nobody comes who would ask for it.
    assert phone.page.get_by_text(code).count() == 0
    phone.tap(say("delivery.ask"))
    phone.sees(say("delivery.requested"))
    phone.page.reload()
    phone.sees(say("delivery.requested"))
    states = {one["status"] for one in person.get("/v1/deliveries")["items"]}
    assert states == {"cancelled", "requested"}


def test_a_new_address_is_chosen_where_it_was_asked_for(phone: Phone, story: tour.Story) -> None:
    phone.log_in(story.name)
    tour.keep_address(phone)
    phone.open(f"deliveries/delivery?case={story.ids['issued']}")
    phone.tap(phone.say("apply.address"))
    phone.field(phone.say("addresses.name")).fill("王安")
    phone.field(phone.say("addresses.phone")).fill("13900000000")
    phone.tap("鄞州区", role="radio")
    phone.field(phone.say("addresses.detail")).fill("宁穿路 1901 号")
    phone.tap(phone.say("save"))
    chosen = phone.page.get_by_role("radio", name="王安 13900000000 鄞州区 宁穿路 1901 号")
    expect(chosen.locator("visible=true")).to_have_attribute("aria-checked", "true")


@pytest.mark.slow
def test_a_wrong_receipt_number_is_told_what_to_compare(phone: Phone) -> None:
    phone.open("pages/progress?number=AAAA-AAAA-AAAA&code=000000")
    phone.sees(phone.say("progress.wrong"))


@pytest.mark.slow
def test_at_a_desk_two_columns_stand_side_by_side(desk: Phone, story: tour.Story) -> None:
    desk.log_in(story.name)
    for page in ("pages/home", "pages/mine", "pages/me", f"pages/guide?id={tour.BOOKED}"):
        desk.open(page)
        left, right = (one.bounding_box() for one in desk.page.locator(".side:visible").all())
        assert left is not None
        assert right is not None
        assert left["x"] + left["width"] < right["x"]
        assert desk.cut_off() == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dark", "forced"])
def test_every_page_has_contrast_in_dark_and_in_forced_colours(
    phone: Phone, story: tour.Story, kind: str
) -> None:
    phone.log_in(story.name)
    tour.keep_address(phone)
    phone.page.emulate_media(
        color_scheme="dark" if kind == "dark" else "light",
        forced_colors="active" if kind == "forced" else "none",
    )
    found = {}
    for name, path in story.citizen_pages.items():
        phone.open(path)
        found[name] = phone.findings()
    assert {name: trouble for name, trouble in found.items() if trouble} == {}
