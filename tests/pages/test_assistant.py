"""A question from the home page, one that follows on it, and one that goes to the office."""

import pytest

from tests.pages.browser import Phone

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow


def test_a_question_is_answered_followed_and_passed_on(phone: Phone) -> None:
    phone.open("pages/home")
    phone.tap(phone.say("home.ask"))
    phone.field(phone.say("assistant.ask")).fill("护照要带什么")
    phone.tap(phone.say("assistant.send"))
    phone.sees("“普通护照签发”要准备 4 样材料：")
    phone.tap(phone.say("assistant.cost"))
    phone.sees("“普通护照签发”收费 120 元。")
    phone.tap(phone.say("assistant.yes"))
    phone.sees(phone.say("assistant.thanks"))
    phone.field(phone.say("assistant.ask")).fill("养狗证怎么办")
    phone.tap(phone.say("assistant.send"))
    phone.sees("我不知道")
    phone.tap(phone.say("assistant.enquire"))
    assert phone.field(phone.say("ask.text")).input_value() == "养狗证怎么办"
