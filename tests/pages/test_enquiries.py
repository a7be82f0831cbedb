"""A question from a guide to its answer, in the pages of both."""

import re

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code


def test_a_question_from_a_guide_is_answered_and_closed(phone: Phone, desk: Phone) -> None:
    phone.log_in(new_code())
    phone.open(f"pages/guide?id={tour.BOOKED}")
    phone.tap(phone.say("ask.title"))
    phone.field(phone.say("ask.text")).fill("周末能办吗？")
    phone.tap(phone.say("ask.send"))
    phone.sees(phone.say("ask.sent"))
    number = phone.page.get_by_text(re.compile(r"^\w{4}-\w{4}-\w{4}$")).locator("visible=true")
    asked = number.first.inner_text()
    desk.log_in_staff("supervisor")
    desk.open("staff/enquiries")
    desk.tap(re.compile(asked))
    desk.sees("周末能办吗？")
    desk.field(desk.say("enquiryText.answer")).fill("周六上午可以。")
    desk.tap(desk.say("enquiryStep.answer"))
    desk.sees("周六上午可以。")
    phone.open("questions/enquiries")
    phone.tap(re.compile("周末能办吗"))
    phone.sees("周六上午可以。")
    phone.tap(phone.say("score.5"), role="radio")
    phone.tap(phone.say("enquiry.confirm"))
    phone.sees(phone.say("enquiry.closed"))
