"""All pages, and the people whose data make them worth looking at."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.e2e.phone import Phone as Caller
from tests.e2e.phone import eventually
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code
from tests.support.system import System

HALL = "hall-330203"
HALL_NAMES = {"zh-CN": "海曙区行政服务中心", "en": "Haishu Service Hall"}
BOOKED = "id-card-renewal"
LODGED = "passport-issue"
PREPAID = "property-transfer"
ONLINE = "no-criminal-record"
DRAWN = "hk-macau-permit"
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63600000000200015e221bc30000000049454e44ae426082"
)
ADDRESS = {
    "name": "李梅",
    "phone": "13805741234",
    "division_code": "330203",
    "detail": "海曙区中山西路 99 号 3 幢 502 室",
}


@dataclass
class Story:
    """What the citizen of the tour did before."""

    name: str
    person: Caller
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def citizen_pages(self) -> dict[str, str]:
        """The citizen's pages by name."""
        return {
            "home": "pages/home",
            "category": "pages/category?id=identity",
            "guide": f"pages/guide?id={BOOKED}",
            "guide-whole": "pages/guide?id=driving-licence-renewal&whole=1",
            "guide-online": f"pages/guide?id={ONLINE}",
            "hall": f"hall/about?id={HALL}",
            "book": f"pages/book?service={BOOKED}",
            "appointment": f"pages/appointment?id={self.ids['appointment']}&fresh=1",
            "held": f"pages/appointment?id={self.ids['held']}&fresh=1",
            "draw": f"draws/draw?service={DRAWN}",
            "waiting": "draws/waiting",
            "waiting-join": f"draws/waiting?service={PREPAID}&hall={HALL}",
            "pass": f"pages/pass?id={self.ids['appointment']}",
            "apply": f"pages/apply?service={LODGED}",
            "correct": f"pages/apply?case={self.ids['correcting']}",
            "case": f"pages/case?id={self.ids['correcting']}",
            "fresh": f"pages/case?id={self.ids['paid']}&fresh=1",
            "issued": f"pages/case?id={self.ids['issued']}",
            "rating": f"pages/case?id={self.ids['ended']}",
            "send": f"deliveries/delivery?case={self.ids['issued']}",
            "parcel": f"deliveries/delivery?id={self.ids['parcel']}",
            "pay": f"pages/pay?case={self.ids['unpaid']}",
            "paying": f"pages/pay?appointment={self.ids['held']}",
            "paid": f"pages/pay?case={self.ids['paid']}",
            "pay-bill": f"pages/pay?bill={self.ids['bill']}",
            "receipt": f"bills/receipt?subject={self.ids['paid']}",
            "receipt-verified": f"bills/verify?code={self.ids['receipt']}",
            "receipt-false": "bills/verify?code=0",
            "bills": "bills/list",
            "progress": "pages/progress",
            "mine": "pages/mine",
            "inbox": "pages/inbox",
            "me": "pages/me",
            "identity": "rights/identity",
            "accounts": "rights/accounts",
            "family": "rights/family",
            "mandates": "rights/mandates",
            "factors": "rights/factors",
            "companies": "rights/companies",
            "addresses": "deliveries/addresses",
            "reach": "rights/reach",
            "privacy": "rights/privacy",
            "city": "rights/city",
            "policy": "rights/policy",
            "accessibility": "rights/accessibility",
            "login": "pages/login",
            "unknown": "pages/nonsense",
            "certificates": "certificates/list",
            "certificate": f"certificates/certificate?id={self.ids['certificate']}",
            "verify": f"certificates/verify?code={self.ids['verification']}",
            "open": "open/index",
            "performance": f"open/performance?service={ONLINE}",
            "assistant": "questions/assistant?text=passport",
            "ask": f"questions/ask?type=service&id={BOOKED}",
            "enquiries": "questions/enquiries",
            "enquiry": f"questions/enquiry?id={self.ids['enquiry']}",
            "enquiry-open": f"questions/enquiry?id={self.ids['complaint']}&fresh=1",
        }

    @property
    def staff_pages(self) -> dict[str, str]:
        """The staff's pages by name."""
        return {
            "staff-board": "staff/board",
            "staff-counter": "staff/counter",
            "staff-moves": "staff/moves",
            "staff-intake": "staff/intake",
            "staff-timetable": "staff/timetable",
            "staff-parcels": "staff/parcels",
            "staff-books": "staff/books",
            "staff-audit": "staff/audit",
            "staff-catalogue": "staff/catalogue",
            "staff-service": "staff/service?id=passport-issue",
            "staff-decisions": "staff/decisions",
            "staff-missed": "staff/missed",
            "staff-people": "staff/people",
            "staff-mandates": "staff/mandates",
            "staff-cases": "staff/cases",
            "staff-case": f"staff/case?id={self.ids['correcting']}",
            "staff-refunds": f"staff/case?id={self.ids['paid']}",
            "staff-approvals": "staff/approvals",
            "staff-alerts": "staff/alerts",
            "staff-reports": "staff/reports",
            "staff-presentations": "staff/presentations",
            "staff-enquiries": "staff/enquiries",
            "staff-enquiry": f"staff/enquiry?id={self.ids['enquiry']}",
            "staff-complaint": f"staff/enquiry?id={self.ids['complaint']}",
            "staff-devices": "staff/devices",
            "staff-couriers": "staff/couriers",
            "staff-messages": "staff/messages?courier=ems",
            "staff-bills": "staff/bills",
            "staff-issuers": "staff/issuers",
            "staff-letters": "staff/letters",
            "staff-calendar": "staff/calendar",
            "staff-subscribers": "staff/subscribers",
            "staff-login": "staff/login",
            "hall-display": f"hall/display?office={HALL}",
            "hall-kiosk": f"hall/kiosk?office={HALL}",
        }


