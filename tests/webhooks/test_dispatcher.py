"""Sending: in order, at least once, whatever the other side and our own processes do."""

import itertools
import logging
import threading
import time
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.cases import storage as cases_storage
from chalicelib.core import tables
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.deliveries import handlers, storage
from chalicelib.deliveries.couriers import jobs
from chalicelib.deliveries.couriers import storage as couriers_storage
from chalicelib.deliveries.couriers.domain import CourierState
from chalicelib.deliveries.couriers.handlers import send_messages
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.couriers.service.sending import SENDER
from chalicelib.deliveries.domain.delivery import DELIVERY_ID_LENGTH
from chalicelib.webhooks.domain.circuit_breaker import Health
from chalicelib.webhooks.domain.message import (
    SCHEDULE,
    AttemptResult,
    Message,
    MessageState,
    after,
    redacted,
)
from chalicelib.webhooks.providers import egress
from chalicelib.webhooks.service import circuit_breaker, dispatcher
from chalicelib.webhooks.service.attempt import ticking
from chalicelib.webhooks.service.circuit_breaker import CircuitBreaker
from chalicelib.webhooks.service.dispatcher import SendCounts
from tests.appointments.test_booking import HALL, at_once
from tests.deliveries.test_deliveries import admin, hired, me
from tests.deliveries.world import Hired, ask, hire, new_area, new_case, parcel, send
from tests.faults.test_poison import lines, poison, set_aside
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.faults import Crash, crash_after, cut_off
from tests.support.people import Citizen, log_in
from tests.webhooks.receiver import Receiver, answers, cut, takes

__all__ = ["admin", "hired", "lines", "me"]
SENT = MessageState.SENT


def only(subject: str, number: int = 1) -> Message:
    found = OUTBOX.load(subject, number)
    assert found
    return found


def open_alerts(hired: Hired) -> set[str]:
    """Return the codes of the hall's open alerts, all events of the courier followed."""
    for entry in couriers_storage.load_entries(hired.courier_id):
        handlers.follow_up(of_entry(entry), datetime.now(UTC))
    found = cases_storage.alerts_of(f"{hired.courier_id}@{HALL}")
    return {alert.code for alert in found if alert.cleared_at is None}


def ignore(_sent: SendCounts) -> None:
    """Let a thread have no answer."""


def later(**span: float) -> datetime:
    return datetime.now(UTC) + timedelta(**span)


@pytest.mark.parametrize(
    "play", [answers(500), answers(404), answers(302), cut], ids=["500", "404", "302", "cut"]
)
def test_what_was_not_taken_goes_again_by_the_schedule(
    client: ApiClient, me: Citizen, hired: Hired, play: object
) -> None:
    delivery = parcel(client, me, hired)
    hired.inbox.play = play  # type: ignore[assignment]
    moment = datetime.now(UTC)
    for tries, wait in enumerate(SCHEDULE[1:], 1):
        # The breaker holds back longer than the first waits are.
        moment = max(moment, only(delivery.delivery_id).due_at) + timedelta(minutes=16)
        assert send(hired, moment).failed == 1
        found = only(delivery.delivery_id)
        assert (found.tries, found.state) == (tries, MessageState.WAITING)
        pause = found.due_at - moment
        assert wait * 0.79 <= pause + timedelta(seconds=2)
        assert pause <= wait * 1.21 + timedelta(seconds=2)
        moment = found.due_at
    assert send(hired, moment + timedelta(minutes=16)).failed == 1
    assert only(delivery.delivery_id).state is MessageState.FAILED
    assert {got.message_id for got in hired.inbox.got} == {f"msg_{delivery.delivery_id}_1"}


