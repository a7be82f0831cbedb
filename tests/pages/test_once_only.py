"""Nothing asked twice, in the pages: a licence from its renewal to its suspension, and a rent.

Journeys of `make thorough`; each of their pages is looked at by `make test` too.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.registers.world import number
from tests.support.people import new_code
from tests.support.system import System

pytestmark = pytest.mark.slow
LICENCE, RENT = "driving-licence-renewal", "housing-fund-rent-withdrawal"
LANGS = [
    pytest.param("zh-CN", "plain", id="zh"),
    pytest.param("en", "plain", id="en"),
    pytest.param("zh-CN", "large", id="large"),
]


def citizen(site: System, phone: Phone) -> Any:
    """Log a verified person in, of whom the registers know; return what calls the API for them."""
    name = new_code()
    person = site.phone(name)
    given = {"name": "王小明", "id_number": number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    person.log_in()
    phone.log_in(name)
    return person


def guide_of(site: System, phone: Phone, service: str) -> Any:
    headers = {"Accept-Language": phone.say.lang}
    return phone.context.request.get(f"{site.url}/v1/services/{service}", headers=headers).json()


def agree(phone: Phone, paper: str) -> None:
    """Have a register asked in place of a paper, or for the form alone."""
    instead = f"{phone.say('registers.instead')} {paper}"
    phone.tap(instead if paper else phone.say.like("registers.fill"))
    phone.tap(phone.say("registers.agree"))
    phone.settle()


def fill_in_the_rest(phone: Phone, person: Any, service: str, schema: Any) -> None:
    """Fill in what is required, and not known to a register."""
    known = person.get(f"/v1/services/{service}/prefill")["form"]
    said = {name for name, one in known.items() if not one["editable"]}
    asked = [name for name in schema["required"] if name not in said]
    phone.fill_in({**schema, "required": asked})


def send(phone: Phone, person: Any) -> str:
    whole(phone)
    phone.tap(phone.say("apply.send"))
    phone.sees(phone.say("case.done"))
    return str(person.get("/v1/cases")["items"][0]["case_id"])


def whole(phone: Phone) -> None:
    """Hold that nothing is cut off, and that those who cannot see are told all."""
    assert phone.cut_off() == []
    assert phone.findings() == []


@pytest.mark.parametrize(("lang", "size"), LANGS)
def test_a_licence_is_renewed_shown_given_suspended_and_refused(
    site: System, phone: Phone, desk: Phone, photo: Path, lang: str, size: str
) -> None:
    phone.prefer(lang=lang, size=size)
    desk.prefer(lang=lang)
    person = citizen(site, phone)
    guide = guide_of(site, phone, LICENCE)
    case_id = renew(phone, person, guide, photo)
    pay(site, person, case_id)
    # A machine has said yes: renewed because it expires, and fit to drive.
    supervisor = site.desk("supervisor")
    supervisor.post(f"/v1/admin/cases/{case_id}/issue", {})
    listed = "/v1/me/certificates"
    [mine] = eventually(lambda: person.get(listed)["items"], "the certificate")
    code = show(phone, mine)
    desk.log_in_staff("supervisor")
    scan(desk, code)
    desk.sees("王小明")
    whole(desk)
    second = give(phone, person, guide, mine)
    pay(site, person, second)
    for step in ("accept", "review"):
        supervisor.post(f"/v1/admin/cases/{second}/{step}", {})
    suspend(desk)
    scan(desk, code)
    desk.sees(desk.say("shown.not_valid"))
    whole(desk)
    desk.open(f"staff/case?id={second}")
    desk.sees(re.compile(desk.say("certificate.suspended")))
    whole(desk)
    site.desk("supervisor2").post(f"/v1/admin/cases/{second}/approve", {}, status=409)
    is_refused_everywhere(phone, guide, mine)


def pay(site: System, person: Any, case_id: str) -> None:
    """Pay, and wait until the case knows, which its next step does."""
    tour.pay(person, {"case_id": case_id}, site)
    path = f"/v1/cases/{case_id}"
    eventually(lambda: person.get(path)["payment_status"] == "paid", "the payment at its case")


def renew(phone: Phone, person: Any, guide: Any, photo: Path) -> str:
    papers = {one["material_id"]: one["name"] for one in guide["materials"]}
    phone.open(f"pages/apply?service={LICENCE}")
    agree(phone, papers["id-card"])
    agree(phone, papers["health-certificate"])
    phone.give(papers["photo"], photo)
    fill_in_the_rest(phone, person, LICENCE, guide["form_schema"])
    return send(phone, person)


def show(phone: Phone, mine: Any) -> str:
    """Show the certificate at a counter; return what its code says."""
    phone.open("certificates/list")
    whole(phone)
    phone.tap(re.compile(mine["number"]))
    phone.sees(phone.say("certificate.valid"))
    whole(phone)
    phone.tap(phone.say("certificate.show"))
    phone.sees(re.compile(r"^[0-5]:[0-9]{2}$"))
    whole(phone)
    return phone.read_code()


def give(phone: Phone, person: Any, guide: Any, mine: Any) -> str:
    """Give the certificate to the next application, which a person must decide."""
    papers = {one["material_id"]: one["name"] for one in guide["materials"]}
    fields = guide["form_schema"]["properties"]
    phone.open(f"pages/apply?service={LICENCE}")
    phone.tap(f"{phone.say('apply.useCertificate')} {papers['old-licence']}")
    phone.sees(re.compile(f"✓ .*{mine['number']}"))
    agree(phone, papers["id-card"])
    agree(phone, papers["health-certificate"])
    phone.tap(phone.say("apply.again"))
    fill_in_the_rest(phone, person, LICENCE, guide["form_schema"])
    [changed] = [o for o in fields["renewal_kind"]["oneOf"] if o["const"] == "details_changed"]
    phone.tap(changed["title"], role="radio")
    phone.field(fields["changed_details"]["title"]).fill("住址：宁波市海曙区百丈路 9 号")
    return send(phone, person)


def suspend(desk: Phone) -> None:
    """Suspend the certificate where it was shown."""
    desk.tap(desk.say("certificateDesk.look"))
    desk.tap(desk.say("certificateStep.suspend"))
    desk.field(desk.say("work.reason")).fill("涉嫌伪造体检结果")
    whole(desk)
    desk.page.locator(".btn:visible", has_text=desk.say("certificateStep.suspend")).last.click()
    desk.sees(desk.say("certificate.suspended"))
    whole(desk)


def is_refused_everywhere(phone: Phone, guide: Any, mine: Any) -> None:
    """Hold that the holder sees it suspended, and can neither show nor give it."""
    papers = {one["material_id"]: one["name"] for one in guide["materials"]}
    say = phone.say
    phone.open("certificates/list")
    phone.sees(say("certificate.suspended"))
    phone.tap(re.compile(mine["number"]))
    phone.sees(say("certificate.suspended"))
    assert not phone.page.get_by_role("button", name=say("certificate.show")).count()
    whole(phone)
    phone.open(f"certificates/verify?code={mine['verification_code']}")
    phone.sees(say("certificate.suspended"))
    whole(phone)
    phone.open(f"pages/apply?service={LICENCE}")
    phone.sees(papers["old-licence"])
    offered = f"{say('apply.useCertificate')} {papers['old-licence']}"
    assert not phone.page.get_by_role("button", name=offered).count()


def scan(desk: Phone, code: str) -> None:
    desk.open("staff/presentations")
    desk.field(desk.say("shown.text")).fill(code)
    desk.tap(desk.say("shown.check"))
    desk.settle()


@pytest.mark.parametrize(("lang", "size"), LANGS)
def test_a_rent_is_withdrawn_without_one_upload(
    site: System, phone: Phone, desk: Phone, lang: str, size: str
) -> None:
    phone.prefer(lang=lang, size=size)
    desk.prefer(lang=lang)
    person = citizen(site, phone)
    guide = guide_of(site, phone, RENT)
    phone.open(f"pages/apply?service={RENT}")
    agree(phone, "")
    for paper in guide["materials"]:
        agree(phone, paper["name"])
    fill_in_the_rest(phone, person, RENT, guide["form_schema"])
    case_id = send(phone, person)
    lodged = person.get(f"/v1/cases/{case_id}")
    assert [sorted(one) for one in lodged["materials"]] == [["lookup_id", "material_id"]] * 2
    assert person.get("/v1/me/materials")["items"] == []
    assert len(person.get("/v1/me/lookups")["items"]) == 3

    phone.open("rights/privacy")
    phone.sees(phone.say("privacy.lookup"))
    whole(phone)
    desk.log_in_staff("supervisor")
    desk.open(f"staff/case?id={case_id}")
    desk.sees(re.compile(desk.say("lookup.confirmed")))
    whole(desk)