def tell(system: System) -> Story:
    """Let a citizen book, apply, pay, be asked to correct: every page has something to show."""
    name = new_code()
    person = system.phone(name)
    # Too young for what a machine would give her.
    given = {"name": "李梅", "id_number": id_number(years=(1970, 2000))}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    person.log_in()
    child = {"name": "王安安", "id_number": id_number(), "relation": "child"}
    person.post("/v1/me/family", child)
    story = Story(name, person)
    desk = system.desk("supervisor")
    story.ids["missed"] = _miss(system, desk)
    story.ids["appointment"] = _book(person, BOOKED)
    story.ids["held"] = _book(person, PREPAID)
    _wait(system, person)
    [draw, *_] = [one for one in person.get("/v1/draws")["items"] if one["status"] == "open"]
    person.post(f"/v1/draws/{draw['draw_id']}/entries", {})
    pay(person, {"appointment_id": story.ids["held"]})
    fine(system, given)
    story.ids["bill"] = person.get("/v1/me/bills")["items"][0]["bill_id"]
    story.ids["correcting"] = lodge(person, LODGED)
    item = {"pointer": "/form/birthplace", "detail": "请写到区县"}
    _step(desk, story.ids["correcting"], "request-correction", items=[item])
    story.ids["unpaid"] = lodge(person, "hk-macau-permit")
    story.ids["paid"] = lodge(person, BOOKED, delivery=ADDRESS)
    pay(person, {"case_id": story.ids["paid"]}, system)
    story.ids["receipt"] = receipt_code(person, story.ids["paid"])
    story.ids["issued"] = lodge(person, ONLINE)
    issue(system, story.ids["issued"])
    mine = eventually(lambda: person.get("/v1/me/certificates")["items"], "the certificate")
    story.ids["certificate"] = mine[0]["certificate_id"]
    story.ids["verification"] = mine[0]["verification_code"]
    story.ids["ended"] = lodge(person, "elder-card", delivery=ADDRESS)
    issue(system, story.ids["ended"])
    story.ids["parcel"] = parcel_of(person, story.ids["ended"])
    story.ids["enquiry"] = _answered(person, desk)
    complaint = {"kind": "complaint", "text": "It took two hours.", "office_id": HALL}
    story.ids["complaint"] = str(person.post("/v1/enquiries", complaint)["enquiry_id"])
    for status in ("accepted", "picked_up", "in_transit", "delivered"):
        move(system, story.ids["parcel"], status)
    path = f"/v1/cases/{story.ids['ended']}"
    eventually(lambda: person.get(path)["status"] == "completed", "the case's end")
    desk.get(f"/v1/admin/cases/{story.ids['correcting']}")
    # A step out of order raises an alert; walk-ins are called to the counters.
    desk.post(f"/v1/admin/cases/{story.ids['unpaid']}/approve", status=409)
    for service in (BOOKED, LODGED):
        desk.post(f"/v1/admin/offices/{HALL}/tickets", {"service_id": service})
    # Nobody is left waiting before those whom other tests bring, nor at a counter by one before.
    for counter in ("2", "3"):
        desk.post(f"/v1/admin/offices/{HALL}/queue/next", {"counter": counter, "fulfil": True})
    eventually(lambda: len(person.get("/v1/notifications")["items"]) > 3, "notices")
    return story


def receipt_code(person: Caller, case_id: str) -> str:
    """Return the code by which anybody verifies the receipt of what was paid for a case."""
    [paid] = person.get(f"/v1/payments?subject_id={case_id}")["items"]
    return str(person.get(f"/v1/payments/{paid['payment_id']}/receipt")["code"])


def issue(system: System, case_id: str) -> None:
    """Walk a case to its issue, by two members of staff."""
    desk, second = system.desk("supervisor"), system.desk("supervisor2")
    for step in ("accept", "review", "approve", "issue"):
        _step(second if step == "approve" else desk, case_id, step)


def _wait(system: System, person: Caller) -> None:
    """Wait for a service whose slots are free, and so be offered one; another is still to come."""
    today = system.now().date()
    far = str(today + timedelta(days=60))
    for service, days in (("residence-permit", (str(today), far)), ("elder-card", (far, far))):
        wish = {"service_id": service, "office_ids": [HALL], "from": days[0], "until": days[1]}
        person.post("/v1/waiting-list", wish)


