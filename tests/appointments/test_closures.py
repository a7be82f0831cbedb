"""A hall closes for a part of a day or for one category: only what that time takes is hit."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.appointments import storage
from chalicelib.appointments.domain.alignment import aligned
from chalicelib.appointments.domain.slots import Slot
from chalicelib.appointments.jobs import release
from chalicelib.appointments.service import timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Closure, Hours
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.ids import new_id
from infra.local.engine import Engine
from tests.appointments.world import OFFICE, Chief
from tests.support.client import Answer
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import log_in

pytestmark = pytest.mark.usefixtures("as_it_was")
SERVICES = {"identity": "id-card-renewal", "family": "marriage-registration"}
CATEGORIES = sorted(SERVICES)
DAY = date(2027, 3, 3)
HOURS: Hours = ((time(9), time(12)), (time(13, 30), time(17)))
moments = st.times(time(7), time(18, 59)).map(lambda t: t.replace(second=0, microsecond=0))
ends = st.none() | moments


def at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, OFFICE_ZONE)


@st.composite
def closures(draw: st.DrawFn) -> Closure:
    first = DAY + timedelta(days=draw(st.integers(-2, 1)))
    last = first + timedelta(days=draw(st.integers(0, 3)))
    begin, end = draw(ends), draw(ends)
    if first == last and begin and end and end <= begin:
        end = None
    category = draw(st.none() | st.sampled_from(CATEGORIES))
    return Closure("c", first, last, "", begin, end, category)


@given(st.lists(closures(), max_size=3), st.sampled_from(CATEGORIES))
def test_a_minute_is_closed_when_one_of_the_closures_takes_it(
    engine: Engine, found: list[Closure], category: str
) -> None:
    office = _office(found)
    for number in range(0, 24 * 60, 7):
        moment = at(DAY, time(number // 60, number % 60))
        taken = [
            one
            for one in found
            if one.category in (None, category)
            and (moment.date(), moment.time()) >= (one.first, one.from_time or time())
            and (moment.date(), moment.time()) < (one.last, one.to_time or time(23, 59, 59))
        ]
        told = office.closure(category, moment, moment + timedelta(minutes=1))
        assert told is (taken[-1] if taken else None)
        if all(one.category is None for one in found):
            ordinary = any(begin <= moment.time() < end for begin, end in HOURS)
            shown = any(b <= moment.time() < e for b, e in office.hours(DAY, "weekday"))
            assert shown == (ordinary and not taken)


def _office(found: list[Closure]) -> Any:
    plain = catalogue.office(OFFICE)
    return replace(plain, closures=tuple(found), weekdays=HOURS)


@settings(max_examples=40)
@given(st.lists(closures(), min_size=1, max_size=3), st.sampled_from(CATEGORIES), st.data())
def test_closing_moves_no_slot_and_opening_makes_of_the_day_what_it_was(
    engine: Engine, found: list[Closure], category: str, data: st.DataObject
) -> None:
    group = catalogue.group(OFFICE, category)
    plain, shut = _office([]), _office(found)
    midnight = at(DAY, time())
    spans = [(at(DAY, begin), at(DAY, end)) for begin, end in HOURS]
    before = [
        _booked(slot, data.draw(st.integers(0, slot.capacity)))
        for slot in aligned((OFFICE, category), group, spans, [], midnight)
    ]

    def day(office: Any, there: list[Slot]) -> list[Slot]:
        found = timetable.aligned_day(office, category, group, DAY, there, midnight)
        return sorted(found, key=lambda slot: (slot.key.stamp, slot.shard))

    closed = day(shut, before)
    assert [_where(slot) for slot in closed] == [_where(slot) for slot in before]
    for old, new in zip(before, closed, strict=True):
        taken = any(one.overlaps(category, old.key.start, old.end) for one in found)
        assert new.capacity == (0 if taken else old.capacity)
        assert new.seats == old.seats
    there = [_shut(slot) for slot in closed]
    # What is closed stays so at the next look, and what is made later leaves the same out.
    assert [(s.key, s.capacity) for s in day(shut, there)] == [(s.key, s.capacity) for s in closed]
    made = [slot.key for slot in timetable.slots_of(shut, group, DAY, 1)]
    assert made == [slot.key for slot in closed if slot.capacity and not slot.shard]
    assert day(plain, there) == [_reopened(slot, group.capacity) for slot in there]


def _booked(slot: Slot, seats: int) -> Slot:
    return replace(slot, seats=frozenset(f"s{number}" for number in range(seats)))


def _where(slot: Slot) -> Any:
    return slot.key, slot.shard, slot.end


def _shut(slot: Slot) -> Slot:
    return replace(slot, closed=not slot.capacity)


def _reopened(slot: Slot, capacity: int) -> Slot:
    return replace(slot, capacity=capacity)


def slots(chief: Chief, category: str, days: int = 7) -> dict[str, str]:
    path = f"/v1/offices/{OFFICE}/availability?service_id={SERVICES[category]}&days={days}"
    found = chief.client.get(path).json()["days"]
    return {slot["slot_id"]: slot["state"] for day in found for slot in day["slots"]}


def book(chief: Chief, category: str, slot: str) -> Answer:
    body = {"service_id": SERVICES[category], "office_id": OFFICE, "slot_id": slot}
    return chief.client.post("/v1/appointments", body, token=log_in(chief.client).token)


def post(chief: Chief, query: str = "", key: str = "", **body: Any) -> Answer:
    path = f"{chief.path}/closures{query}"
    headers = {"Idempotency-Key": key or new_id()}
    return chief.client.post(path, {"reason": "停电", **body}, token=chief.token, headers=headers)


PARTS: tuple[dict[str, Any], ...] = (
    {"from_time": "12:00"},
    {"to_time": "10:10"},
    {"from_time": "09:50", "to_time": "14:20", "category": "family"},
    {"category": "identity"},
)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_part_of_a_day_is_closed_and_hits_just_whom_it_takes(
    chief: Chief, part: dict[str, Any]
) -> None:
    before = {category: slots(chief, category) for category in CATEGORIES}
    day = next(slot for slot, state in before["family"].items() if state == "open")[-12:-4]
    asked = {"from": f"{day[:4]}-{day[4:6]}-{day[6:]}", **part}
    asked["to"] = asked["from"]
    begin, end = (
        part.get(name, other).replace(":", "")
        for name, other in (("from_time", "0000"), ("to_time", "2400"))
    )
    booked, expected, closed = {}, set(), set()
    for category in CATEGORIES:
        length = timedelta(minutes=catalogue.group(OFFICE, category).minutes)
        for slot in (slot for slot in before[category] if slot[-12:-4] == day):
            start = time(int(slot[-4:-2]), int(slot[-2:]))
            until = f"{at(DAY, start) + length:%H%M}"
            within = category == part.get("category", category)
            if within and slot[-4:] < end and begin < until:
                closed.add(slot)
        own = [slot for slot in before[category] if slot[-12:-4] == day]
        for slot in (own[0], own[3], own[-1]):
            made = book(chief, category, slot)
            assert made.status == 201, made.body
            booked[made.json()["appointment_id"]] = slot
            expected |= {made.json()["appointment_id"]} if slot in closed else set()
    version = chief.show()["version"]
    seen = post(chief, "?preview=true", **asked)
    assert seen.status == 200, seen.body
    assert {hit["appointment_id"] for hit in seen.json()["affected"]} == expected
    assert (chief.show()["version"], chief.show()["closures"]) == (version, [])
    assert {category: slots(chief, category) for category in CATEGORIES} == before
    answer = post(chief, **asked)
    assert answer.status == 201, answer.body
    assert {hit["appointment_id"] for hit in answer.json()["affected"]} == expected
    [told] = answer.json()["closures"]
    assert {name: told[name] for name in asked} == asked
    for category in CATEGORIES:
        shown = slots(chief, category)
        # Beside these, a seat is held for each whom it hit, by which a slot may be full.
        assert shut_in(shown) == shut_in(before[category]) | (closed & shown.keys())
        assert shown.keys() == before[category].keys()
        shut = next((slot for slot in shown if slot in closed), None)
        if shut:
            assert (book(chief, category, shut).status, book(chief, category, shut).code) == (
                409,
                "slot_closed",
            )
    path = chief.closure(answer)
    assert chief.client.send("DELETE", path, token=chief.token).json()["affected"] == []
    for category in CATEGORIES:
        assert shut_in(slots(chief, category)) == shut_in(before[category])


def shut_in(states: dict[str, str]) -> set[str]:
    return {slot for slot, state in states.items() if state == "closed"}


def test_a_closed_afternoon_is_no_strike(chief: Chief, clock: TestClock) -> None:
    slot = [slot for slot in chief.states() if slot.endswith("1630")][1]
    day = datetime.strptime(slot[-12:-4], "%Y%m%d").replace(tzinfo=OFFICE_ZONE)
    booked = book(chief, "identity", slot).json()["appointment_id"]
    morning = book(chief, "identity", f"{slot[:-4]}0900").json()["appointment_id"]
    ends = {"from": str(day.date()), "to": str(day.date()), "from_time": "12:00"}
    assert post(chief, **ends, reason="台风").status == 201
    for office in catalogue.current().offices:
        days = 1 if office == OFFICE else -99
        storage.set_closed_until(office, f"{day - timedelta(days=days):%Y%m%d}")
    evening = day + timedelta(days=1, hours=1)
    clock.set(evening)
    chief.token = chief.log_in()
    release.release_expired(evening)
    found, came_not = storage.load(booked), storage.load(morning)
    assert found
    assert came_not
    assert (found.status, storage.load_guard(found.person).no_shows) == ("cancelled", frozenset())
    assert storage.load_entries(booked)[-1].data["closure"] == "台风"
    # Who had the morning, when the hall was open, did not come.
    assert came_not.status == "no_show"


IMPOSSIBLE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"from_time": "14:00", "to_time": "09:00"}, "/to_time"),
    ({"from_time": "14:00", "to_time": "14:00"}, "/to_time"),
    ({"to_time": "00:00"}, "/to_time"),
    ({"from_time": "24:00"}, "/from_time"),
    ({"from_time": "9:00"}, "/from_time"),
    ({"to_time": "noon"}, "/to_time"),
    ({"to_time": 12}, "/to_time"),
    ({"category": "nothing"}, "/category"),
    ({"from": "2027-03-04"}, "/to"),
    ({"from": "2025-03-04"}, "/to"),
    ({"reason": ""}, "/reason"),
)


def test_a_closure_that_cannot_be_is_refused_where_it_is_wrong(chief: Chief) -> None:
    for wrong, pointer in IMPOSSIBLE:
        for query in ("", "?preview=true"):
            answer = post(chief, query, **{"from": str(DAY), "to": str(DAY), **wrong})
            assert answer.status == 422, wrong
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer], wrong
    assert chief.show()["closures"] == []
    asked = {"from": str(DAY), "to": str(DAY + timedelta(days=1))}
    # On two days the morning of the second comes after the afternoon of the first.
    assert post(chief, "?preview=true", **asked, from_time="14:00", to_time="09:00").status == 200
    assert post(chief, "?preview=perhaps", **asked).code == "invalid_query"


@pytest.mark.parametrize(
    "other",
    [
        {"reason": "台风"},
        {"to": "2027-06-04"},
        {"from": "2027-06-02"},
        {"from_time": "12:00"},
        {"category": "family"},
        {"cancel_affected": True},
    ],
    ids=str,
)
def test_a_key_that_closed_a_hall_closes_it_in_no_other_way(
    chief: Chief, other: dict[str, Any]
) -> None:
    key, body = new_id(), {"from": "2027-06-03", "to": "2027-06-03"}
    made = post(chief, key=key, **body)
    refused = post(chief, key=key, **{**body, **other})
    assert (made.status, refused.status, refused.code) == (201, 422, "idempotency_key_reused")
    # Another closure since, and the first attempt's answer comes late.
    later = post(chief, **{**body, "category": "identity"}).json()["closures"]
    again = post(chief, key=key, **body)
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json()["closures"] == later
    assert later[0] == made.json()["closures"][0]


@pytest.mark.parametrize("more", [{}, {"from_time": "14:00", "category": "family"}], ids=str)
def test_a_time_is_closed_once(chief: Chief, more: dict[str, Any]) -> None:
    body = {"from": "2027-06-07", "to": "2027-06-08", **more}
    made = post(chief, **body)
    [closure] = made.json()["closures"]
    for other in ({}, {"reason": "台风"}, {"cancel_affected": True}):
        for query, status in (("", 201), ("?preview=true", 200)):
            again = post(chief, query, **{**body, **other})
            assert again.status == status
            assert again.json()["closures"] == [closure]
    assert chief.show()["closures"] == [closure]
    # A part of it is another time, and so is a time that was opened again.
    assert len(post(chief, **{**body, "to": "2027-06-07"}).json()["closures"]) == 2
    assert chief.client.send("DELETE", chief.closure(made), token=chief.token).status == 200
    assert len(post(chief, **body).json()["closures"]) == 2


def test_a_retry_does_not_close_again_what_was_opened_since(chief: Chief) -> None:
    key, body = new_id(), {"from": "2027-06-04", "to": "2027-06-04"}
    made = post(chief, key=key, **body)
    path = chief.closure(made)
    assert chief.client.send("DELETE", path, token=chief.token).status == 200
    assert post(chief, key=key, **body).code == "not_found"
    other = post(chief, key=key, **{**body, "to": "2027-06-05"})
    assert other.code == "idempotency_key_reused"
    assert chief.show()["closures"] == []
    assert post(chief, **body).status == 201


def test_a_change_of_hours_can_be_seen_before_it_is_made(chief: Chief) -> None:
    states = chief.states()
    late = next(slot for slot, state in states.items() if slot.endswith("1630") and state == "open")
    _, hit = chief.book(late)
    before, states = chief.show(), chief.states()
    hours: dict[str, Any] = {"weekdays": [["09:00", "12:00"], ["13:30", "16:00"]]}
    for more in (hours, {"counters": {"identity": 0}}, {**hours, "cancel_affected": True}):
        with metered() as cost:
            seen = chief.put("?preview=true", **more)
        assert (seen.status, cost.wcu) == (200, 0), seen.body
        assert [one["appointment_id"] for one in seen.json()["affected"]] == [hit]
        assert (chief.show(), chief.states()) == (before, states)
    answer = chief.put(**hours)
    assert [one["appointment_id"] for one in answer.json()["affected"]] == [hit]