def test_a_receiver_that_is_down_for_two_days_gets_all_in_order(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    parcels = [parcel(client, me, hired) for _ in range(3)]
    hired.inbox.play = answers(503)
    moment = datetime.now(UTC)
    until = moment + timedelta(days=2)
    while moment < until:
        send(hired, moment)
        moment += timedelta(minutes=47)
    for found in parcels:
        client.post(f"/v1/deliveries/{found.delivery_id}/cancel", {}, token=me.token)
    hired.inbox.play = takes
    before = len(hired.inbox.got)
    for _ in range(40):
        moment += timedelta(minutes=47)
        send(hired, moment)
    for found in parcels:
        arrived = [
            got.body["type"]
            for got in hired.inbox.got[before:]
            if got.body["data"]["delivery_id"] == found.delivery_id
        ]
        assert arrived == ["delivery.requested", "delivery.cancelled"]


def test_retry_after_is_obeyed_for_the_whole_courier(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    first, second = parcel(client, me, hired), parcel(client, me, hired)
    hired.inbox.play = answers(429, Retry_After="900")
    send(hired)
    asked = len(hired.inbox.got)
    assert asked <= 2
    hired.inbox.play = takes
    assert send(hired, later(minutes=14)).good == 0
    assert len(hired.inbox.got) == asked
    assert send(hired, later(minutes=16)).good == 2
    assert only(first.delivery_id).state is only(second.delivery_id).state is MessageState.SENT


def test_a_patient_run_waits_for_what_the_endpoint_asked_for(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    for _ in range(3):
        parcel(client, me, hired)

    def busy_at_first(number: int) -> tuple[int, dict[str, str], bytes]:
        return (429, {"Retry-After": "1"}, b"") if number == 1 else (200, {}, b"")

    hired.inbox.play = busy_at_first
    began = time.monotonic()
    # What was refused goes again by the schedule, in five seconds or so, within the same run.
    assert send(hired, patient=True) == SendCounts(good=3, failed=1)
    assert time.monotonic() - began >= 3
    assert len(hired.inbox.effects) == 3


def test_nobody_is_asked_before_the_time_that_an_endpoint_named() -> None:
    now = datetime(2026, 12, 1, 9, 0, 0, 900_000, tzinfo=UTC)
    for seconds in (1, 2, 900):
        wait = timedelta(seconds=seconds)
        opened = Health().after(now, timedelta(), good=False, hold=wait).open_until
        message = Message("s" * 20, 1, "c", "delivery.requested", now, "", now)
        tried = AttemptResult(now, 429, "", 1)
        due_at = after(message, tried, now, good=False, wait=wait, jitter=-0.2).due_at
        for moment in filter(None, (opened, due_at)):
            assert moment >= now + wait
            assert moment.microsecond == 0


def test_an_answer_that_was_on_its_way_does_not_undo_what_the_endpoint_asked_for() -> None:
    now = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    held = Health().after(now, timedelta(), good=False, hold=timedelta(seconds=90))
    good = held.after(now, timedelta(), good=True)
    assert (good.failures, good.open_until) == (0, now + timedelta(seconds=90))
    later_on = good.after(now + timedelta(seconds=91), timedelta(), good=True)
    assert later_on == Health()


def test_a_breaker_holds_back_and_staff_are_told(
    client: ApiClient, me: Citizen, hired: Hired
) -> None:
    for _ in range(7):
        parcel(client, me, hired)
    hired.inbox.play = answers(500)
    now = datetime.now(UTC)
    for minute in range(6):
        send(hired, now + timedelta(seconds=10 * minute))
    tried = len(hired.inbox.got)
    assert OUTBOX.load_health(hired.courier_id).troubled
    send(hired, now + timedelta(seconds=59))
    assert len(hired.inbox.got) == tried
    types = [entry.type for entry in couriers_storage.load_entries(hired.courier_id)]
    assert types.count("courier.troubled") == 1
    assert open_alerts(hired) == {"courier_not_answering"}
    hired.inbox.play = takes
    for minute in range(2, 40):
        send(hired, now + timedelta(minutes=minute))
    assert len(hired.inbox.effects) == 7
    assert couriers_storage.load_entries(hired.courier_id)[-1].type == "courier.recovered"
    assert open_alerts(hired) == set()


def test_gone_disables(client: ApiClient, me: Citizen, hired: Hired, admin: str) -> None:
    delivery = parcel(client, me, hired)
    hired.inbox.play = answers(410)
    send(hired)
    assert directory.find(hired.courier_id).state is CourierState.DISABLED
    hired.inbox.play = takes
    assert send(hired, later(hours=1)).good == 0
    assert ask(client, me, new_case(me), hired).code == "no_courier"
    path = f"/v1/admin/couriers/{hired.courier_id}"
    assert client.post(f"{path}/pause", {}, token=admin).code == "wrong_status"
    assert client.post(f"{path}/resume", {}, token=admin).json()["state"] == "active"
    assert send(hired, later(hours=1)).good == 1
    assert only(delivery.delivery_id).state is MessageState.SENT


def test_days_of_nothing_but_failure_disable(client: ApiClient, me: Citizen, hired: Hired) -> None:
    hired.inbox.play = answers(500)
    moment = datetime.now(UTC)
    for _ in range(6):
        parcel(client, me, hired)
        send(hired, moment)
        assert directory.find(hired.courier_id).state is CourierState.ACTIVE
        moment += timedelta(hours=23)
    moment += timedelta(hours=6)
    send(hired, moment)
    assert directory.find(hired.courier_id).state is CourierState.DISABLED


def test_two_workers_never_send_at_once(client: ApiClient, me: Citizen, hired: Hired) -> None:
    delivery = parcel(client, me, hired)
    client.post(f"/v1/deliveries/{delivery.delivery_id}/cancel", {}, token=me.token)
    at_once(8, lambda _: ignore(send(hired)))
    assert hired.inbox.types == ["delivery.requested", "delivery.cancelled"]


@pytest.mark.parametrize("calls", range(9))
def test_a_worker_that_is_killed_anywhere_loses_nothing(
    client: ApiClient, me: Citizen, hired: Hired, calls: int
) -> None:
    delivery = parcel(client, me, hired)
    client.post(f"/v1/deliveries/{delivery.delivery_id}/cancel", {}, token=me.token)
    tick = ticking(datetime.now(UTC))
    with suppress(Crash), crash_after(calls):
        dispatcher.send_subject(
            SENDER, delivery.delivery_id, CircuitBreaker(SENDER, hired.courier_id), tick
        )
    # A lease that was left behind ends within a minute.
    send(hired, later(seconds=61))
    arrived = list(hired.inbox.effects.values())
    assert [body["type"] for body in arrived] == ["delivery.requested", "delivery.cancelled"]
    assert [body["sequence"] for body in arrived] == [1, 2]
    assert only(delivery.delivery_id, 2).state is MessageState.SENT


@pytest.mark.parametrize("calls", range(9))
def test_a_run_that_is_killed_anywhere_loses_nothing(
    client: ApiClient, me: Citizen, hired: Hired, calls: int
) -> None:
    single, double = parcel(client, me, hired), parcel(client, me, hired)
    client.post(f"/v1/deliveries/{double.delivery_id}/cancel", {}, token=me.token)
    with suppress(Crash), crash_after(calls):
        send(hired)
    directory.forget()
    send(hired, later(seconds=61))
    arrived = [(b["data"]["delivery_id"], b["sequence"]) for b in hired.inbox.effects.values()]
    assert sorted(arrived) == sorted(
        [(single.delivery_id, 1), (double.delivery_id, 1), (double.delivery_id, 2)]
    )
    assert arrived.index((double.delivery_id, 1)) < arrived.index((double.delivery_id, 2))
    assert only(single.delivery_id).state is only(double.delivery_id, 2).state is SENT


def test_the_control_without_leases_sends_twice(
    client: ApiClient, me: Citizen, hired: Hired, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel(client, me, hired)
    gate = threading.Barrier(4)

    def no_lease(*_: object) -> bool:
        gate.wait(10)
        return True

    monkeypatch.setattr(OUTBOX, "lease", no_lease)
    at_once(4, lambda _: ignore(send(hired)))
    assert len(hired.inbox.got) > 1
    assert len(hired.inbox.effects) == 1


def test_a_secret_that_is_turned_in_mid_flight(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    parcel(client, me, hired)
    path = f"/v1/admin/couriers/{hired.courier_id}/rotate-secret"
    fresh = client.post(path, {}, token=admin).json()["secret"]
    assert fresh != hired.secret
    send(hired)
    hired.inbox.secret = fresh
    parcel(client, me, hired)
    send(hired)
    assert [got.verified for got in hired.inbox.got] == [True, True]
    for at, old_holds in ((later(hours=23, minutes=59), True), (later(hours=24, minutes=1), False)):
        directory.forget()
        live = directory.live_secrets(directory.find(hired.courier_id), at)
        assert live == ([fresh, hired.secret] if old_holds else [fresh])


def test_a_fresh_secret_signs_from_its_first_moment(
    client: ApiClient, hired: Hired, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another process saw the courier a moment before its secret was turned.
    before = {c.courier_id: c for c in directory.everyone()}
    path = f"/v1/admin/couriers/{hired.courier_id}/rotate-secret"
    fresh = client.post(path, {}, token=admin).json()["secret"]
    assert client.post(f"/v1/admin/couriers/{hired.courier_id}/ping", {}, token=admin).status == 202
    pinged = couriers_storage.load_entries(hired.courier_id)[-1]
    monkeypatch.setattr(directory._cache, "all", lambda: before)
    hired.inbox.secret = fresh
    send_messages(of_entry(pinged), datetime.now(UTC))
    assert [got.verified for got in hired.inbox.got] == [True]


def test_a_secret_is_told_once_and_kept_sealed(
    client: ApiClient, receiver: Receiver, admin: str
) -> None:
    area, key = new_area(), {"Idempotency-Key": "hire-once"}
    body = {
        "courier_id": f"c{area[-9:]}",
        "name": "x",
        "endpoint": f"{receiver.origin}/x",
        "division_codes": [area],
        "services": ["to_citizen"],
    }
    made = client.post("/v1/admin/couriers", body, token=admin, headers=key)
    again = client.post("/v1/admin/couriers", body, token=admin, headers=key)
    assert (made.status, again.status) == (201, 201)
    secret = made.json()["secret"]
    assert again.json() == {**made.json(), "secret": None}
    path = f"/v1/admin/couriers/{body['courier_id']}"
    turned = [
        client.post(
            f"{path}/rotate-secret", {}, token=admin, headers={"Idempotency-Key": "turned-1"}
        ).json()["secret"]
        for _ in range(2)
    ]
    assert (turned[0].startswith("whsec_"), turned[1]) == (True, None)
    listed = client.get("/v1/admin/couriers", token=admin).body
    database: Any = tables.client()
    kept = str(database.scan(TableName=storage.TABLE.name)["Items"])
    for told in (secret, turned[0]):
        assert told.removeprefix("whsec_") not in kept
        assert told.encode() not in listed


def test_messages_are_shown_replayed_and_recovered(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    hired.inbox.play = answers(500)
    began = datetime.now(UTC)
    parcels = [parcel(client, me, hired) for _ in range(3)]
    send(hired)
    path = f"/v1/admin/couriers/{hired.courier_id}"
    listed = client.get(f"{path}/messages", token=admin).json()["items"]
    assert {item["state"] for item in listed} == {"waiting"}
    assert {item["attempts"][0]["status"] for item in listed} == {500}
    assert "张小明" not in str(listed)
    hired.inbox.play = takes
    since = {"since": began.isoformat()}
    answer = client.post(f"{path}/recover", since, token=admin)
    assert (answer.status, answer.json()) == (202, {"recovered": 3, "more": False})
    assert client.post(f"{path}/recover", since, token=admin).json()["recovered"] == 0
    assert send(hired).good == 3
    message_id = f"msg_{parcels[0].delivery_id}_1"
    again = client.post(f"{path}/messages/{message_id}/replay", {}, token=admin)
    assert (again.status, again.json()["state"]) == (202, "waiting")
    assert send(hired).good == 1
    assert len(hired.inbox.effects) == 3
    unknown = f"{path}/messages/msg_{'x' * 20}_1/replay"
    assert client.post(unknown, {}, token=admin).status == 404


def pings(client: ApiClient, hired: Hired, admin: str) -> list[tuple[str, int | None]]:
    """Return what became of a courier's pings, in order."""
    path = f"/v1/admin/couriers/{hired.courier_id}/messages"
    listed = client.get(path, token=admin).json()["items"]
    inorder = sorted(listed, key=lambda one: one["sequence"])
    return [(one["state"], one["attempts"][0]["status"]) for one in inorder]


def ping(client: ApiClient, hired: Hired, admin: str) -> None:
    """Ping, and let the worker have the event."""
    path = f"/v1/admin/couriers/{hired.courier_id}/ping"
    assert client.post(path, {}, token=admin).status == 202
    directory.forget()
    pinged = couriers_storage.load_entries(hired.courier_id)[-1]
    send_messages(of_entry(pinged), datetime.now(UTC))


def test_a_ping_shows_that_the_way_is_open(client: ApiClient, hired: Hired, admin: str) -> None:
    ping(client, hired, admin)
    assert hired.inbox.types == ["delivery.ping"]
    assert pings(client, hired, admin) == [("sent", 200)]


def test_a_ping_tells_at_once_how_things_stand(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    hired.inbox.play = answers(410)
    parcel(client, me, hired)
    send(hired)
    directory.forget()
    assert directory.find(hired.courier_id).state is CourierState.DISABLED
    hired.inbox.play = answers(500)
    ping(client, hired, admin)
    hired.inbox.play = takes
    ping(client, hired, admin)
    # One that failed is not sent again, and holds back none that comes after it.
    assert pings(client, hired, admin)[:2] == [("waiting", 410), ("failed", 500)]
    assert hired.inbox.types == ["delivery.requested", "delivery.ping", "delivery.ping"]
    since = {"since": "2026-01-01T00:00:00Z"}
    path = f"/v1/admin/couriers/{hired.courier_id}/recover"
    assert client.post(path, since, token=admin).json()["recovered"] == 1


@pytest.mark.parametrize("way", ["recover", "replay"])
def test_what_waited_for_one_before_it_goes_as_soon_as_that_is_sent(
    client: ApiClient, me: Citizen, hired: Hired, admin: str, way: str
) -> None:
    hired.inbox.play = answers(500)
    delivery = parcel(client, me, hired)
    for hours in (0, 1, 7):
        send(hired, later(hours=hours))
    client.post(f"/v1/deliveries/{delivery.delivery_id}/cancel", {}, token=me.token)
    send(hired, later(hours=20))
    assert [m.due_at > later(hours=20) for m in OUTBOX.load_all(delivery.delivery_id)] == [
        True,
        True,
    ]
    hired.inbox.play = takes
    path = f"/v1/admin/couriers/{hired.courier_id}"
    if way == "recover":
        client.post(f"{path}/recover", {"since": "2026-01-01T00:00:00Z"}, token=admin)
    else:
        circuit_breaker.reset(OUTBOX, hired.courier_id)
        client.post(f"{path}/messages/msg_{delivery.delivery_id}_1/replay", {}, token=admin)
    assert send(hired).good == 2
    effects = [body["type"] for body in hired.inbox.effects.values()]
    assert effects == ["delivery.requested", "delivery.cancelled"]


def test_a_paused_courier_gets_nothing_until_it_is_resumed(
    client: ApiClient, me: Citizen, hired: Hired, admin: str
) -> None:
    parcel(client, me, hired)
    path = f"/v1/admin/couriers/{hired.courier_id}"
    client.post(f"{path}/pause", {}, token=admin)
    assert send(hired).good == 0
    assert hired.courier_id not in str(jobs.send_due(datetime.now(UTC)))
    client.post(f"{path}/resume", {}, token=admin)
    assert send(hired).good == 1


def test_a_slow_courier_slows_no_other(
    client: ApiClient, receiver: Receiver, admin: str, me: Citizen, hired: Hired
) -> None:
    quick, held = hire(client, receiver, admin), threading.Event()

    def slowly(_number: int) -> tuple[int, dict[str, str], bytes]:
        held.wait(8)
        return 200, {}, b""

    hired.inbox.play = slowly
    for _ in range(2):
        parcel(client, me, hired)
    delivery = parcel(client, log_in(client), quick)
    run = threading.Thread(target=jobs.send_due, args=(datetime.now(UTC),))
    run.start()
    for _ in range(100):
        if only(delivery.delivery_id).state is MessageState.SENT:
            break
        held.wait(0.05)
    assert only(delivery.delivery_id).state is MessageState.SENT
    assert run.is_alive()
    held.set()
    run.join()


@pytest.mark.parametrize("key", ["H#{courier}", "M#{courier}", "{delivery}"])
def test_a_courier_whose_messages_cannot_be_read_keeps_no_other_waiting(
    client: ApiClient,
    receiver: Receiver,
    admin: str,
    me: Citizen,
    hired: Hired,
    caplog: pytest.LogCaptureFixture,
    key: str,
) -> None:
    other = hire(client, receiver, admin)
    bad, good = parcel(client, me, hired), parcel(client, log_in(client), other)
    logger = logging.getLogger("onetrip")
    logger.addHandler(caplog.handler)
    try:
        with cut_off(key.format(courier=hired.courier_id, delivery=bad.delivery_id)):
            jobs.send_due(datetime.now(UTC))
    finally:
        logger.removeHandler(caplog.handler)
    assert only(good.delivery_id).state is SENT
    assert only(bad.delivery_id).state is MessageState.WAITING
    told = [vars(one) for one in caplog.records if getattr(one, "item", "") == hired.courier_id]
    assert [one["function"] for one in told] == ["send_courier_messages"]
    assert sum(getattr(one, "failed", 0) for one in caplog.records) == 1
    assert jobs.send_due(datetime.now(UTC)).good >= 1
    assert only(bad.delivery_id).state is SENT


@pytest.mark.parametrize("number", [1, 2])
def test_a_message_that_nobody_can_read_is_set_aside_and_the_others_go(
    client: ApiClient, me: Citizen, hired: Hired, lines: list[dict[str, Any]], number: int
) -> None:
    good = [parcel(client, me, hired).delivery_id for _ in range(3)]
    bad, now = new_id(DELIVERY_ID_LENGTH), datetime.now(UTC)
    lane = {"lane": f"M#{hired.courier_id}", "turn": f"1#{int(now.timestamp()) - 60:010}"}
    with poison(storage.TABLE.name, (f"C#{bad[:8]}", f"M#{bad}#{number:06}"), **lane):
        functions.call("send_courier_messages", {})
        named = set_aside(lines, "send_courier_messages")
    assert named == [bad]
    assert [only(delivery_id).state for delivery_id in good] == [SENT] * 3
    [counted] = [line for line in lines if "processed" in line]
    assert (counted["processed"] >= 3, counted["failed"]) == (True, 1)
    assert 0 <= counted["age"] < 120


def test_a_slow_courier_is_left_to_the_timer(client: ApiClient, me: Citizen, hired: Hired) -> None:
    moment = datetime.now(UTC)
    assert OUTBOX.store_health(hired.courier_id, Health(), Health(slow_until=later(minutes=5)))
    delivery = parcel(client, me, hired)
    for entry in storage.load_entries(delivery.delivery_id):
        send_messages(of_entry(entry), moment)
    assert hired.inbox.types == []
    assert send(hired).good == 1


def test_no_request_of_ours_waits_for_a_courier(
    client: ApiClient, me: Citizen, hired: Hired, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(egress, "post", never)
    delivery = parcel(client, me, hired)
    path, account = (
        f"/v1/deliveries/{delivery.delivery_id}",
        f"/v1/admin/couriers/{hired.courier_id}",
    )
    moved = hired.address | {"detail": "解放南路 99 号"}
    assert client.patch(f"{path}/address", moved, token=me.token).status == 200
    assert client.post(f"{path}/cancel", {}, token=me.token).status == 200
    replay = f"{account}/messages/msg_{delivery.delivery_id}_1/replay"
    for asked in (f"{account}/ping", replay, f"{account}/pause", f"{account}/resume"):
        assert client.post(asked, {}, token=admin).status in (200, 202)
    since = {"since": "2026-11-01T00:00:00Z"}
    assert client.post(f"{account}/recover", since, token=admin).status == 202


def most_memory(monkeypatch: pytest.MonkeyPatch, messages_waiting: int) -> int:
    """Return how many bytes a run holds at most while it sends so many, of 5 kB each."""
    waiting, now = {f"s{n:019}": [1] for n in range(messages_waiting)}, datetime.now(UTC)

    def list_due(_courier: str, _now: datetime, limit: int) -> dict[str, list[int]]:
        return dict(itertools.islice(waiting.items(), limit))

    def load_first(subjects: list[str]) -> list[Message]:
        return [
            Message(subject, 1, "c", "delivery.requested", now, f"{subject:5000}", now)
            for subject in subjects
        ]

    def attempt(_sender: object, message: Message, *_: object) -> Message:
        del waiting[message.subject]
        return replace(message, state=SENT)

    for place, name, fake in (
        (SENDER.owner, "is_active", lambda _: True),
        (OUTBOX, "load_health", lambda _: Health()),
        (OUTBOX, "list_due", list_due),
        (OUTBOX, "load_first", load_first),
        (dispatcher, "attempt", attempt),
    ):
        monkeypatch.setattr(place, name, fake)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        sent = dispatcher.send_endpoint(SENDER, "c", ticking(now), now + timedelta(minutes=5))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent == SendCounts(good=messages_waiting)
    return most - before


def test_sending_many_messages_needs_no_more_memory_than_sending_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = most_memory(monkeypatch, 100)
    assert most_memory(monkeypatch, 1000) < 2 * few
    # The control: a run that takes all at once would be seen.
    for limit in ("_SEEN", "_PAGE"):
        monkeypatch.setattr(dispatcher, limit, 10_000)
    assert most_memory(monkeypatch, 1000) > 5 * few


def test_an_answer_is_shown_without_what_it_repeats() -> None:
    text = redacted("sorry 张小明 at 401 室, call 138 0000 1234".encode(), ["张小明"])
    assert text == "sorry *** at 401 室, call ***"
    assert len(redacted(b"x" * 5000, [])) == 200
