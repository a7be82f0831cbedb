"""A certificate in the pages: issued, shown at a counter by its code, verified by anybody."""

import re

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System


def test_a_certificate_is_shown_at_a_counter_and_verified(
    site: System, phone: Phone, desk: Phone
) -> None:
    name = new_code()
    person = site.phone(name)
    given = {"name": "王小明", "id_number": id_number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    person.log_in()
    case_id = tour.lodge(person, tour.ONLINE)
    tour.issue(site, case_id)
    listed = "/v1/me/certificates"
    [mine] = eventually(lambda: person.get(listed)["items"], "the certificate")

    phone.log_in(name)
    # What came of a case is found from the case, and among all that one has.
    phone.open(f"pages/case?id={case_id}")
    phone.tap(re.compile(f"^{phone.say('certificates.title')}"))
    phone.sees(mine["number"])
    phone.open("certificates/list")
    phone.tap(re.compile("无犯罪记录证明"))
    phone.sees(mine["number"])
    # Only the name is shown, for five minutes.
    for label in mine["labels"].values():
        if label != "姓名":
            phone.tap(label, role="checkbox")
    phone.tap(phone.say("certificate.show"))
    phone.sees(re.compile(r"^[0-5]:[0-9]{2}$"))
    code = phone.read_code()
    desk.log_in_staff("clerk")
    desk.open("staff/presentations")
    desk.field(desk.say("shown.text")).fill(code)
    desk.tap(desk.say("shown.check"))
    desk.sees("王小明")

    # The address on the document leads to the page that verifies.
    phone.page.goto(f"{site.url}/v1/certificates/{mine['verification_code']}", wait_until="commit")
    phone.settle()
    phone.sees(phone.say("certificate.valid"))
    phone.sees("公安")