def lodge(person: Caller, service: str, **more: Any) -> str:
    """Lodge a case with the examples of its form; return its id."""
    asked = person.get(f"/v1/services/{service}")
    schema = asked["form_schema"]
    form = {name: schema["properties"][name]["examples"][0] for name in schema["required"]}
    materials = [
        {"material_id": one["material_id"], "upload_id": upload(person)}
        for one in asked["materials"]
        if one["required"]
    ]
    body = {
        "service_id": service, "office_id": HALL, "form": form, "materials": materials, **more
    }  # fmt: skip
    return str(person.post("/v1/cases", body)["case_id"])


def upload(person: Caller) -> str:
    """Upload a photo of one pixel; return its id."""
    announced = {
        "file_name": "photo.png",
        "content_type": "image/png",
        "size": len(PHOTO),
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
    }
    place = person.post("/v1/uploads", announced)
    put = httpx.put(place["url"], headers=place["headers"], content=PHOTO, trust_env=False)
    put.raise_for_status()
    return str(place["upload_id"])


def keep_address(phone: Phone) -> None:
    """Write an address into the phone's book, as its page does."""
    phone.page.evaluate(
        "book => localStorage.setItem('address.book', "
        "JSON.stringify({type: 'object', data: [book]}))",
        ADDRESS,
    )


def parcel_of(person: Caller, case_id: str) -> str:
    """Return the id of a case's parcel, which events make."""
    path = f"/v1/cases/{case_id}"
    return str(eventually(lambda: person.get(path)["delivery_id"], "a parcel"))


def move(system: System, parcel: str, status: str, **more: str) -> None:
    """Let the courier's desk report where a parcel is."""
    body = {"status": status, **more}
    url = f"{system.url}/stand-ins/courier/{parcel}"
    httpx.post(url, json=body, timeout=30, trust_env=False).raise_for_status()


def _answered(person: Caller, desk: Caller) -> str:
    """Ask about a service; return the id of the enquiry, whose answer is published."""
    subject = {"type": "service", "id": BOOKED}
    asked = {"kind": "question", "text": "How long?", "subject": subject, "office_id": HALL}
    enquiry_id = str(person.post("/v1/enquiries", asked)["enquiry_id"])
    desk.post(f"/v1/admin/enquiries/{enquiry_id}/answer", {"text": "Three days."})
    published = {"text": "三天。", "text_en": "Three days.", "question": "要多久？"}
    published["question_en"] = "How long?"
    desk.post(f"/v1/admin/enquiries/{enquiry_id}/publish", published)
    return enquiry_id


def _book(person: Caller, service: str) -> str:
    path = f"/v1/offices/{HALL}/availability?service_id={service}&days=14"
    days = person.get(path)["days"]
    slots = [s for day in days for s in day["slots"] if s["state"] == "open"]
    mine = person.get("/v1/appointments")["items"]
    # Nobody is in two places at once.
    slot = next(
        s for s in slots if all(s["end"] <= m["start"] or m["end"] <= s["start"] for m in mine)
    )
    body = {"service_id": service, "office_id": HALL, "slot_id": slot["slot_id"]}
    return str(person.post("/v1/appointments", body)["appointment_id"])


def _miss(system: System, desk: Caller) -> str:
    """Let somebody not come to the first free time, which the clock passes; return the booking."""
    person = system.phone(new_code())
    missed = _book(person, BOOKED)
    start = person.get(f"/v1/appointments/{missed}")["start"]
    system.advance_to(datetime.fromisoformat(start) + timedelta(seconds=1))
    desk.post(f"/v1/admin/appointments/{missed}/no-show")
    return missed


def fine(system: System, payer: Mapping[str, str]) -> Any:
    """Let the issuer of bills fine somebody; return the bill with its number and code."""
    asked = {"action": "create", "bill": {"payer": dict(payer)}}
    answer = httpx.post(f"{system.url}/stand-ins/issuer", json=asked, timeout=30, trust_env=False)
    assert answer.status_code == 201, answer.text
    return answer.json()


def pay(person: Caller, subject: dict[str, str], system: System | None = None) -> None:
    """Begin to pay; with the run at hand, pay in its wallet and wait for the end."""
    asked = {**subject, "method": "wechat_pay", "client": "web"}
    payment = person.post("/v1/payments", asked)
    if system is None:
        return
    paying = {"action": payment["action"], "outcome": "pay"}
    url = f"{system.url}/stand-ins/wallet"
    httpx.post(url, json=paying, timeout=30, trust_env=False).raise_for_status()
    path = f"/v1/payments/{payment['payment_id']}"
    eventually(lambda: person.get(path)["finished"], "the payment's end")


def _step(desk: Caller, case_id: str, name: str, **body: Any) -> None:
    desk.post(f"/v1/admin/cases/{case_id}/{name}", body)
