"""All pages, and the people whose data make them worth looking at."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.conftest import System
from tests.e2e.phone import Phone as Caller
from tests.pages.browser import Phone
from tests.support.people import id_number, new_code

HALL = "hall-330203"
BOOKED = "id-card-renewal"
LODGED = "passport-issue"
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
            "book": f"pages/book?service={BOOKED}",
            "appointment": f"pages/appointment?id={self.ids['appointment']}",
            "pass": f"pages/pass?id={self.ids['appointment']}",
            "apply": f"pages/apply?service={LODGED}",
            "correct": f"pages/apply?case={self.ids['correcting']}",
            "case": f"pages/case?id={self.ids['correcting']}",
            "issued": f"pages/case?id={self.ids['issued']}",
            "delivery": f"pages/delivery?case={self.ids['issued']}",
            "pay": f"pages/pay?case={self.ids['issued']}",
            "progress": "pages/progress",
            "mine": "pages/mine",
            "inbox": "pages/inbox",
            "me": "pages/me",
            "identity": "pages/identity",
            "family": "pages/family",
            "addresses": "pages/addresses",
            "privacy": "pages/privacy",
        }

    @property
    def staff_pages(self) -> dict[str, str]:
        """The staff's pages by name."""
        return {
            "staff-board": "staff/board",
            "staff-cases": "staff/cases",
            "staff-case": f"staff/case?id={self.ids['correcting']}",
            "staff-alerts": "staff/alerts",
            "staff-reports": "staff/reports",
            "staff-couriers": "staff/couriers",
        }


def tell(system: System) -> Story:
    """Let a citizen book, apply and be asked to correct, so that every page has something."""
    name = new_code()
    person = system.phone(name)
    given = {"name": "李梅", "id_number": id_number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    child = {"name": "王安安", "id_number": id_number(), "relation": "child"}
    person.post("/v1/me/family", child)
    story = Story(name, person)
    story.ids["appointment"] = _book(person)
    story.ids["correcting"] = lodge(person, LODGED)
    story.ids["issued"] = lodge(person, "no-criminal-record")
    desk = system.desk("supervisor")
    item = {"pointer": "/form/birthplace", "detail": "请写到区县"}
    _step(desk, story.ids["correcting"], "request-correction", items=[item])
    for step in ("accept", "review", "approve", "issue"):
        _step(desk, story.ids["issued"], step)
    return story


def lodge(person: Caller, service: str) -> str:
    """Lodge a case with the examples of its form; return its id."""
    asked = person.get(f"/v1/services/{service}")
    schema = asked["form_schema"]
    form = {name: schema["properties"][name]["examples"][0] for name in schema["required"]}
    materials = [
        {"material_id": one["material_id"], "upload_id": upload(person)}
        for one in asked["materials"]
        if one["required"]
    ]
    body = {"service_id": service, "form": form, "materials": materials}
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


def _book(person: Caller) -> str:
    path = f"/v1/offices/{HALL}/availability?service_id={BOOKED}&days=14"
    days = person.get(path)["days"]
    slot = next(s for day in days for s in day["slots"] if s["state"] == "open")
    body = {"service_id": BOOKED, "office_id": HALL, "slot_id": slot["slot_id"]}
    return str(person.post("/v1/appointments", body)["appointment_id"])


def _step(desk: Caller, case_id: str, name: str, **body: Any) -> None:
    desk.post(f"/v1/admin/cases/{case_id}/{name}", body)
