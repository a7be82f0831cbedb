"""A PIN and a passkey of Chromium's own authenticator: set up, and signing that one leaves."""

import re

import pytest
from playwright.sync_api import Browser

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


def test_a_person_signs_by_a_passkey_of_the_browser(site: System, browser: Browser) -> None:
    # A relying party has a name: no passkey is made at an IP address.
    phone = Phone(browser, site.url.replace("127.0.0.1", "localhost"))
    phone.prefer(lang="en")
    name, say = new_code(), phone.say
    given = {"name": "李梅", "id_number": id_number()}
    site.phone(name).send("PUT", "/v1/me/identity", given).raise_for_status()
    phone.log_in(name)
    devtools = phone.context.new_cdp_session(phone.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": INTERNAL})
    phone.open("rights/factors")
    phone.sees(say("factors.none"))
    phone.field(say("sign.newPin")).fill("123456")
    phone.tap(say("factors.set"))
    phone.page.locator(".error:visible").first.wait_for()
    phone.field(say("sign.newPin")).fill(PIN)
    phone.tap(say("factors.set"))
    phone.sees(say("factors.done"))
    phone.field(say("sign.pin")).fill(PIN)
    phone.tap(say("factors.add"))
    phone.sees(say("factors.thisDevice"))
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.open("rights/privacy")
    phone.tap(say("privacy.leave"))
    phone.tap(say("privacy.leave"))
    phone.sees("Erase my account")
    phone.sees("李*")
    assert (phone.findings(), phone.cut_off()) == ([], [])
    phone.tap(say("sign.byPasskey"))
    phone.page.wait_for_url(re.compile("home|/#/$"))
    phone.close()
