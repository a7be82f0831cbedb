"""Booking, applying with a file and paying by keyboard and names alone, as screen readers do.

What has the focus is known only by its role and its name in Chromium's accessibility tree
(Accessible Name and Description Computation, W3C): nothing is looked for on the screen.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import new_code
from tests.support.system import System

pytestmark = pytest.mark.slow

MOST_STEPS = 150
_FIELDS = ("textbox", "searchbox", "spinbutton")


class Listener:
    """Somebody who hears role and name of what has the focus, and presses keys."""

    def __init__(self, phone: Phone) -> None:
        self.phone, self.say = phone, phone.say
        self._session = phone.context.new_cdp_session(phone.page)
        self._session.send("Accessibility.enable")

    def hears(self) -> tuple[str, str]:
        """Return role and name of what has the focus."""
        found = self._session.send("Runtime.evaluate", {"expression": "document.activeElement"})
        of = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        node: Any = self._session.send("Accessibility.getPartialAXTree", of)["nodes"][0]
        return node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "")

    def reach(self, role: str, name: str | re.Pattern[str]) -> None:
        """Press Tab until something of that role and name has the focus; arrows among radios."""
        self.phone.settle()
        wanted = name if isinstance(name, re.Pattern) else re.compile(f"^{re.escape(name)}$")
        heard = []
        for _ in range(MOST_STEPS):
            self.phone.page.keyboard.press("Tab")
            is_role, is_name = self.hears()
            first = is_name
            while role == is_role == "radio" and not wanted.search(is_name):
                self.phone.page.keyboard.press("ArrowRight")
                is_role, is_name = self.hears()
                if is_name == first:
                    break
            heard.append((is_role, is_name))
            if wanted.search(is_name) and role in (is_role, "field" if is_role in _FIELDS else ""):
                return
        raise AssertionError(heard)

    def press(self, role: str, name: str | re.Pattern[str], key: str = "Enter") -> None:
        self.reach(role, name)
        self.phone.page.keyboard.press(key)

    def write(self, name: str | re.Pattern[str], text: str) -> None:
        self.reach("field", name)
        self.phone.page.keyboard.type(text)

    def comes_to(self, title: str) -> None:
        """Hear the heading of the page that comes."""
        self.phone.settle()
        assert self.hears() == ("heading", title)


def log_in(listener: Listener, name: str) -> None:
    listener.comes_to(listener.say("login.title"))
    listener.write(listener.say("login.name"), name)
    listener.press("checkbox", listener.say("consent.policy"), "Space")
    listener.press("button", listener.say("login"))


def test_who_cannot_see_books(site: System, phone: Phone) -> None:
    name, listener = new_code(), Listener(phone)
    say = phone.say
    phone.open("pages/home")
    listener.write(say("home.search"), "身份证")
    phone.sees(say.like("home.found"))
    listener.press("button", re.compile("^居民身份证换领"))
    listener.comes_to(say("guide.title"))
    listener.press("button", say("guide.book"))
    listener.comes_to(say("book.title"))
    listener.press("radio", re.compile(r"^\d\d:\d\d"), "Space")
    listener.press("button", say.like("book.confirm"))
    log_in(listener, name)
    phone.sees(say("appointment.done"))
    [booked] = site.phone(name).get("/v1/appointments")["items"]
    assert booked["status"] == "booked"


def test_who_cannot_see_applies_with_a_file(
    site: System, phone: Phone, prepared: Callable[[str], None], photo: Path
) -> None:
    name, listener = new_code(), Listener(phone)
    say = phone.say
    phone.log_in(name)
    prepared(name)
    phone.open(f"pages/guide?id={tour.ONLINE}")
    listener.press("button", say("guide.apply"))
    listener.comes_to(say("apply.title"))
    asked: Any = site.phone(name).get(f"/v1/services/{tour.ONLINE}")
    schema = asked["form_schema"]
    for field in schema["required"]:
        rules = schema["properties"][field]
        value = rules["examples"][0]
        if rules["type"] == "boolean":
            listener.press("radio", say("form.yes" if value else "form.no"), "Space")
        elif "oneOf" in rules:
            [title] = [one["title"] for one in rules["oneOf"] if one["const"] == value]
            listener.press("radio", title, "Space")
        elif rules.get("format") == "date":
            for part, number in zip(("year", "month", "day"), value.split("-"), strict=True):
                listener.write(f"{rules['title']} {say(f'date.{part}')}", number)
        else:
            listener.write(rules["title"], str(value))
    [paper] = [one["name"] for one in asked["materials"] if one["required"]]
    with phone.page.expect_file_chooser() as chooser:
        listener.press("button", f"{say('apply.upload')} {paper}")
    chooser.value.set_files(photo)
    phone.sees(re.compile(f"✓ {photo.name}"))
    listener.press("button", say("apply.send"))
    phone.sees(say("case.done"))
    [lodged] = site.phone(name).get("/v1/cases")["items"]
    assert lodged["status"] == "submitted"


def test_who_cannot_see_pays(site: System, phone: Phone, prepared: Callable[[str], None]) -> None:
    name, listener = new_code(), Listener(phone)
    say = phone.say
    phone.log_in(name)
    prepared(name)
    person = site.phone(name)
    tour.lodge(person, "hk-macau-permit")
    phone.open("pages/home")
    listener.press("button", re.compile("^往来港澳通行证签发"))
    listener.comes_to(say("case.title"))
    listener.press("button", say("case.pay"))
    listener.comes_to(say("pay.title"))
    listener.press("button", say("method.alipay"))
    # The wallet is another's page; what it says comes back by itself.
    phone.page.wait_for_url("**/stand-ins/wallet?*")
    reference = phone.page.url.partition("?")[2]
    paid = httpx.post(
        f"{site.url}/stand-ins/wallet",
        json={"reference": reference, "outcome": "pay"},
        timeout=30,
        trust_env=False,
    )
    assert paid.status_code == 200, paid.text
    [case] = person.get("/v1/cases")["items"]
    phone.open(f"pages/pay?case={case['case_id']}")
    phone.sees(say("pay.done"))
    listener.press("button", say("receipt.see"))
    listener.comes_to(say("receipt.title"))
