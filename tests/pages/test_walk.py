"""Twenty things that people come for, with the taps that each takes, from the first page on."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.phone import Phone as Caller
from tests.pages import tour
from tests.pages.browser import Phone
from tests.support.people import childs_number, id_number, new_code
from tests.support.system import System

pytestmark = pytest.mark.slow

TIME: Final = re.compile(r"^\d\d:\d\d")
# Booked for a day that is far enough to be changed.
LATER: Final = "taiwan-permit"
NAMED: Final = {
    tour.BOOKED: "居民身份证换领",
    tour.ONLINE: "无犯罪记录证明",
    "id-card-replacement": "居民身份证丢失补领",
    "hk-macau-permit": "往来港澳通行证签发",
    LATER: "往来台湾通行证签发",
}


class Walk:
    """Counts the taps of a phone: each touch of the screen is one, typing is none."""

    def __init__(self, phone: Phone, site: System, photo: Path) -> None:
        self.phone, self.say, self.site, self.photo = phone, phone.say, site, photo
        self.name = new_code()
        self.person: Caller = site.phone(self.name)
        self.taps = 0

    def tap(self, name: str | re.Pattern[str], role: str = "button") -> None:
        self.phone.tap(name, role)
        self.taps += 1
        self.phone.settle()

    def type(self, field: str, text: str) -> None:
        self.phone.field(field).fill(text)
        self.taps += 1

    def first_page(self) -> None:
        """Begin on the first page."""
        self.phone.open("pages/home")
        self.taps = 0

    def service(self, name: str) -> None:
        """Find a service by its words: a tap into the search, one on what was found."""
        self.type(self.say("home.search"), name)
        self.phone.sees(self.say.like("home.found"))
        self.phone.settle()
        self.tap(re.compile(f"^{name}"))

    def matter(self, name: str) -> None:
        """Open something that is going on."""
        self.tap(re.compile(f"^{name}"))

    def time(self, number: int = 0) -> None:
        """Choose one of the times that are free; the first is taken by the first visit."""
        self.phone.page.get_by_role("radio", name=TIME, disabled=False).nth(number).click()
        self.taps += 1


def book_later(walk: Walk) -> None:
    """Book the last day that can be had, as somebody did before."""
    path = f"/v1/offices/{tour.HALL}/availability?service_id={LATER}&days=14"
    days = walk.person.get(path)["days"]
    slots = [one for day in days for one in day["slots"] if one["state"] == "open"]
    body = {"service_id": LATER, "office_id": tour.HALL, "slot_id": slots[-1]["slot_id"]}
    walk.person.post("/v1/appointments", body)


def first_booking(walk: Walk) -> None:
    walk.phone.page.evaluate("localStorage.clear()")
    walk.phone.page.reload()
    walk.phone.settle()
    walk.tap(re.compile(f"^{NAMED[tour.BOOKED]}"))
    walk.tap(walk.say("guide.book"))
    walk.time()
    walk.tap(walk.say.like("book.confirm"))
    # The name stands for what WeChat and Alipay tell by themselves.
    walk.phone.field(walk.say("login.name")).fill(walk.name)
    walk.tap(walk.say("consent.policy"), "checkbox")
    walk.tap(walk.say("login"))
    walk.phone.sees(walk.say("appointment.done"))


def booking(walk: Walk) -> None:
    walk.tap(re.compile(f"^{NAMED['id-card-replacement']}"))
    walk.tap(walk.say("guide.book"))
    walk.time(2)
    walk.tap(walk.say.like("book.confirm"))
    walk.phone.sees(walk.say("appointment.done"))


def read_whether_to_come(walk: Walk) -> None:
    walk.tap(re.compile(f"^{NAMED[tour.BOOKED]}"))
    walk.phone.sees(walk.say("guide.come"))


def show_the_pass(walk: Walk) -> None:
    walk.matter(NAMED[tour.BOOKED])
    walk.tap(walk.say("appointment.pass"))
    walk.phone.read_code()


def move(walk: Walk) -> None:
    walk.matter(NAMED[LATER])
    walk.tap(walk.say("appointment.move"))
    walk.phone.sees(walk.say.like("book.was"))
    walk.time(4)
    walk.tap(walk.say.like("book.confirmMove"))
    walk.phone.sees(walk.say("appointment.moved"))


def way_to_the_hall(walk: Walk) -> None:
    walk.matter(NAMED[tour.BOOKED])
    walk.tap(walk.say("hall.more"))
    walk.phone.sees("公共交通")


def cancel(walk: Walk) -> None:
    walk.matter(NAMED[LATER])
    walk.tap(walk.say("appointment.cancel"))
    walk.tap(walk.say("appointment.cancel"))
    walk.phone.sees(walk.say("appointment.cancelled"))


def verify(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap(walk.say("identity.title"))
    walk.type(walk.say("identity.name"), "李梅")
    walk.type(walk.say("identity.number"), id_number())
    walk.tap(walk.say("identity.verify"))
    walk.phone.sees(walk.say("identity.done"))


def apply(walk: Walk) -> None:
    walk.service(NAMED[tour.ONLINE])
    walk.tap(walk.say("guide.apply"))
    asked: Any = walk.person.get(f"/v1/services/{tour.ONLINE}")
    schema = asked["form_schema"]
    walk.phone.fill_in(schema)
    walk.taps += len(schema["required"])
    walk.phone.give(asked["materials"][0]["name"], walk.photo)
    # The button, and the picture in the album.
    walk.taps += 2
    walk.tap(walk.say("apply.send"))
    walk.phone.sees(walk.say("case.done"))


def progress(walk: Walk) -> None:
    walk.matter(NAMED[tour.ONLINE])
    walk.phone.sees(walk.say("case.receipt"))


def pay(walk: Walk) -> None:
    walk.matter(NAMED["hk-macau-permit"])
    walk.tap(walk.say("case.pay"))
    walk.tap(walk.say("method.wechat_pay"))
    walk.phone.read_code()


def by_receipt(walk: Walk) -> None:
    case = walk.person.get("/v1/cases")["items"][0]
    walk.tap(walk.say("home.progress"))
    walk.type(walk.say("case.receipt"), case["receipt_number"])
    walk.type(walk.say("case.code"), case["progress_code"])
    walk.tap(walk.say("progress.look"))
    walk.phone.page.locator(".mark:visible").first.wait_for()


def messages(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap(re.compile(f"^{walk.say('inbox.title')}"))


def child(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap(walk.say("family.title"))
    walk.type(walk.say("identity.name"), "李小满")
    walk.type(walk.say("identity.number"), childs_number())
    walk.tap(walk.say("relation.child"), "radio")
    walk.tap(walk.say("save"))
    walk.phone.sees(re.compile("李小满"))


def who_looked(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap(walk.say("privacy.title"))


def ask(walk: Walk) -> None:
    walk.tap(walk.say("home.ask"))
    walk.phone.sees(walk.say("assistant.how"))


def larger(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap(walk.say("size.large"), "radio")


def plain(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap(walk.say("size.plain"), "radio")


def english(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap("English", "radio")
    walk.phone.sees("Me")


def chinese(walk: Walk) -> None:
    walk.tap("Me")
    walk.tap("中文", "radio")


def bills(walk: Walk) -> None:
    walk.tap(walk.say("bills.title"))


def leave(walk: Walk) -> None:
    walk.tap(walk.say("tab.me"))
    walk.tap(walk.say("me.logout"))
    walk.tap(walk.say("me.leave"))
    walk.phone.sees(walk.say("me.stranger"))


Task = Callable[[Walk], None]
# Most taps that each may take.
TASKS: Final[list[tuple[Task, int]]] = [
    (read_whether_to_come, 1),
    (first_booking, 6),
    (show_the_pass, 2),
    (way_to_the_hall, 2),
    (verify, 5),
    (move, 4),
    (cancel, 3),
    (booking, 4),
    (apply, 14),
    (progress, 1),
    (pay, 3),
    (by_receipt, 4),
    (messages, 2),
    (child, 6),
    (who_looked, 2),
    (ask, 1),
    (larger, 2),
    (plain, 2),
    (english, 2),
    (chinese, 2),
    (bills, 1),
    (leave, 3),
]


def test_twenty_things_take_few_taps(site: System, phone: Phone, photo: Path) -> None:
    walk = Walk(phone, site, photo)
    prepare: dict[Task, Callable[[Walk], object]] = {
        move: book_later,
        pay: lambda walk: tour.lodge(walk.person, "hk-macau-permit"),
    }
    taken: dict[str, tuple[int, int]] = {}
    for task, most in TASKS:
        if task in prepare:
            prepare[task](walk)
        walk.first_page()
        task(walk)
        taken[task.__name__] = (walk.taps, most)
    assert {name: some for name, some in taken.items() if some[0] > some[1]} == {}
    assert len(taken) >= 20
