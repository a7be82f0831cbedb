"""The whole journey as one: found, booked, served, lodged, corrected, paid, brought and rated.

A citizen's phone, the clerk's page, the wallet and the courier's desk meet only through the API.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.e2e.phone import Phone as Caller
from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

SERVICE = "passport-issue"
# Said as people say it, with a slip: the search forgives.
ASKED = {"zh-CN": "办护找", "en": "pasport"}
NAMED = {"zh-CN": "普通护照签发", "en": "Ordinary passport"}
HALL = {"zh-CN": "海曙区行政服务中心", "en": "Haishu Service Hall"}
BIRTHPLACE = {"zh-CN": "出生地", "en": "Place of birth"}
REMARK = "请写到区县"
# Readers pass over what stands behind a PNG's end.
SECOND_PAGE = tour.PHOTO + b"2"
HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def clerk(site: System, browser: Browser) -> Iterator[Phone]:
    """The clerk with a phone: a hall can be run from one."""
    clerk = Phone(browser, site.url)
    yield clerk
    clerk.close()


@pytest.mark.parametrize(
    ("lang", "large"),
    [
        pytest.param("zh-CN", False, id="zh"),
        pytest.param("en", True, id="en-large", marks=pytest.mark.slow),
    ],
)
def test_the_whole_journey(
    site: System, phone: Phone, clerk: Phone, photo: Path, lang: str, large: bool
) -> None:
    plain = phone.letters()
    phone.prefer(lang=lang, size="large" if large else "plain")
    assert phone.letters() >= plain * (1.3 if large else 1)
    clerk.prefer(lang=lang)
    name = new_code()
    register(phone, name)
    person = site.phone(name)

    find(phone)
    code = book(phone)
    [visit] = person.get("/v1/appointments")["items"]
    site.wait_until(datetime.fromisoformat(visit["start"]) - timedelta(minutes=10))
    serve(clerk, phone, code, visit["appointment_id"])

    lodge(phone, site, photo)
    case = person.get("/v1/cases")["items"][0]
    given = person.get(f"/v1/cases/{case['case_id']}")["materials"]
    assert [read(person, page["upload_id"]) for page in given][:2] == [SECOND_PAGE, tour.PHOTO]
    ask_to_correct(clerk, case)
    correct(phone, case["case_id"])
    pay(phone, site)
    issue(clerk, case["case_id"])
    brought(phone, site, person, case["case_id"])
    rate(phone, case["case_id"])

    ended = person.get(f"/v1/cases/{case['case_id']}")
    assert (ended["status"], ended["payment_status"], ended["score"]) == ("completed", "paid", 5)
    assert ended["form"]["birthplace"] == "浙江省宁波市海曙区"
    follow(phone, case)


def register(phone: Phone, name: str) -> None:
    """Log in, prove who one is, and write an address into the phone's book."""
    say = phone.say
    phone.log_in(name)
    phone.open("rights/identity")
    phone.field(say("identity.name")).fill("李梅")
    phone.field(say("identity.number")).fill(id_number())
    phone.tap(say("identity.verify"))
    phone.sees(say("identity.done"))
    phone.open("deliveries/addresses")
    phone.field(say("addresses.name")).fill(tour.ADDRESS["name"])
    phone.field(say("addresses.phone")).fill(tour.ADDRESS["phone"])
    phone.tap(re.compile("^(海曙区|Haishu)$"), role="radio")
    phone.field(say("addresses.detail")).fill(tour.ADDRESS["detail"])
    phone.tap(say("save"))
    phone.sees(re.compile(tour.ADDRESS["phone"]))


def find(phone: Phone) -> None:
    """Search as people do, and read first whether one has to come."""
    say = phone.say
    phone.open("pages/home")
    whole(phone)
    # The place is asked on tap alone; the nearest hall comes first from then on.
    phone.tap(say("consent.near"))
    phone.sees(say("home.nearest"))
    phone.field(say("home.search")).fill(ASKED[say.lang])
    phone.tap(re.compile(NAMED[say.lang]))
    phone.sees(say("guide.come"))
    whole(phone)


def book(phone: Phone) -> str:
    """Book a visit; return what a scanner reads from the pass on the screen."""
    phone.tap(phone.say("guide.book"))
    times = phone.page.get_by_role("radio", name=re.compile(r"^\d\d:\d\d"), disabled=False)
    times.first.wait_for()
    # Late in the afternoon the day has few left.
    times.nth(min(2, times.count() - 1)).click()
    whole(phone)
    phone.tap(phone.say.like("book.confirm"))
    phone.sees(phone.say("appointment.done"))
    whole(phone)
    phone.tap(phone.say("appointment.pass"))
    code = phone.read_code()
    whole(phone)
    return code


