"""A register instead of a paper, in the pages: agreed to, given, seen among the looks."""

import re

import pytest

from tests.pages.browser import Phone
from tests.registers.world import number
from tests.support.people import new_code
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow


def test_a_register_is_asked_instead_of_a_paper(site: System, phone: Phone) -> None:
    name = new_code()
    person = site.phone(name)
    given = {"name": "王小明", "id_number": number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    phone.log_in(name)

    phone.open("pages/apply?service=residence-permit")
    phone.tap(re.compile(phone.say("registers.instead")))
    # What is asked is said before it is.
    phone.sees("正在本市参加社会保险")
    phone.tap(phone.say("registers.agree"))
    phone.sees(re.compile("✓ 社会保险登记：正在本市参加社会保险"))
    [made] = person.get("/v1/me/lookups")["items"]
    assert made["outcome"] == "confirmed"

    phone.open("rights/privacy")
    phone.sees(phone.say("privacy.lookup"))
    phone.sees(re.compile("社会保险登记"))
