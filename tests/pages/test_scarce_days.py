"""Days on which seats are scarce and halls are full, played by several people at once."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.phone import Phone as Caller
from tests.e2e.phone import eventually
from tests.pages import tour
from tests.pages.browser import Phone
from tests.pages.openings import SERVICE, TIME, late_person
from tests.support.people import id_number, new_code
from tests.support.system import System

# Journeys of `make thorough`; each of their pages is looked at by `make test` too.
pytestmark = pytest.mark.slow

GUIDE = Path(__file__).parents[2] / "docs" / "draws.md"
QUIET_HALL = "hall-330211"
STORM_HALL, STORM_NAME = "hall-330213", "奉化区行政服务中心"
STORM_HIT = 40
MOMENT, BESIDE = "your_moment", timedelta(seconds=12)
COUNTERS = ("1", "2", "3")


@contextmanager
def another(site: System, browser: Browser, *, desk: bool = False) -> Iterator[Phone]:
    one = Phone(browser, site.url, desk=desk)
    yield one
    one.close()


def at(opening: Any, name: str) -> datetime:
    return datetime.fromisoformat(opening[name])


def test_three_people_book_each_at_their_own_moment(site: System, browser: Browser) -> None:
    people = [late_person(site)]
    while len(people) < 3:
        one = late_person(site)
        # Each has time to be seen before the next.
        if all(abs(at(one[2], MOMENT) - at(other[2], MOMENT)) > BESIDE for other in people):
            people.append(one)
    people.sort(key=lambda one: at(one[2], MOMENT))
    site.wait_until(at(people[0][2], "opens_at"))
    with (
        another(site, browser) as first,
        another(site, browser) as second,
        another(site, browser) as third,
    ):
        phones = (first, second, third)
        for phone, (name, _, _) in zip(phones, people, strict=True):
            phone.log_in(name)
            phone.open(f"pages/book?service={SERVICE}&hall={tour.HALL}")
            days = phone.page.get_by_role("radiogroup", name=phone.say("book.when"))
            days.get_by_role("radio").first.wait_for()
            [day for day in days.get_by_role("radio").all() if day.is_enabled()][-1].click()
            phone.page.get_by_role("radio", name=TIME, disabled=False).first.click()
            phone.page.locator(".foot").get_by_role("button").last.click()
            phone.sees(phone.say.like("book.wait"))
        for number, (_, _, opening) in enumerate(people):
            site.wait_until(at(opening, MOMENT))
            phones[number].sees("约好了！")
            booked = [len(who.get("/v1/appointments")["items"]) for _, who, _ in people]
            assert booked == [1] * (number + 1) + [0] * (2 - number)


def test_a_draw_is_proven_by_the_command_and_by_the_lines_of_the_guide(
    site: System, phone: Phone, tmp_path: Path
) -> None:
    known = [(name := new_code(), verified(site, name)) for _ in range(4)]
    [draw, *_] = [one for one in known[0][1].get("/v1/draws")["items"] if one["status"] == "open"]
    path = f"/v1/draws/{draw['draw_id']}"
    for _, person in known:
        person.post(f"{path}/entries", {})
    site.wait_until(datetime.fromisoformat(draw["closes_at"]) + timedelta(minutes=20))
    eventually(lambda: known[0][1].get(path)["seed"], "the seed", seconds=150)
    eventually(
        lambda: known[0][1].get(f"{path}/entries")["items"][0]["status"] != "entered", "a result"
    )
    phone.log_in(known[0][0])
    phone.open(f"draws/draw?service={tour.DRAWN}")
    phone.page.locator(".note.good:visible").wait_for()
    listed = known[0][1].get(f"/v1/draws?service_id={tour.DRAWN}")["items"]
    number = [one["draw_id"] for one in listed].index(draw["draw_id"])
    with phone.page.expect_download() as saved:
        phone.page.get_by_role("button", name="保存全部数据").nth(number).click()
    file = tmp_path / "draw.json"
    saved.value.save_as(file)
    assert json.loads(file.read_text())["draw"]["draw_id"] == draw["draw_id"]
    phone.sees("怎么证明公平")
    script = re.search(r"```js\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert script
    (tmp_path / "verify.mjs").write_text(script[1])
    command = [sys.executable, "-m", "chalicelib.appointments.jobs.verify_draw", str(file)]
    for proof in (command, ["node", str(tmp_path / "verify.mjs"), str(file)]):
        done = subprocess.run(proof, capture_output=True, text=True, check=False)
        assert (done.returncode, "proven" in done.stdout) == (0, True), done


def verified(site: System, name: str) -> Caller:
    person = site.phone(name)
    given = {"name": "李梅", "id_number": id_number()}
    person.send("PUT", "/v1/me/identity", given).raise_for_status()
    person.log_in()
    return person


def test_a_seat_freed_late_in_the_evening_is_taken_in_the_morning(
    site: System, phone: Phone
) -> None:
    service = "residence-permit"
    path = f"/v1/offices/{QUIET_HALL}/availability?service_id={service}&days=9"
    days = [one for one in site.phone(new_code()).get(path)["days"] if one["state"] == "open"]
    slots = [one for one in days[-1]["slots"] if one["state"] == "open"]
    first, chief = slots[0], site.desk("supervisor")
    closure = {"from": days[-1]["date"], "to": days[-1]["date"], "reason": "检修"}
    chief.post(
        f"/v1/admin/offices/{QUIET_HALL}/closures", {**closure, "from_time": first["end"][11:16]}
    )
    body = {"service_id": service, "office_id": QUIET_HALL, "slot_id": first["slot_id"]}
    bookers = [site.phone(new_code()) for _ in range(first["remaining"])]
    booked = [who.post("/v1/appointments", body) for who in bookers]
    phone.log_in(name := new_code())
    phone.open(f"pages/book?service={service}&hall={QUIET_HALL}")
    phone.tap(phone.say("waiting.tell"))
    phone.sees(phone.say("waiting.how"))
    waiter = site.phone(name)
    waiter.post(
        "/v1/waiting-list",
        {
            "service_id": service,
            "office_ids": [QUIET_HALL],
            "from": days[-1]["date"],
            "until": days[-1]["date"],
        },
    )
    evening = site.now().astimezone(datetime.fromisoformat(first["start"]).tzinfo)
    site.wait_until(evening.replace(hour=23, minute=0, second=0, microsecond=0))
    cancelled = f"/v1/appointments/{booked[0]['appointment_id']}/cancel"
    bookers[0].post(cancelled, {})
    [offered] = eventually(
        lambda: [one for one in waiter.get("/v1/waiting-list")["items"] if one["offer"]],
        "an offer",
        seconds=90,
    )
    assert offered["offer"]["until"][11:16] == "08:30"
    site.wait_until(datetime.fromisoformat(offered["offer"]["until"]) - timedelta(minutes=20))
    phone.log_in(name)
    phone.open("pages/inbox")
    phone.tap(re.compile("有号了"))
    phone.sees(phone.say.like("waiting.held"))
    phone.tap(phone.say("waiting.accept"))
    phone.sees("约好了！")
    [taken] = waiter.get("/v1/appointments")["items"]
    assert taken["slot_id"] == first["slot_id"]


def test_a_typhoon_closes_a_hall_and_forty_people_move(
    site: System, desk: Phone, phone: Phone
) -> None:
    path = f"/v1/offices/{STORM_HALL}/availability?service_id={tour.BOOKED}&days=9"
    days = [one for one in site.phone(new_code()).get(path)["days"] if one["state"] == "open"]
    free = [one for one in days[-1]["slots"] for _ in range(one["remaining"])]
    people = [(name := new_code(), site.phone(name)) for _ in range(STORM_HIT)]
    body = {"service_id": tour.BOOKED, "office_id": STORM_HALL}
    ids = [
        who.post("/v1/appointments", {**body, "slot_id": slot["slot_id"]})["appointment_id"]
        for (_, who), slot in zip(people, free[:: len(free) // STORM_HIT], strict=False)
    ]
    desk.log_in_staff("supervisor", STORM_NAME)
    desk.open("staff/timetable")
    desk.tap("添加暂停开放")
    desk.date("第一天", days[-1]["date"])
    desk.field("原因").fill("台风")
    desk.tap("看看影响谁")
    desk.sees(f"将影响 {STORM_HIT} 个预约")
    desk.tap(f"确定，并通知 {STORM_HIT} 个预约的本人")
    desk.sees(f"已安排，影响 {STORM_HIT} 个预约，已通知本人")
    phone.log_in(people[0][0])
    phone.open(f"pages/appointment?id={ids[0]}")
    phone.sees("台风")
    # What cannot be kept is no longer shown as booked, nor with a pass.
    phone.sees(phone.say("appointment.needs_new_time"))
    expect(phone.page.get_by_text(phone.say("appointment.pass"))).to_have_count(0)
    phone.page.locator(".note.warn:visible").get_by_role("button").first.click()
    eventually(
        lambda: people[0][1].get(f"/v1/appointments/{ids[0]}")["needs_new_time"] is None, "a move"
    )
    phone.settle()
    phone.open(f"pages/appointment?id={ids[0]}")
    for (_, who), one in list(zip(people, ids, strict=True))[1:-1]:
        asked = who.get(f"/v1/appointments/{one}")["needs_new_time"]
        new = {"slot_id": asked["alternatives"][0]["slot_id"]}
        who.post(f"/v1/appointments/{one}/reschedule", new)
    desk.open("staff/moves")
    desk.button(desk.say("moves.phoned")).wait_for()
    left = desk.page.locator(".asked:visible")
    expect(left).to_have_count(1)
    desk.tap(desk.say("moves.unanswered"))
    expect(left).to_have_count(STORM_HIT)
    _, last = people[-1]
    asked = last.get(f"/v1/appointments/{ids[-1]}")["needs_new_time"]
    last.post(
        f"/v1/appointments/{ids[-1]}/reschedule",
        {"slot_id": asked["alternatives"][0]["slot_id"]},
    )
    kept = [who.get(f"/v1/appointments/{one}") for (_, who), one in zip(people, ids, strict=True)]
    assert {one["status"] for one in kept} == {"booked"}
    assert all(one["start"][:10] != days[-1]["date"] for one in kept)


def test_a_day_at_three_counters_with_a_screen_and_a_kiosk(site: System, browser: Browser) -> None:
    clerk = site.desk("clerk")
    hall = f"/v1/admin/offices/{tour.HALL}"
    for one in clerk.get(f"{hall}/queue")["items"]:
        if one["ticket_number"].startswith("W") and one["status"] == "checked_in":
            body = {"reason": "清场"}
            clerk.post(f"/v1/admin/appointments/{one['appointment_id']}/void", body)
    with (
        another(site, browser, desk=True) as kiosk,
        another(site, browser, desk=True) as screen,
        another(site, browser, desk=True) as counter,
    ):
        pair(site, kiosk)
        tickets = [take_ticket(kiosk) for _ in range(6)]
        priority = {"service_id": tour.BOOKED, "priority": "elderly"}
        elder = clerk.post(f"{hall}/tickets", priority)["ticket_number"]
        screen.page.goto(f"{screen.url}/display/{tour.HALL}")
        screen.sees(screen.say("counter.waiting", n=7))
        counter.log_in_staff("clerk", tour.HALL_NAMES["zh-CN"])
        counter.open("staff/counter")
        counter.field(counter.say("staff.counter")).fill("1")
        counter.tap("呼叫下一位")
        now = counter.page.get_by_role("region", name=counter.say("counter.now"))
        now.wait_for()
        calls = [clerk.post(f"{hall}/queue/next", {"counter": n}) for n in COUNTERS[1:]]
        shown = screen.page.get_by_role("listitem")
        for called in calls:
            expect(shown.filter(has_text=called["ticket_number"])).to_contain_text(
                called["counter"], timeout=40_000
            )
        screen.sees(screen.say("counter.waiting", n=4))
        # Of three calls one was with priority.
        first = now.locator(".number").inner_text()
        assert elder in {first, *(one["ticket_number"] for one in calls)}
        counter.tap("开始办理")
        counter.settle()
        counter.tap(counter.say("counter.doneAndNext"))
        counter.settle()
        expect(now.locator(".number")).not_to_have_text(first)
        counter.tap("未到")
        counter.settle()
        for _ in range(2):
            for number in COUNTERS[1:]:
                clerk.send("POST", f"{hall}/queue/next", {"counter": number, "fulfil": True})
        screen.page.reload()
        screen.settle()
        screen.sees(screen.say("display.rule"))
        assert len({*tickets}) == 6
    day = site.now().date()
    [served] = [
        one
        for one in site.desk("supervisor").get(
            f"/v1/admin/reports/waiting?from={day}&to={day}&office_id={tour.HALL}"
        )["items"]
        if one["category"] == "identity"
    ]
    assert served["served"] >= 4


def pair(site: System, kiosk: Phone) -> None:
    code = site.desk("supervisor").post(f"/v1/admin/offices/{tour.HALL}/devices", {"name": "1F"})
    kiosk.page.goto(f"{kiosk.url}/kiosk/{tour.HALL}")
    kiosk.field("配对码").fill(code["code"])
    kiosk.tap("80 毫米", role="radio")
    kiosk.tap("启用")


def take_ticket(kiosk: Phone) -> str:
    kiosk.tap("选择事项，取号")
    kiosk.tap("居民身份证换领")
    number = kiosk.page.locator(".done .number")
    number.wait_for()
    said = number.inner_text()
    kiosk.tap("好了")
    return said