def serve(clerk: Phone, phone: Phone, code: str, appointment_id: str) -> None:
    """Check the pass in, call, serve; the phone tells the ticket and the counter."""
    say = clerk.say
    clerk.log_in_staff("clerk", HALL[say.lang])
    clerk.field(say("staff.pass")).fill(code)
    clerk.tap(say("staff.checkIn"))
    said = clerk.page.get_by_text(say.like("staff.in")).locator("visible=true").first.inner_text()
    [ticket] = re.findall(r"[A-Z]\d+", said)
    phone.open(f"pages/appointment?id={appointment_id}")
    # One is the next, or others wait too.
    ahead = phone.say.like("appointment.ahead").pattern
    phone.sees(re.compile(f"{re.escape(phone.say('appointment.next'))}|{ahead}"))
    whole(phone)
    clerk.open("staff/counter")
    clerk.tap(say("staff.next"))
    # Others may have waited longer.
    now = clerk.page.get_by_role("region", name=say("counter.now"))
    now.wait_for()
    while not now.get_by_text(ticket, exact=True).count():
        clerk.tap(say("counter.doneAndNext"))
        clerk.settle()
    # The page of the citizen looks again by itself.
    phone.sees(phone.say("appointment.counter", counter="1"))
    now.get_by_role("button", name=say("turn.start"), exact=True).click()
    now.get_by_role("button", name=say("turn.fulfil"), exact=True).click()
    now.wait_for(state="detached")
    phone.open(f"pages/appointment?id={appointment_id}")
    phone.sees(phone.say("appointment.fulfilled"))
    phone.tap(phone.say("score.4"), role="radio")
    phone.tap(phone.say("case.rateNow"))
    phone.sees(phone.say("case.rated", n=4))
    whole(phone)


def lodge(phone: Phone, site: System, photo: Path) -> None:
    """Fill in the form, photograph the papers, have the result brought, and send."""
    say = phone.say
    phone.open(f"pages/guide?id={SERVICE}")
    phone.tap(say("guide.apply"))
    asked = phone.context.request.get(
        f"{site.url}/v1/services/{SERVICE}", headers={"Accept-Language": say.lang}
    ).json()
    phone.fill_in(asked["form_schema"])
    for material in asked["materials"]:
        phone.give(material["name"], photo)
    second = photo.with_name("second.png")
    second.write_bytes(SECOND_PAGE)
    paper = asked["materials"][0]["name"]
    phone.give(paper, second, further=True)
    # The second page belongs first.
    phone.tap(say("apply.upWhich", n=2, paper=paper))
    pages = phone.page.locator(".paper:visible", has_text=paper).first
    expect(pages.locator(".row")).to_contain_text(
        [f"second.png · {say('apply.page', n=1)}", f"photo.png · {say('apply.page', n=2)}"]
    )
    phone.tap(re.compile(tour.ADDRESS["detail"]), role="radio")
    whole(phone)
    phone.tap(say("apply.send"))
    phone.sees(say("case.done"))
    whole(phone)


def read(person: Caller, upload_id: str) -> bytes:
    """Return the bytes that a citizen uploaded."""
    return httpx.get(person.get(f"/v1/uploads/{upload_id}")["url"], trust_env=False).content


def ask_to_correct(clerk: Phone, case: Any) -> None:
    """Find the case in the work list, and ask for one field."""
    say = clerk.say
    clerk.open("staff/cases")
    clerk.tap(re.compile(case["receipt_number"]))
    clerk.tap(say("step.request-correction"))
    field = re.compile(BIRTHPLACE[say.lang])
    clerk.tap(field)
    clerk.page.get_by_label(field).locator("visible=true").last.fill(REMARK)
    clerk.page.locator(".btn:visible", has_text=say("step.request-correction")).last.click()
    clerk.sees(say("case.correction_requested"))


def correct(phone: Phone, case_id: str) -> None:
    """Read what is wanted at its own field, and send only that."""
    say = phone.say
    phone.open(f"pages/case?id={case_id}")
    phone.sees(REMARK)
    whole(phone, but=REMARK)
    phone.tap(say("case.correctNow"))
    wanted = phone.page.locator(".field", has_text=REMARK)
    wanted.locator("input, textarea").fill("浙江省宁波市海曙区")
    phone.tap(say("apply.sendAgain"))
    phone.sees(say("case.submitted"))


