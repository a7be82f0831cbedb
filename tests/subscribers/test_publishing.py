"""Telling subscribers: filtered, once, by number, whatever another endpoint or our process does."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta

import pytest

from chalicelib.core import dependencies
from chalicelib.core.ids import new_id
from chalicelib.subscribers import handlers, jobs
from chalicelib.subscribers.service.sending import SENDER
from tests.appointments.world import Hall
from tests.subscribers.world import HALL, PATH, event, office_admin, program, subscribe, tell
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import crashes
from tests.support.meter import metered
from tests.support.people import Citizen, id_number, log_in, new_code
from tests.webhooks.receiver import Receiver, answers, takes


def test_each_hears_of_what_it_asked_for_once(client: ApiClient, receiver: Receiver) -> None:
    all_ = subscribe(client, receiver, ["*.submitted", "payment.*"])
    here = subscribe(client, receiver, ["case.*"], office_ids=[HALL])
    there = subscribe(client, receiver, ["case.*"], office_ids=["hall-330203"])
    case = event("case.submitted", service="passport-issue", status="submitted", note="sealed")
    tell(case, case, event("staff.created"), event("payment.created"))
    assert all_.inbox.types == ["case.submitted", "payment.created"]
    assert (here.inbox.types, there.inbox.types) == (["case.submitted"], [])
    [got] = here.inbox.got
    assert got.verified
    assert got.message_id == f"msg_{case.subject}-{here.subscriber_id}_1"
    assert got.body["occurred_at"] == case.at
    assert got.body["data"] == {
        "subject_id": case.subject,
        "office_id": HALL,
        "service_id": "passport-issue",
        "status": "submitted",
        "sequence": 1,
        "occurred_at": case.at,
    }
    path = f"{PATH}/{here.subscriber_id}/messages"
    [message] = client.get(path, token=office_admin()).json()["items"]
    assert (message["subject_id"], message["state"]) == (case.subject, "sent")


def test_what_is_late_is_told_by_its_number(client: ApiClient, receiver: Receiver) -> None:
    listener = subscribe(client, receiver, ["case.*"])
    subject = new_id(16)
    tell(event("case.approved", subject, 5), event("case.submitted", subject, 2))
    assert [got.body["sequence"] for got in listener.inbox.got] == [5, 2]


def test_nothing_is_told_of_what_was_before(
    client: ApiClient, receiver: Receiver, morning: TestClock
) -> None:
    old = event("case.submitted")
    morning.advance(5)
    listener = subscribe(client, receiver, ["case.*"])
    tell(old)
    assert handlers.arrived(old)
    fresh = event("case.submitted")
    assert not handlers.arrived(fresh)
    # As by the second way, when the queue had lost it: the timer sends what it wrote.
    for _ in range(2):
        handlers.write_messages(fresh, dependencies.clock().now())
    assert handlers.arrived(fresh)
    assert listener.inbox.got == []
    jobs.send_due(dependencies.clock().now())
    assert len(listener.inbox.got) == 1


def test_a_crash_after_each_write_loses_and_doubles_nothing(
    client: ApiClient, receiver: Receiver
) -> None:
    both = [subscribe(client, receiver, ["draw.*"]) for _ in range(2)]
    drawn = event("draw.drawn")
    for _ in crashes(lambda: tell(drawn)):
        pass
    # A lease of the process that stopped ends within a minute; the timer has what it left.
    jobs.send_due(dependencies.clock().now() + timedelta(minutes=2))
    for listener in both:
        assert list(listener.inbox.effects) == [f"msg_{drawn.subject}-{listener.subscriber_id}_1"]


def test_an_endpoint_that_hangs_or_fails_holds_no_other(
    client: ApiClient, receiver: Receiver
) -> None:
    bad, good = (subscribe(client, receiver, ["enquiry.*"]) for _ in range(2))
    seen: list[float] = []

    def hangs(number: int) -> tuple[int, Mapping[str, str], bytes]:
        time.sleep(0.5)
        seen.append(time.monotonic())
        return answers(500)(number)

    def prompt(number: int) -> tuple[int, Mapping[str, str], bytes]:
        seen.insert(0, time.monotonic())
        return takes(number)

    bad.inbox.play, good.inbox.play = hangs, prompt
    tell(event("enquiry.received"))
    assert seen == sorted(seen)
    assert len(seen) == 2
    bad.inbox.play = answers(500)
    for _ in range(6):
        tell(event("enquiry.received"))
    # Its breaker is open, and what is for it waits.
    assert len(bad.inbox.got) < len(good.inbox.got) == 7
    assert not SENDER.outbox.load_health(bad.subscriber_id).closed(dependencies.clock().now())


def test_a_message_costs_as_much_as_a_couriers(client: ApiClient, receiver: Receiver) -> None:
    subscribe(client, receiver, ["waiting.left"])
    tell(event("waiting.left"))
    with metered() as cost:
        tell(event("waiting.left"))
    # Written, read with its subject, taken by a lease and settled; its account and its breaker.
    assert cost.trips <= 7, cost.calls
    assert cost.wcu <= 6, cost.calls


def verified(client: ApiClient) -> Citizen:
    code = new_code()
    body = {"name": "王小明", "id_number": id_number()}
    assert client.put("/v1/me/identity", body, token=log_in(client, code).token).status == 200
    return log_in(client, code)


def looks(client: ApiClient, who: Citizen, subscriber_id: str) -> list[str]:
    items = client.get("/v1/me/accesses", token=who.token).json()["items"]
    return [one["reason"] for one in items if one["staff_id"] == f"subscriber:{subscriber_id}"]


def test_a_person_is_told_for_a_purpose_alone_and_sees_it(
    client: ApiClient, receiver: Receiver, lines: list[dict[str, object]]
) -> None:
    who = verified(client)
    care = subscribe(client, receiver, ["case.*"], purpose="上门看护")
    plain = subscribe(client, receiver, ["case.*"])
    one = event("case.submitted", f"{who.citizen_id}{new_id(8)}")
    care.inbox.play = answers(500)
    tell(one)
    care.inbox.play = takes
    jobs.send_due(dependencies.clock().now() + timedelta(seconds=30))
    person = {"citizen_id": who.citizen_id, "name": "王小明"}
    assert [got.body["data"].get("person") for got in care.inbox.got] == [person, person]
    assert "王小明" not in json.dumps([got.body for got in plain.inbox.got], ensure_ascii=False)
    # Tried twice, told once; no log and no kept answer has the name.
    assert looks(client, who, care.subscriber_id) == ["上门看护"]
    assert looks(client, who, plain.subscriber_id) == []
    assert "王小明" not in json.dumps(lines, ensure_ascii=False)


@pytest.mark.parametrize("what", ["ended", "erased"])
def test_who_was_erased_and_what_purpose_ended_is_told_no_more(
    client: ApiClient, receiver: Receiver, what: str
) -> None:
    who = verified(client)
    care = subscribe(client, receiver, ["case.*"], purpose="上门看护")
    care.inbox.play = answers(503, Retry_After="1")
    tell(event("case.submitted", f"{who.citizen_id}{new_id(8)}"))
    if what == "ended":
        path = f"{PATH}/{care.subscriber_id}"
        assert client.patch(path, {"purpose": ""}, token=office_admin()).status == 200
    else:
        assert client.delete("/v1/me", token=who.token).status < 300
    care.inbox.play = takes
    jobs.send_due(dependencies.clock().now() + timedelta(minutes=2))
    first, *others = [got.body["data"] for got in care.inbox.got]
    assert "person" in first
    assert others
    assert not any("person" in data for data in others)


def test_the_program_of_the_docs_draws_a_halls_day(
    client: ApiClient, receiver: Receiver, clock: TestClock
) -> None:
    from chalicelib.appointments import storage
    from chalicelib.core.events import of_entry

    hall = Hall(client, clock)
    listener = subscribe(client, receiver, ["appointment.*"], office_ids=[HALL])
    _, served = hall.booked(0)
    _, called = hall.booked(15)
    hall.booked(30)
    for one in (served, called):
        hall.check_in(one)
    assert hall.next("1").status == hall.next("2").status == 200
    hall.step(served, "start")
    hall.step(served, "fulfil")
    day = hall.morning
    raw: list[tuple[dict[str, str], bytes]] = []
    take = listener.inbox.take

    def keep(headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        raw.append((dict(headers), body))
        return take(headers, body)

    listener.inbox.take = keep  # type: ignore[method-assign]
    ids = [served, called, *[x for x in storage_ids(hall) if x not in (served, called)]]
    tell(*[of_entry(entry) for one in ids for entry in storage.load_entries(one)])
    drawn = program()["HallDay"](listener.inbox.secret)
    # Out of order, each twice, and one that somebody forged.
    for headers, body in [*reversed(raw), *raw]:
        assert drawn.take(headers, body) == 204
        assert drawn.take({**headers, "webhook-id": "msg_x_1"}, body) == 401
    assert drawn.draw(f"{day:%Y%m%d}") == [
        "09:00 fulfilled A001 at 1",
        "09:15 called A002 at 2",
        "09:30 booked - at -",
    ]


def storage_ids(hall: Hall) -> list[str]:
    path = f"/v1/admin/offices/{hall.office}/appointments?date={hall.morning:%Y-%m-%d}"
    items = hall.client.get(path, token=hall.token).json()["items"]
    return [one["appointment_id"] for one in items]
