"""A question from a guide to its answer, in the pages of both."""

import re

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System


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


def test_who_asks_what_was_answered_before_reads_the_answer_at_once(
    site: System, phone: Phone
) -> None:
    asked, answered = "老年优待证丢了怎么补办？", "带身份证到任一大厅，当场补办。"
    about = {"type": "service", "id": "elder-card"}
    question = {"kind": "question", "text": asked, "subject": about}
    person, chief = site.phone(new_code()), site.desk("supervisor")
    path = f"/v1/admin/enquiries/{person.post('/v1/enquiries', question)['enquiry_id']}"
    chief.post(f"{path}/claim")
    for step in ("answer", "publish"):
        chief.post(f"{path}/{step}", {"text": answered})
    known = "/v1/questions?service_id=elder-card"
    eventually(lambda: person.get(known)["items"], "the published answer")
    phone.log_in(new_code())
    phone.open("questions/ask?type=service&id=elder-card")
    phone.field(phone.say("ask.text")).fill("优待证丢了，怎么补办")
    phone.sees(phone.say("ask.answered"))
    phone.tap(asked)
    phone.sees(answered)
    assert (phone.findings(), phone.cut_off()) == ([], [])
