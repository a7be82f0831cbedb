"""Persons at their phones, and the code by which one is let act for another."""

import re

from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

CODE = re.compile(r"^[0-9A-Z]{4} [0-9A-Z]{4}$")


def verified(site: System, phone: Phone, given: str) -> dict[str, str]:
    """Log a phone in as a verified person of a name; return the name and number."""
    name = new_code()
    person = {"name": given, "id_number": id_number()}
    site.phone(name).send("PUT", "/v1/me/identity", person).raise_for_status()
    phone.log_in(name)
    return person


def show_code(phone: Phone) -> str:
    """Return the code that a phone shows to whom its person would act for."""
    phone.open("rights/mandates")
    phone.tap(phone.say("proxy.showCode"))
    phone.sees(CODE)
    return str(phone.page.get_by_text(CODE).locator("visible=true").inner_text())
