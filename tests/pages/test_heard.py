"""What people say, ask and complain of, from the one who says it to the next who needs it."""

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

ASKED = "passport-issue"
# As a grandmother of Ningbo says it.
SAYINGS = {
    "身份证寻勿着了": "居民身份证丢失补领",
    "身份证到日子了": "居民身份证换领",
    "我要去香港看囡": "往来港澳通行证签发",
    "孙子刚生出来报户口": "出生登记",
    "乘公交车不要钱的老人卡": "老年优待证",
    "在儿子那里看病报销": "跨省异地就医备案",
    "老房子过户给孙子": "不动产转移登记（二手房）",
    "老头子的驾照到期了": "机动车驾驶证期满换证",
    "开个小吃摊要啥执照": "个体工商户设立登记",
    "孙女扯结婚证": "结婚登记",
}


def test_ten_sayings_of_a_grandmother_find_what_she_means(phone: Phone) -> None:
    phone.prefer(size="large")
    phone.open("pages/home")
    for saying, service in SAYINGS.items():
        phone.field(phone.say("home.search")).fill(saying)
        first = phone.page.locator(".cells:visible .cell:visible", has_text="·").first
        expect(first).to_contain_text(service)
        assert phone.cut_off() == []


def test_what_was_answered_once_is_found_by_the_next(phone: Phone, desk: Phone) -> None:
    _ask(phone)
    _answer_and_publish(desk)
    for lang, question, answer in (
        ("zh-CN", "办护照能让别人代领吗", "可以，代领人带双方身份证。"),
        ("en", "Can somebody else collect my passport?", "Yes, with both identity cards."),
    ):
        phone.prefer(lang=lang)
        phone.open(f"pages/guide?id={ASKED}")
        phone.tap(re.compile(phone.say("guide.questions")))
        phone.sees(answer)
        assert phone.cut_off() == []
        phone.open("questions/assistant")
        phone.field(phone.say("assistant.ask")).fill(question)
        phone.tap(phone.say("assistant.send"))
        phone.sees(answer)
        assert phone.cut_off() == []


def _ask(phone: Phone) -> None:
    phone.log_in(new_code())
    phone.open(f"pages/guide?id={ASKED}")
    phone.tap(phone.say("ask.title"))
    phone.field(phone.say("ask.text")).fill("我叫王小明，护照能让别人代领吗？")
    phone.tap(phone.say("ask.send"))
    phone.sees(phone.say("ask.sent"))


def _answer_and_publish(desk: Phone) -> None:
    desk.log_in_staff("supervisor")
    desk.open("staff/enquiries")
    desk.tap(re.compile(desk.say("enquiries.question")))
    desk.sees("护照能让别人代领吗")
    desk.field(desk.say("enquiryText.answer")).fill("可以，代领人带双方身份证。")
    desk.tap(desk.say("enquiryStep.answer"))
    desk.sees("可以，代领人带双方身份证。")
    desk.tap(desk.say("enquiryStep.publish"), role="radio")
    desk.field(desk.say("enquiry.question")).fill("护照能让别人代领吗？")
    desk.field(desk.say("enquiryText.publish")).fill("可以，代领人带双方身份证。")
    desk.field(desk.say("enquiry.questionEn")).fill("Can somebody else collect my passport?")
    desk.field(desk.say("enquiry.textEn")).fill("Yes, with both identity cards.")
    desk.tap(desk.say("enquiryStep.publish"))
    desk.sees(desk.say("enquiry.unpublish"))
    assert desk.cut_off() == []


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_visit_of_one_star_is_answered_by_somebody_else(
    site: System, phone: Phone, desk: Phone, lang: str
) -> None:
    name = new_code()
    visit = _served(site, name)
    phone.log_in(name)
    phone.prefer(lang=lang, size="large" if lang == "en" else "plain")
    phone.open(f"pages/appointment?id={visit}")
    phone.tap(phone.say("score.1"), role="radio")
    phone.field(phone.say("case.comment")).fill("等了两个小时，没人理我")
    phone.tap(phone.say("case.rateNow"))
    phone.sees(phone.say("case.rated", n=1))
    eventually(lambda: site.phone(name).get("/v1/enquiries")["items"], "the question for leave")
    phone.tap(phone.say("case.ratedLow"))
    phone.tap(re.compile("等了两个小时"))
    phone.sees(phone.say("enquiry.leave"))
    assert phone.cut_off() == []
    # Nobody sees it before it may be looked into; who served it never does.
    assert "等了两个小时" not in str(site.desk("supervisor").get("/v1/admin/enquiries"))
    phone.tap(phone.say("enquiry.yes"))
    phone.sees(phone.say("enquiry.received"))
    [mine] = site.phone(name).get("/v1/enquiries")["items"]
    assert site.desk().send("GET", f"/v1/admin/enquiries/{mine['enquiry_id']}").status_code == 404
    desk.log_in_staff("supervisor", tour.HALL_NAMES["zh-CN"])
    desk.open("staff/enquiries")
    desk.tap(re.compile(mine["number"]))
    desk.field(desk.say("enquiryText.answer")).fill("窗口当天少开了一个，已向您道歉。")
    desk.tap(desk.say("enquiryStep.answer"))
    desk.sees("窗口当天少开了一个")
    phone.open(f"questions/enquiry?id={mine['enquiry_id']}")
    phone.sees("窗口当天少开了一个")
    phone.tap(phone.say("score.4"), role="radio")
    phone.tap(phone.say("enquiry.confirm"))
    phone.sees(phone.say("enquiry.closed"))
    phone.sees(phone.say("case.rated", n=4))
    assert phone.cut_off() == []


