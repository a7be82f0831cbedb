"""Reminders: the evening before and two hours before, once, and only for what still holds."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.appointments.domain.appointments import Appointment
from chalicelib.appointments.domain.slots import parse_slot_id
from chalicelib.core import tables
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from chalicelib.notifications import jobs, service, storage
from chalicelib.notifications.domain import Due, due_at
from tests.appointments.world import book, new_slot
from tests.notifications.world import Platforms, act, events_of, inbox, person, subscribe
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen


def booked(client: ApiClient, me: Citizen, slot: str | None = None) -> Appointment:
    """Book a week ahead or more, and let the event be worked on."""
    made = book(client, me, slot or new_slot(hours=24 * 7)).json()
    for event in events_of(made["appointment_id"]):
        service.on_event(event, MONDAY)
    found = appointments.load(made["appointment_id"])
    assert found
    return found


def earlier_and_later() -> tuple[str, str]:
    """Make two slots at least two days apart."""
    slots = sorted((new_slot(hours=24 * 7) for _ in range(3)), key=lambda slot: slot[-12:])
    keys = [parse_slot_id(slots[0]), parse_slot_id(slots[-1])]
    assert keys[0]
    assert keys[1]
    assert keys[1].start - keys[0].start > timedelta(days=2)
    return slots[0], slots[-1]


def evening(found: Appointment) -> datetime:
    return due_at("reminder_day_before", found.appointment_id, found.start)


def reminders(client: ApiClient, me: Citizen) -> list[str]:
    names = [notice["event"] for notice in inbox(client, me.citizen_id)]
    return [name.rpartition("_")[2] for name in names if "reminder" in name]


def planned(me: Citizen) -> int:
    due = storage.list_due(MONDAY + timedelta(days=4000), 10_000)
    return sum(one.citizen_id == me.citizen_id for one in due)


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_both_are_sent_once_when_they_are_due(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, account = person()
    subscribe(client, me.citizen_id, "reminder", 5)
    found = booked(client, me)
    at = evening(found)
    assert office_time(at).date() == office_time(found.start).date() - timedelta(days=1)
    assert "18:00" <= f"{office_time(at):%H:%M}" <= "18:29"
    functions.run("send_reminders", at - timedelta(seconds=1))
    assert reminders(client, me) == []
    for _ in range(2):
        functions.run("send_reminders", at)
    assert reminders(client, me) == ["before"]
    for late in (-1, 0, 60):
        functions.run("send_reminders", found.start - timedelta(hours=2) + timedelta(seconds=late))
    assert reminders(client, me) == ["hours", "before"]
    [second, first] = phones.shown(account)
    assert first.data["thing4"] == "带原居民身份证、近期免冠照片"
    assert second.template == "stand-in-wechat-reminder"
    assert planned(me) == 0


def test_an_erasure_in_the_same_process_changes_nothing_for_others(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    # The record of any kind, which erasing asks for, is the base of the others.
    storage.erase("nobody00")
    me, _ = person()
    found = booked(client, me)
    functions.run("send_reminders", evening(found))
    assert reminders(client, me) == ["before"]


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_a_cancelled_one_is_not_reminded_of(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, _ = person()
    found = booked(client, me)
    act(client, me, {"appointment_id": found.appointment_id}, "cancel")
    # The event of the cancellation is still on its way.
    functions.run("send_reminders", evening(found))
    functions.run("send_reminders", found.start - timedelta(hours=1))
    assert reminders(client, me) == []
    assert planned(me) == 0


@pytest.mark.parametrize("order", [1, -1])
def test_a_moved_one_is_reminded_of_at_its_new_time(
    client: ApiClient, phones: Platforms, morning: TestClock, order: int
) -> None:
    me, _ = person()
    first, second = earlier_and_later()
    made = book(client, me, first).json()
    old = appointments.load(made["appointment_id"])
    act(client, me, made, "reschedule", slot_id=second)
    for event in events_of(made["appointment_id"])[::order]:
        service.on_event(event, MONDAY)
    new = appointments.load(made["appointment_id"])
    assert old
    assert new
    for moment in (evening(old), old.start - timedelta(hours=1)):
        functions.run("send_reminders", moment)
    assert reminders(client, me) == []
    functions.run("send_reminders", evening(new))
    assert reminders(client, me) == ["before"]


def test_a_move_that_nobody_told_of_yet_sends_nothing_wrong(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, _ = person()
    first, second = earlier_and_later()
    found = booked(client, me, first)
    moved = {"appointment_id": found.appointment_id}
    act(client, me, moved, "reschedule", slot_id=second)
    functions.run("send_reminders", evening(found))
    assert reminders(client, me) == []
    for event in events_of(found.appointment_id):
        service.on_event(event, evening(found))
    assert planned(me) == 2


def test_what_is_over_when_it_is_booked_is_not_planned(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, _ = person()
    made = book(client, me, new_slot()).json()
    found = appointments.load(made["appointment_id"])
    assert found
    [event] = events_of(found.appointment_id)
    late = found.start - timedelta(minutes=90)
    service.on_event(replace(event, at=late.isoformat()), late)
    assert planned(me) == 0


def test_what_came_due_while_the_event_was_on_its_way_is_still_told(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, _ = person()
    made = book(client, me, new_slot(hours=24 * 7)).json()
    found = appointments.load(made["appointment_id"])
    assert found
    late = evening(found) + timedelta(hours=1)
    for event in events_of(found.appointment_id):
        service.on_event(event, late)
    functions.run("send_reminders", late)
    assert reminders(client, me) == ["before"]


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_a_run_that_comes_too_late_reminds_of_nothing(
    client: ApiClient, phones: Platforms, morning: TestClock, lines: list[dict[str, Any]]
) -> None:
    me, _ = person()
    found = booked(client, me)
    functions.run("send_reminders", evening(found) - timedelta(minutes=1))
    lines.clear()
    functions.run("send_reminders", found.start + timedelta(minutes=1))
    assert reminders(client, me) == []
    assert planned(me) == 0
    # Each is counted, for an alarm.
    assert sum(one.get("dropped", 0) for one in lines) == 2


def test_a_platform_in_trouble_is_asked_again_and_stops_nobody_else(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    (me, mine), (other, others) = person(), person()
    subscribe(client, me.citizen_id, "reminder", 5)
    subscribe(client, other.citizen_id, "reminder", 5)
    slot = new_slot(hours=24 * 7)
    first, second = booked(client, me, slot), booked(client, other, slot)
    moment = max(evening(first), evening(second))
    phones.mode("wechat", "busy")
    functions.run("send_reminders", moment)
    assert phones.shown(mine) == phones.shown(others) == []
    assert reminders(client, me) == reminders(client, other) == ["before"]
    phones.mode("wechat", "normal")
    functions.run("send_reminders", moment + timedelta(minutes=1))
    assert len(phones.shown(mine)) == len(phones.shown(others)) == 1


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_a_run_tells_all_that_is_due_and_reads_on_beyond_what_cannot_be_told(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Before all others; one of each bucket is read at a time.
    long_ago, citizen = MONDAY - timedelta(days=5000), new_id(8)
    monkeypatch.setattr(jobs, "_OF_A_BUCKET", 1)
    due = [Due(citizen, citizen + new_id(8), "reminder_day_before", long_ago) for _ in range(16)]
    for one in due:
        storage.plan_reminder(one, 1, MONDAY)
    unreadable = due[::4]
    database: Any = tables.client()
    for one in unreadable:
        item = {"pk": {"S": f"C#{citizen}"}, "sk": {"S": f"A#{one.appointment_id}"}}
        database.put_item(TableName="onetrip-appointments", Item=item)
    assert jobs.send_due_reminders(long_ago, seconds=0) == 0
    assert {*storage.list_due(long_ago, 100)} == {*due}
    # Of the others nothing is to be told: there is no such appointment.
    assert jobs.send_due_reminders(long_ago) == 0
    assert {*storage.list_due(long_ago, 100)} == {*unreadable}
    for one in unreadable:
        storage.forget_reminder(one)
        key = {"pk": {"S": f"C#{citizen}"}, "sk": {"S": f"A#{one.appointment_id}"}}
        database.delete_item(TableName="onetrip-appointments", Key=key)