def pay(phone: Phone, site: System) -> None:
    """Pay by the code on the screen; the page hears of it by itself."""
    say = phone.say
    phone.tap(say("case.pay"))
    phone.tap(say("method.wechat_pay"))
    phone.sees(say("pay.scan", method=say("method.wechat_pay")))
    whole(phone)
    with phone.page.expect_download() as saved:
        phone.tap(say("pass.save"))
    [kept] = zxingcpp.read_barcodes(Image.open(saved.value.path()))
    assert kept.text == phone.read_code()
    paying = {"action": {"kind": "qr_code", "content": phone.read_code()}, "outcome": "pay"}
    paid = httpx.post(f"{site.url}/stand-ins/wallet", json=paying, timeout=30, trust_env=False)
    assert paid.status_code == 200, paid.text
    phone.sees(say("pay.done"))
    phone.tap(say("receipt.see"))
    phone.sees(say("receipt.verify"))
    whole(phone)
    receipt = phone.read_code()
    anyone = httpx.get(receipt, headers={"accept": "application/json"}, trust_env=False)
    assert anyone.json()["amount"] == {"cents": 12000, "currency": "cny"}


def issue(clerk: Phone, case_id: str) -> None:
    """Take the case through its steps on the clerk's page."""
    say = clerk.say
    clerk.open(f"staff/case?id={case_id}")
    clerk.sees(say("paid.paid"))
    for step, state in (
        ("accept", "accepted"),
        ("review", "under_review"),
        ("approve", "approved"),
        ("issue", "issued"),
    ):
        if step == "approve":
            # Who accepts does not approve.
            clerk.page.evaluate("localStorage.removeItem('session.staff')")
            clerk.page.goto("about:blank")
            clerk.log_in_staff("clerk2")
            clerk.open(f"staff/case?id={case_id}")
        clerk.tap(say(f"step.{step}"))
        clerk.page.locator(".mark:visible", has_text=say(f"case.{state}")).first.wait_for()


def brought(phone: Phone, site: System, person: Any, case_id: str) -> None:
    """Follow the parcel to the door, where the code on the phone is asked for."""
    say = phone.say
    parcel = tour.parcel_of(person, case_id)
    for status in ("accepted", "picked_up", "in_transit", "out_for_delivery"):
        tour.move(site, parcel, status)
    phone.open(f"deliveries/delivery?id={parcel}")
    phone.sees(say("delivery.out_for_delivery"))
    whole(phone)
    proof = phone.page.locator(".note .big:visible").inner_text()
    tour.move(site, parcel, "delivered", proof_code=proof)
    path = f"/v1/cases/{case_id}"
    eventually(lambda: person.get(path)["status"] == "completed", "the end of the case")


def rate(phone: Phone, case_id: str) -> None:
    """Rate what was done, once it has ended."""
    say = phone.say
    phone.open(f"pages/case?id={case_id}")
    phone.tap(say("score.5"), role="radio")
    phone.tap(say("case.rateNow"))
    phone.sees(say("case.rated", n=5))
    whole(phone, but=REMARK)


def follow(phone: Phone, case: Any) -> None:
    """Look the progress up with the receipt; a wrong code is told in words."""
    say = phone.say
    phone.open("pages/progress")
    phone.field(say("case.receipt")).fill(case["receipt_number"])
    phone.field(say("case.code")).fill(f"{(int(case['progress_code']) + 1) % 1_000_000:06}")
    phone.tap(say("progress.look"))
    phone.page.get_by_role("alert").locator("visible=true").wait_for()
    phone.field(say("case.code")).fill(case["progress_code"])
    phone.tap(say("progress.look"))
    phone.sees(say("event.case.completed"))
    whole(phone)


def whole(phone: Phone, but: str = "") -> None:
    """Assert that nothing is cut, and in English that nothing is Chinese."""
    phone.settle()
    assert phone.cut_off() == []
    if phone.say.lang == "en":
        shown = phone.page.locator(".screen:visible").inner_text().replace(but or "\0", "")
        assert [line for line in shown.splitlines() if HAN.search(OWN.sub("", line))] == []


# What the citizen wrote, and the names of laws and languages, are what they are.
OWN = re.compile(
    "中文|李\\*?梅?|海曙区中山西.*|浙江省宁波市.*|发改价格.*|教师|中国邮政速递|photo.*"
)