def test_who_telephones_is_called_back_when_they_like(site: System, desk: Phone) -> None:
    at = f"{site.now() + timedelta(days=2):%Y-%m-%d} 15:00"
    desk.log_in_staff("clerk", tour.HALL_NAMES["zh-CN"])
    desk.open("staff/enquiries")
    desk.tap(desk.say("enquiries.call"))
    desk.field(desk.say("ask.text")).fill("电梯坏了，轮椅上不来")
    desk.field(desk.say("enquiries.phone")).fill("138 0013 8000")
    desk.field(desk.say("enquiries.callback")).fill("明天下午")
    assert desk.cut_off() == []
    expect(desk.button(desk.say("enquiries.take"))).to_have_attribute("disabled", "true")
    desk.field(desk.say("enquiries.callback")).fill(at)
    desk.tap(desk.say("enquiries.take"))
    desk.sees(desk.say("enquiries.tell"))
    number = desk.page.get_by_text(re.compile(r"^\w{4}-\w{4}-\w{4}$")).locator("visible=true")
    desk.tap(re.compile(number.first.inner_text()), role="button")
    desk.sees("电梯坏了，轮椅上不来")
    desk.sees(re.compile("15:00"))
    assert desk.cut_off() == []


def _served(site: System, name: str) -> str:
    """Let somebody be served at a free time that has not begun; return the visit."""
    person, clerk = site.phone(name), site.desk()
    path = f"/v1/offices/{tour.HALL}/availability?service_id={tour.BOOKED}&days=14"
    slots = [one for day in person.get(path)["days"] for one in day["slots"]]
    soon = site.now() + timedelta(minutes=10)
    later = (one for one in slots if datetime.fromisoformat(one["start"]) > soon)
    slot = next(one for one in later if one["state"] == "open")
    body = {"service_id": tour.BOOKED, "office_id": tour.HALL, "slot_id": slot["slot_id"]}
    visit = person.post("/v1/appointments", body)["appointment_id"]
    site.wait_until(datetime.fromisoformat(slot["start"]) - timedelta(minutes=5))
    clerk.post("/v1/admin/checkins", {"appointment_id": visit})
    called = clerk.post(f"/v1/admin/offices/{tour.HALL}/queue/next", {"counter": "9"})
    while called["appointment_id"] != visit:
        called = clerk.post(
            f"/v1/admin/offices/{tour.HALL}/queue/next", {"counter": "9", "fulfil": True}
        )
    for step in ("start", "fulfil"):
        clerk.post(f"/v1/admin/appointments/{visit}/{step}")
    return str(visit)
