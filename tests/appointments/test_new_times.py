"""A hall that cannot keep what was booked asks for a new time, and holds one."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.appointments import (
    AppointmentStatus,
)
from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.appointments.jobs import release
from chalicelib.appointments.service import new_times, timetable_effects
from chalicelib.catalogue import service as catalogue
from chalicelib.core.errors import TryAgain
from tests.appointments.made import DAY, NINE, booked, key
from tests.appointments.world import OFFICE, Chief
from tests.support.clock import TestClock
from tests.support.people import Citizen

S = AppointmentStatus
pytestmark = pytest.mark.usefixtures("as_it_was")


def taken(chief: Chief, days: int, number: int = 0) -> tuple[Citizen, str, str]:
    """Book a free time of the first open day in some days; return who, what and the slot."""
    day = f"{(chief.now + timedelta(days=days)).date():%Y%m%d}"
    free = [slot for slot, state in chief.states(9).items() if state == "open"]
    later = sorted(slot for slot in free if slot.rpartition(".")[2] >= day)
    me, mine = chief.book(later[number])
    return me, mine, later[number]


def day_of(chief: Chief, slot_id: str) -> tuple[int, int]:
    """Return in how many days a slot is, as the first and last day of a closure."""
    slot = parse_slot_id(slot_id)
    assert slot
    count = (slot.day - chief.now.date()).days
    return count, count


def shown(chief: Chief, me: Citizen, appointment_id: str) -> Any:
    return chief.client.get(f"/v1/appointments/{appointment_id}", token=me.token).json()


def move(chief: Chief, me: Citizen, appointment_id: str, slot_id: str) -> Any:
    path = f"/v1/appointments/{appointment_id}/reschedule"
    return chief.client.post(path, {"slot_id": slot_id}, token=me.token)


def seats_of(slot_id: str, appointment_id: str) -> list[str]:
    slot = parse_slot_id(slot_id)
    assert slot
    shards = storage.load_slots(slot.office_id, slot.category, slot.stamp, f"{slot.stamp}~")
    return [one for shard in shards for one in shard.seats if one.startswith(appointment_id)]


def test_who_is_hit_is_offered_three_times_of_which_one_is_held(chief: Chief) -> None:
    me, mine, lost = taken(chief, 3)
    assert shown(chief, me, mine)["needs_new_time"] is None
    day = str((chief.now + timedelta(days=day_of(chief, lost)[0])).date())
    path = f"{chief.path}/closures?preview=true"
    body = {"from": day, "to": day, "reason": "台风停办"}
    asked = chief.client.post(path, body, token=chief.token)
    assert [one["appointment_id"] for one in asked.json()["affected"]] == [mine]
    assert shown(chief, me, mine)["needs_new_time"] is None
    assert chief.close(*day_of(chief, lost), reason="台风停办").status == 201
    offered = shown(chief, me, mine)["needs_new_time"]
    assert offered["reason"] == "台风停办"
    times = offered["alternatives"]
    assert len({one["slot_id"] for one in times}) == 3
    assert {one["office_id"] for one in times} == {OFFICE}
    assert all(one["start"] > offered["move_by"] for one in times)
    assert lost not in [one["slot_id"] for one in times]
    assert [len(seats_of(one["slot_id"], mine)) for one in times] == [1, 0, 0]
    # Asked again, nobody is told twice, and the seat stays through every sweep.
    version = shown(chief, me, mine)["version"]
    assert chief.close(*day_of(chief, lost), reason="再次").status == 201
    assert shown(chief, me, mine)["version"] == version
    later = chief.now + timedelta(minutes=10)
    release.release_expired(later)
    assert seats_of(times[0]["slot_id"], mine)


def test_who_has_the_shortest_notice_is_told_first(
    chief: Chief, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[datetime] = []
    monkeypatch.setattr(new_times, "_ask", lambda _by, one, *_: told.append(one.start))
    visits = [booked(slot=replace(key(), start=NINE + days * DAY)) for days in (5, 1, 3)]
    new_times.ask("system:test", visits, catalogue.office(OFFICE), chief.now)
    assert told == [NINE + days * DAY for days in (1, 3, 5)]


@pytest.mark.parametrize("choice", [0, 1])
def test_one_tap_moves_and_frees_what_was_held(chief: Chief, choice: int) -> None:
    me, mine, lost = taken(chief, 3)
    chief.close(*day_of(chief, lost))
    times = [one["slot_id"] for one in shown(chief, me, mine)["needs_new_time"]["alternatives"]]
    moved = move(chief, me, mine, times[choice])
    assert (moved.status, moved.json()["slot_id"]) == (200, times[choice])
    assert moved.json()["needs_new_time"] is None
    assert [len(seats_of(one, mine)) for one in (lost, *times)] == [
        0, *(int(n == choice) for n in range(3)),
    ]  # fmt: skip
    assert storage.load_guard(me.citizen_id).changes
    marks = len(storage.load_guard(me.citizen_id).changes)
    assert marks == 1, "only the booking counts"


def test_whose_new_time_is_closed_too_is_offered_others(chief: Chief) -> None:
    me, mine, lost = taken(chief, 3)
    chief.close(*day_of(chief, lost))
    first = shown(chief, me, mine)["needs_new_time"]
    gone = [one["slot_id"] for one in first["alternatives"]]
    assert chief.close(*day_of(chief, gone[0])).status == 201
    refused = move(chief, me, mine, gone[0])
    assert (refused.status, refused.code) == (409, "slot_closed")
    then = shown(chief, me, mine)["needs_new_time"]
    times = [one["slot_id"] for one in then["alternatives"]]
    assert (then["move_by"], then["reason"]) == (first["move_by"], first["reason"])
    assert set(times).isdisjoint(gone)
    assert [len(seats_of(one, mine)) for one in (*gone, *times)] == [0, 0, 0, 1, 0, 0]
    # Both are told, and an alignment that comes again tells nobody once more.
    told = [one.type for one in storage.load_entries(mine)]
    assert told.count("appointment.new_time_needed") == 2
    timetable_effects.settle("system:test", catalogue.office(OFFICE), chief.now, cancel=False)
    assert [one.type for one in storage.load_entries(mine)] == told
    assert move(chief, me, mine, times[0]).json()["slot_id"] == times[0]


def test_a_held_seat_in_a_closed_slot_is_no_booking(
    chief: Chief, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, mine, lost = taken(chief, 3)
    chief.close(*day_of(chief, lost))
    held = shown(chief, me, mine)["needs_new_time"]["alternatives"][0]["slot_id"]
    # The closing stopped before it came to those who were asked.
    monkeypatch.setattr(new_times, "offer_others", lambda *_: None)
    chief.close(*day_of(chief, held))
    refused = move(chief, me, mine, held)
    assert (refused.status, refused.code) == (409, "slot_closed")
    assert shown(chief, me, mine)["slot_id"] == lost


def test_whoever_cancels_gives_the_held_seat_back(chief: Chief) -> None:
    me, mine, lost = taken(chief, 3)
    chief.close(*day_of(chief, lost))
    first = shown(chief, me, mine)["needs_new_time"]["alternatives"][0]["slot_id"]
    path = f"/v1/appointments/{mine}/cancel"
    done = chief.client.post(path, {}, token=me.token)
    assert (done.status, done.json()["needs_new_time"]) == (200, None)
    assert seats_of(first, mine) == []


def test_after_a_crash_the_sweep_brings_both_seats_back(
    chief: Chief, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.appointments.service import seats

    me, mine, lost = taken(chief, 3)
    chief.close(*day_of(chief, lost))
    times = [one["slot_id"] for one in shown(chief, me, mine)["needs_new_time"]["alternatives"]]

    def crash(*_: object) -> None:
        raise TryAgain(retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(seats, "release", crash)
        assert move(chief, me, mine, times[1]).status == 503
    assert seats_of(times[0], mine)
    release.release_expired(chief.now + timedelta(minutes=10))
    assert [len(seats_of(one, mine)) for one in (lost, *times)] == [0, 0, 1, 0]


def test_what_stays_unanswered_a_day_before_is_cancelled(chief: Chief) -> None:
    me, mine, lost = taken(chief, 3)
    chief.close(*day_of(chief, lost))
    offered = shown(chief, me, mine)["needs_new_time"]
    appointment = storage.load(mine)
    assert appointment
    assert appointment.new_time
    until = appointment.new_time.move_by
    assert until == appointment.start - timedelta(days=1)
    new_times.cancel_unanswered(OFFICE, until - timedelta(seconds=1))
    assert shown(chief, me, mine)["status"] == "booked"
    for _ in range(2):
        new_times.cancel_unanswered(OFFICE, until)
    ended = storage.load(mine)
    assert ended
    assert ended.status is S.CANCELLED
    facts = storage.load_entries(mine)[-1].data
    assert (facts["reason"], facts["closure"]) == ("hall_closed", "装修")
    assert seats_of(offered["alternatives"][0]["slot_id"], mine) == []


def test_a_closure_taken_back_lets_people_keep_their_time(chief: Chief) -> None:
    me, mine, lost = taken(chief, 3)
    closed = chief.closure(chief.close(*day_of(chief, lost)))
    first = shown(chief, me, mine)["needs_new_time"]["alternatives"][0]["slot_id"]
    back = chief.client.send("DELETE", closed, token=chief.token)
    assert back.status == 200
    kept = shown(chief, me, mine)
    assert (kept["needs_new_time"], kept["slot_id"], kept["status"]) == (None, lost, "booked")
    assert (seats_of(first, mine), len(seats_of(lost, mine))) == ([], 1)


def test_where_fewer_counters_remain_those_who_booked_last_move(
    chief: Chief, clock: TestClock
) -> None:
    assert chief.put(counters={"identity": 4}).status == 200
    first = taken(chief, 3)
    people = [first]
    for number in range(3):
        clock.set(chief.now + timedelta(minutes=number + 1))
        me, mine = chief.book(first[2])
        people.append((me, mine, first[2]))
    seen = chief.put(counters={"identity": 2}).json()["affected"]
    asked = [bool(shown(chief, me, mine)["needs_new_time"]) for me, mine, _ in people]
    assert asked == [False, False, True, True]
    assert {one["appointment_id"] for one in seen} == {mine for _, mine, _ in people[2:]}


def test_staff_see_who_has_answered_and_note_whom_they_called(chief: Chief) -> None:
    (me, moved, lost), (_, silent, _) = taken(chief, 3), taken(chief, 3, 1)
    chief.close(*day_of(chief, lost))
    times = shown(chief, me, moved)["needs_new_time"]["alternatives"]
    assert move(chief, me, moved, times[2]["slot_id"]).status == 200
    path = f"{chief.path}/new-times"
    items = chief.client.get(path, token=chief.token).json()["items"]
    assert {one["appointment_id"]: one["answer"] for one in items} == {moved: "moved", silent: None}
    assert lost in {one["lost_slot_id"] for one in items}
    phoned = f"/v1/admin/appointments/{silent}/phoned"
    for _ in range(2):
        assert chief.client.post(phoned, {}, token=chief.token).status == 200
    items = chief.client.get(path, token=chief.token).json()["items"]
    assert {one["appointment_id"]: bool(one["phoned_at"]) for one in items} == {
        moved: False, silent: True,
    }  # fmt: skip
    other = taken(chief, 1)[1]
    path = f"/v1/admin/appointments/{other}/phoned"
    assert chief.client.post(path, {}, token=chief.token).status == 404
    seen = chief.client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert {one["what"] for one in seen} == {f"appointment:{moved}"}
