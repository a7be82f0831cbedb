"""A hall's timetable is changed: slots follow, bookings that no longer fit are named."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.booking_limits import CHANGES_A_DAY
from chalicelib.appointments.domain.slots import SlotKey
from chalicelib.appointments.jobs import release
from chalicelib.appointments.service import timetable
from chalicelib.appointments.storage._records import GuardRecord
from chalicelib.appointments.storage.booking_limits import guard_record
from chalicelib.catalogue import service as catalogue
from chalicelib.core import dependencies
from chalicelib.core.clock import OFFICE_ZONE, office_time
from tests.appointments.world import OFFICE, Chief
from tests.support.clock import TestClock
from tests.support.people import log_in

pytestmark = pytest.mark.usefixtures("as_it_was")


def test_an_earlier_evening_names_whom_it_hits(chief: Chief) -> None:
    states = chief.states()
    late = next(slot for slot, state in states.items() if slot.endswith("1630") and state == "open")
    me, hit = chief.book(late)
    answer = chief.put(weekdays=[["09:00", "12:00"], ["13:30", "16:00"]])
    assert answer.status == 200, answer.body
    assert [found["appointment_id"] for found in answer.json()["affected"]] == [hit]
    assert chief.states()[late] == "closed"
    assert chief.client.get(f"/v1/appointments/{hit}", token=me.token).json()["status"] == "booked"
    refused = chief.client.post(
        "/v1/appointments",
        {"service_id": "id-card-renewal", "office_id": OFFICE, "slot_id": late},
        token=log_in(chief.client).token,
    )
    assert refused.code == "slot_closed"
    again = chief.put(weekdays=[["09:00", "12:00"], ["13:30", "17:00"]])
    assert again.json()["affected"] == []
    assert chief.states() == states


def test_fewer_counters_keep_the_seats_that_are_taken(chief: Chief) -> None:
    slot = next(slot for slot, state in chief.states().items() if state == "open")
    capacity = catalogue.group(OFFICE, "identity").capacity
    assert capacity > 1
    booked = {chief.book(slot)[1] for _ in range(capacity)}
    answer = chief.put(counters={"identity": 1}).json()
    hit = {found["appointment_id"] for found in answer["affected"]}
    assert len(hit) == capacity - 1
    assert hit < booked
    assert answer["counters"]["identity"] == 1
    assert answer["counters"]["transport"] > 0
    assert chief.states()[slot] == "full"


@pytest.mark.parametrize("morning", [["08:50", "12:00"], ["08:12", "12:20"], ["09:10", "12:00"]])
def test_other_hours_move_only_those_whose_time_is_over(chief: Chief, morning: list[str]) -> None:
    free = [slot for slot, state in chief.states().items() if state == "open"]
    early = [slot for slot in free if slot.endswith(("0900", "0915", "0920"))]
    booked = {chief.book(slot)[1]: slot for slot in (*early[:3], free[-1])}
    answer = chief.put(weekdays=[morning, ["13:30", "17:00"]]).json()
    opens = morning[0].replace(":", "")
    gone = {one for one, slot in booked.items() if slot[-4:] < opens}
    assert {found["appointment_id"] for found in answer["affected"]} == gone
    assert not oversold()
    # Back again, and with what is open now nobody is moved either.
    back = chief.put(weekdays=[["09:00", "12:00"], ["13:30", "17:00"]]).json()
    assert back["affected"] == []
    assert not oversold()


def oversold() -> list[str]:
    """Return the identity slots at whose beginning more can sit than there are counters."""
    capacity = catalogue.group(OFFICE, "identity").capacity
    slots = storage.load_slots(OFFICE, "identity", "2", "3", consistent=True)

    def there(at: datetime) -> int:
        return sum(
            max(len(s.seats), 0 if s.closed else s.capacity)
            for s in slots
            if s.key.start <= at < s.end
        )

    return [slot.key.slot_id for slot in slots if there(slot.key.start) > capacity]


@pytest.mark.parametrize(("many", "few"), [(33, 2), (40, 0), (64, 33)])
def test_counters_that_go_take_their_seats_along(chief: Chief, many: int, few: int) -> None:
    before = chief.show()["counters"]
    slot = next(slot for slot, state in chief.states().items() if state == "open")
    chief.put(counters={"identity": many})
    booked = [chief.book(slot)[1] for _ in range(3)]
    hit = chief.put(counters={"identity": few}).json()["affected"]
    assert {found["appointment_id"] for found in hit} <= set(booked)
    assert len(hit) == max(0, 3 - few)
    if few:
        shown = chief.slot(slot)
        assert (shown["capacity"], shown["remaining"]) == (few, max(0, few - 3))
        assert (shown["state"] == "full") == (few <= 3)
        for _ in range(min(3, shown["remaining"])):
            chief.book(slot)
    board = f"{chief.path}/appointments?date={slot[-12:-8]}-{slot[-8:-6]}-{slot[-6:-4]}&limit=100"
    seen = chief.client.get(board, token=chief.token).json()["items"]
    assert set(booked) <= {found["appointment_id"] for found in seen}
    chief.put(counters=before)
    assert chief.slot(slot)["capacity"] == before["identity"]


def test_a_booking_of_counters_that_are_gone_is_not_lost(chief: Chief) -> None:
    first, second = [slot for slot, state in chief.states().items() if state == "open"][-2:]
    me, booked = chief.book(first)
    chief.put(counters={"identity": 0})
    path = f"/v1/appointments/{booked}"
    moved = chief.client.post(f"{path}/reschedule", {"slot_id": second}, token=me.token)
    assert (moved.status, moved.code) == (409, "slot_closed")
    assert chief.client.get(path, token=me.token).json()["status"] == "booked"


@pytest.mark.parametrize(("gap", "back"), [(1, False), (12, True)])
def test_every_booking_of_a_day_is_closed(
    chief: Chief, clock: TestClock, gap: int, *, back: bool
) -> None:
    counters = chief.show()["counters"]
    slot = [slot for slot, state in chief.states().items() if state == "open"][-1]
    me, booked = chief.book(slot)
    came_to = datetime.strptime(slot[-12:-4], "%Y%m%d").replace(tzinfo=OFFICE_ZONE)
    for office in catalogue.current().offices:
        days = 1 if office == OFFICE else -99
        storage.set_closed_until(office, f"{came_to - timedelta(days=days):%Y%m%d}")
    chief.put(counters={"identity": 0})
    clock.set(came_to + timedelta(days=gap, hours=1))
    chief.token = chief.log_in()
    chief.put(counters=counters if back else {"identity": 0})
    release.release_expired(came_to + timedelta(days=gap, hours=1))
    found = storage.load(booked)
    assert found
    # The hall took the time away: that is no strike.
    assert found.status == "cancelled"
    guard = storage.load_guard(found.person)
    assert (guard.services, guard.no_shows) == (frozenset(), frozenset())
    assert storage.closed_until(OFFICE) == f"{came_to + timedelta(days=gap - 1):%Y%m%d}"
    assert me.citizen_id == found.citizen_id


def test_the_days_of_a_hall_that_left_the_catalogue_are_closed(
    chief: Chief, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = next(slot for slot, state in chief.states().items() if state == "open")
    _, booked = chief.book(slot)
    came_to = datetime.strptime(slot[-12:-4], "%Y%m%d").replace(tzinfo=OFFICE_ZONE)
    known = catalogue.current()
    for office in known.offices:
        days = 1 if office == OFFICE else -99
        storage.set_closed_until(office, f"{came_to - timedelta(days=days):%Y%m%d}")
    release.release_expired(chief.now)
    offices = {name: office for name, office in known.offices.items() if name != OFFICE}
    evening = came_to + timedelta(days=1, hours=1)
    clock.set(evening)
    with monkeypatch.context() as patch:
        without = replace(known, offices=offices)
        patch.setattr(catalogue, "current", lambda: without)
        for _ in range(2):
            release.release_expired(evening)
    found = storage.load(booked)
    assert found
    assert (found.status, storage.closed_until(OFFICE)) == ("cancelled", f"{came_to:%Y%m%d}")
    # Nobody could come, so nobody has a strike, and the time is theirs again.
    guard = storage.load_guard(found.person)
    assert (guard.services, guard.times, guard.no_shows) == (frozenset(),) * 3
    chief.token = chief.log_in()


def test_a_closure_can_cancel_and_frees_the_seats(chief: Chief) -> None:
    slot = list(chief.states(1))[-1]
    me, hit = chief.book(slot)
    answer = chief.close(0, 1, "closing-once", cancel_affected=True)
    assert answer.status == 201, answer.body
    assert [found["appointment_id"] for found in answer.json()["affected"]] == [hit]
    again = chief.close(0, 1, "closing-once", cancel_affected=True)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(again.json()["closures"]) == 1
    seen = chief.client.get(f"/v1/appointments/{hit}", token=me.token).json()
    assert seen["status"] == "cancelled"
    assert set(chief.states(1).values()) == {"closed"}
    office = chief.client.get(f"/v1/offices/{OFFICE}").json()
    assert office["today"]["state"] == "closed"
    path = chief.closure(answer)
    assert chief.client.send("DELETE", path, token=chief.token).json()["closures"] == []
    assert chief.states(1)[slot] == "open"
    assert chief.client.send("DELETE", path, token=chief.token).status == 404


def test_two_who_change_at_once_see_each_other(chief: Chief) -> None:
    version = chief.show()["version"]
    assert chief.put(counters={"identity": 1}, version=version).status == 200
    stale = chief.put(counters={"identity": 2}, version=version)
    assert (stale.status, stale.code) == (409, "stale_version")
    whole = chief.client.get(f"/v1/admin/audit/{OFFICE}/verify", token=chief.token).json()
    assert (whole["whole"], whole["entries"]) == (True, version + 1)


IMPOSSIBLE: tuple[dict[str, Any], ...] = (
    {"weekdays": [["12:00", "09:00"]]},
    {"weekdays": [["09:00", "12:00"], ["11:00", "13:00"]]},
    {"weekdays": [["9:00", "12:00"]]},
    {"weekdays": [["09:00"]]},
    {"counters": {"identity": -1}},
    {"counters": {"nothing": 1}},
    {"counters": {"identity": 10**9}},
    {"nothing": []},
)


def test_a_timetable_that_cannot_be_is_refused(chief: Chief) -> None:
    before = chief.show()
    assert {str(one): chief.put(**one).status for one in IMPOSSIBLE} == {
        str(one): 422 for one in IMPOSSIBLE
    }
    assert chief.show() == before


def test_a_closure_that_cannot_be_is_refused(chief: Chief) -> None:
    assert chief.close(3, 1).status == 422
    assert chief.close(0, 400).status == 422


def test_new_slots_keep_closed_days_closed(chief: Chief) -> None:
    assert chief.close(2, 3).status == 201
    office, group = catalogue.office(OFFICE), catalogue.group(OFFICE, "identity")
    days = {
        date.fromisoformat(slot.key.stamp[:8])
        for slot in timetable.slots_of(office, group, chief.now.date())
    }
    assert (chief.now + timedelta(days=2)).date() not in days
    assert (chief.now + timedelta(days=4)).date() in days


def test_many_counters_are_split_into_shards(chief: Chief) -> None:
    slot = next(slot for slot, state in chief.states().items() if state == "open")
    assert chief.put(counters={"identity": 70}).status == 200
    found = chief.client.get(
        f"/v1/offices/{OFFICE}/availability?service_id=id-card-renewal&days=7"
    ).json()["days"]
    shown = {s["slot_id"]: s for day in found for s in day["slots"]}[slot]
    assert shown["capacity"] == 70
    key = SlotKey(OFFICE, "identity", datetime.fromisoformat(shown["start"]))
    shards = storage.load_slots(OFFICE, "identity", key.stamp, f"{key.stamp}~")
    assert sorted(shard.capacity for shard in shards) == [6, 32, 32]


@pytest.mark.parametrize("how", ["closed", "shorter"])
def test_a_move_that_the_hall_asks_for_does_not_count(chief: Chief, how: str) -> None:
    open_ = [slot for slot, state in chief.states().items() if state == "open"]
    late = next(slot for slot in open_ if slot.endswith("1630"))
    others = [slot for slot in open_ if slot[-12:-4] != late[-12:-4] and slot[-4:] < "1600"]
    me, made = chief.book(late)
    if how == "closed":
        number = (date.fromisoformat(late[-12:-4]) - chief.now.date()).days
        assert chief.close(number, number).status == 201
    else:
        assert chief.put(weekdays=[["09:00", "12:00"], ["13:30", "16:00"]]).status == 200
    day = f"{office_time(dependencies.clock().now()):%y%m%d}"
    used_up = {f"{day}{number:08}" for number in range(CHANGES_A_DAY)}
    guard_record(me.citizen_id).update([GuardRecord.changes.set(used_up)])
    path = f"/v1/appointments/{made}/reschedule"
    moved, again = (
        chief.client.post(path, {"slot_id": slot}, token=me.token) for slot in others[:2]
    )
    assert (moved.status, again.status, again.code) == (200, 429, "too_many_changes")
    assert storage.load_guard(me.citizen_id).changes == used_up
