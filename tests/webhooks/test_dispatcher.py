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

from chalicelib.core.ids import new_id
from chalicelib.deliveries import storage
from chalicelib.deliveries.couriers import jobs
from chalicelib.deliveries.couriers.service import directory
from chalicelib.deliveries.couriers.service.outbox import OUTBOX
from chalicelib.deliveries.couriers.service.sending import SENDER
from chalicelib.deliveries.domain.delivery import DELIVERY_ID_LENGTH
from chalicelib.webhooks.domain.circuit_breaker import Health
from chalicelib.webhooks.domain.message import Message, MessageState, redacted
from chalicelib.webhooks.domain.retry_schedule import SCHEDULE
from chalicelib.webhooks.service import dispatcher
from chalicelib.webhooks.service.attempt import ticking
from chalicelib.webhooks.service.circuit_breaker import CircuitBreaker
from chalicelib.webhooks.service.dispatcher import SendCounts
from tests.appointments.world import at_once
from tests.deliveries.world import Hired, hire, parcel, send
from tests.faults.world import poison, set_aside
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.faults import Crash, crash_after, cut_off
from tests.support.people import Citizen, log_in
from tests.webhooks.receiver import Receiver, answers, cut, takes
from tests.webhooks.world import later, only

SENT = MessageState.SENT


def ignore(_sent: SendCounts) -> None:
    """Let a thread have no answer."""


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
    client: ApiClient, me: Citizen, hired: Hired, lines: list[dict[str, Any]]
) -> None:
    parcels = [parcel(client, me, hired) for _ in range(3)]
    hired.inbox.play = answers(503)
    moment = datetime.now(UTC)
    until = moment + timedelta(days=2)
    while moment < until:
        send(hired, moment)
        moment += timedelta(minutes=47)
    # A run that found its breaker open, or left it so, says so.
    assert {one["open"] for one in lines if "open" in one} == {1}
    lines.clear()
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
    assert not any("open" in one for one in lines)


@pytest.mark.fresh_index("sends what became due after the list was first asked")
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
