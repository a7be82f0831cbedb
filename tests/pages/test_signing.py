"""A PIN and a passkey of Chromium's own authenticator: set up, and signing that one leaves."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.signing import PIN
from tests.support.system import System

# A journey of `make thorough`; each of its pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

# WebAuthn.VirtualAuthenticatorOptions of the DevTools protocol.
INTERNAL = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def signer(site: System, browser: Browser) -> Phone:
    """Return the phone of a verified person with an authenticator of its own."""
    # A relying party has a name: no passkey is made at an IP address.
    phone = Phone(browser, site.url.replace("127.0.0.1", "localhost"))
    phone.prefer(lang="en")
    name = new_code()
    given = {"name": "李梅", "id_number": id_number(years=(1970, 2000))}
    site.phone(name).send("PUT", "/v1/me/identity", given).raise_for_status()
    phone.log_in(name)
    devtools = phone.context.new_cdp_session(phone.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": INTERNAL})
    return phone


def add_passkey(phone: Phone) -> None:
    phone.open("rights/factors")
    phone.field(phone.say("sign.pin")).fill(PIN)
    phone.tap(phone.say("factors.add"))
    phone.page.get_by_text(phone.say("factors.thisDevice"), exact=True).wait_for()


def fill_in(site: System, phone: Phone, paper: Path) -> None:
    """Fill in the transfer of a home, and send it, which asks for a signature."""
    headers = {"Accept-Language": phone.say.lang}
    url = f"{site.url}/v1/services/{tour.PREPAID}"
    asked = httpx.get(url, headers=headers, trust_env=False).json()
    phone.open(f"pages/apply?service={tour.PREPAID}")
    phone.fill_in(asked["form_schema"])
    for material in asked["materials"]:
        if material["required"]:
            phone.give(material["name"], paper)
    phone.tap(phone.say("apply.send"))
    # What is signed comes into sight, wherever the page was.
    expect(phone.page.locator("#signing:visible")).to_be_in_viewport()
    expect(phone.page.locator("#signing:visible")).to_be_focused()
    phone.sees(re.compile(re.escape(paper.name) + r" \("))
    assert (phone.findings(), phone.cut_off()) == ([], [])


@contextmanager
def signs_what_it_shows(phone: Phone) -> Iterator[None]:
    """Fail where the words that are signed are others than those that the page shows."""
    shown = phone.page.locator(".signing:visible").inner_text().splitlines()
    with phone.page.expect_request(lambda one: one.url.endswith("/v1/me/signatures")) as sent:
        yield
    content: Any = json.loads(sent.value.post_data or "")["content"]
    lines = [words for one in content["lines"] for words in (one["label"], one["value"])]
    signed = [content["title"], *lines, content["statement"]]
    assert [words for words in shown if words.strip()][1 : len(signed) + 1] == signed


def test_a_home_is_transferred_by_the_pin_and_by_a_passkey(
    site: System, browser: Browser, tmp_path: Path
) -> None:
    paper = tmp_path / "paper.png"
    paper.write_bytes(tour.PHOTO)
    phone = signer(site, browser)
    fill_in(site, phone, paper)
    phone.field(phone.say("sign.newPin")).fill("123456")
    phone.tap(phone.say("sign.sign"))
    phone.page.locator(".error:visible").first.wait_for()
    with signs_what_it_shows(phone):
        phone.sign(PIN)
    phone.page.wait_for_url(re.compile("pages/case"))
    add_passkey(phone)
    fill_in(site, phone, paper)
    with signs_what_it_shows(phone):
        phone.tap(phone.say("sign.byPasskey"))
    phone.page.wait_for_url(re.compile("pages/case"))
    phone.close()


def test_a_person_signs_by_a_passkey_of_the_browser(site: System, browser: Browser) -> None:
    phone = signer(site, browser)
    say = phone.say
    phone.open("rights/factors")
    phone.sees(say("factors.none"))
    phone.field(say("sign.newPin")).fill("123456")
    phone.tap(say("factors.set"))
    phone.page.locator(".error:visible").first.wait_for()
    phone.field(say("sign.newPin")).fill(PIN)
    phone.tap(say("factors.set"))
    phone.sees(say("factors.done"))
    add_passkey(phone)
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.open("rights/privacy")
    phone.tap(say("privacy.leave"))
    phone.tap(say("privacy.leave"))
    phone.sees("Erase my account")
    phone.sees("李*")
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.tap(say("sign.byPasskey"))
    phone.sees(say("privacy.gone"))
    phone.tap(say("unknown.home"))
    phone.page.wait_for_url(re.compile("home|/#/$"))
    phone.close()
