"""What is told of appointments and cases, and whether a phone rings for it."""

from chalicelib.appointments import storage as appointments
from chalicelib.core.events import Event
from chalicelib.notifications import service
from tests.appointments.world import book, clerk, new_slot
from tests.cases.world import post
from tests.notifications.world import (
    Platforms,
    act,
    events_of,
    inbox,
    person,
    subscribe,
)
from tests.support.cases import lodge, verify, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock


def test_booking_and_moving_are_told_with_what_to_bring(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, account = person()
    subscribe(client, me.citizen_id, "appointment", 5)
    made = book(client, me, new_slot()).json()
    [booked] = events_of(made["appointment_id"])
    service.on_event(booked, MONDAY)
    [shown] = phones.shown(account)
    assert shown.data["phrase4"] == "预约成功"
    assert shown.data["thing3"] == "宁波市行政服务中心"
    [notice] = inbox(client, me.citizen_id)
    assert "原居民身份证、近期免冠照片" in notice["body"]
    act(client, me, made, "reschedule", slot_id=new_slot())
    for event in events_of(made["appointment_id"]):
        service.on_event(event, MONDAY)
    assert [one.data["phrase4"] for one in phones.shown(account)] == ["已改期", "预约成功"]
    assert len(inbox(client, me.citizen_id)) == 2


def test_late_news_stand_in_the_inbox_and_ring_no_phone(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, account = person()
    subscribe(client, me.citizen_id, "appointment", 5)
    made = book(client, me, new_slot()).json()
    act(client, me, made, "reschedule", slot_id=new_slot())
    act(client, me, made, "cancel")
    for event in reversed(events_of(made["appointment_id"])):
        service.on_event(event, MONDAY)
    assert [one.data["phrase4"] for one in phones.shown(account)] == ["已取消"]
    titles = {notice["title"] for notice in inbox(client, me.citizen_id)}
    assert titles == {"预约成功", "预约已改期", "预约已取消"}


def test_the_turn_is_told_with_ticket_and_counter(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, account = person()
    subscribe(client, me.citizen_id, "queue", 5)
    desk = clerk(client)
    made = book(client, me, new_slot(hours=0)).json()
    appointment = appointments.load(made["appointment_id"])
    assert appointment
    morning.set(appointment.start)
    desk = clerk(client)
    arrived = client.post(
        "/v1/admin/checkins", {"appointment_id": made["appointment_id"]}, token=desk
    )
    assert arrived.json()["result"] == "ok"
    path = "/v1/admin/offices/hall-330200/queue/next"
    called = client.post(path, {"counter": "07"}, token=desk).json()
    assert called["appointment_id"] == made["appointment_id"]
    event = events_of(made["appointment_id"])[-1]
    service.on_event(event, appointment.start)
    [shown] = phones.shown(account)
    assert (shown.data["character_string1"], shown.data["thing2"]) == (
        called["ticket_number"],
        "07",
    )
    # A walk-in has no account that could be told.
    walked = type(event)("w-abcdefgh", 1, event.type, event.at, "x", {})
    service.on_event(walked, appointment.start)


def test_a_case_is_told_step_by_step_and_late_steps_ring_no_phone(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, account = person()
    verify(client, me)
    subscribe(client, me.citizen_id, "case", 9)
    desk = worker(client)
    made = lodge(client, me).json()
    case_id = made["case_id"]
    service.on_event(events_of(case_id)[-1], MONDAY)
    walk(client, desk, case_id, "accept", "review", "approve", "issue", "complete")
    for event in events_of(case_id):
        service.on_event(event, MONDAY)
    assert [one.data["phrase2"] for one in phones.shown(account)] == ["已办结", "已提交"]
    told = [notice["event"] for notice in inbox(client, me.citizen_id)]
    assert sorted(told) == [
        "case.accepted", "case.approved", "case.completed", "case.issued", "case.submitted",
    ]  # fmt: skip
    assert post(client, me, f"/v1/cases/{case_id}/rating", {"score": 5}).status == 200


def test_a_refund_is_told_with_the_name_of_its_case(
    client: ApiClient, phones: Platforms, morning: TestClock
) -> None:
    me, account = person()
    verify(client, me)
    subscribe(client, me.citizen_id, "payment", 2)
    case_id = lodge(client, me, service="passport-issue").json()["case_id"]
    subject, at = f"{me.citizen_id}pay00001", MONDAY.isoformat()
    sums = {"amount": "16000", "currency": "cny"}
    about = {"case": case_id, **sums}
    refunded = Event(
        subject, 4, "payment.refund_succeeded", at, "system:x", {"case": case_id, **sums}
    )
    service.on_event(refunded, MONDAY)
    [shown] = phones.shown(account)
    assert shown.data["phrase2"] == "已退费"
    assert "护照" in shown.data["thing1"]
    made = book(client, me, new_slot()).json()
    about = {"appointment": made["appointment_id"], **sums}
    paid = Event(subject, 5, "payment.failed", at, "system:x", about)
    service.on_event(paid, MONDAY)
    assert phones.shown(account)[0].data == {
        "thing1": "居民身份证换领", "phrase2": "支付失败", "amount3": "¥160.00",
    }  # fmt: skip
