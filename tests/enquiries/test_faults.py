"""Trouble at every write of an enquiry: crashes, lost answers, two at once, events doubled."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import events, history
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from chalicelib.enquiries import handlers, storage
from chalicelib.enquiries.service import overdue, statistics
from tests.enquiries.world import HALL, MONDAY, asked, entries, submit, take, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.people import log_in


def crashing(act: Callable[[], Any], calls: int) -> None:
    with crash_after(calls):
        try:
            act()
        except Crash:
            return


def whole(enquiry_id: str) -> list[str]:
    enquiry = storage.load(enquiry_id[8:])
    assert enquiry
    kept = entries(enquiry_id)
    assert history.check(enquiry_id, kept, enquiry.head) is None
    return [entry.type for entry in kept]


@pytest.mark.parametrize("calls", range(4))
@pytest.mark.parametrize("known", [True, False], ids=["account", "anonymous"])
def test_a_crash_while_asking(client: ApiClient, known: bool, calls: int) -> None:
    me, key = log_in(client) if known else None, new_id()
    crashing(lambda: submit(client, me, key), calls)
    made = submit(client, me, key)
    assert made.status == 201
    assert submit(client, me, key).json() == made.json()
    assert whole(made.json()["enquiry_id"]) == ["enquiry.received"]
    if me:
        listed = client.get("/v1/enquiries", token=me.token).json()["items"]
        assert [one["enquiry_id"] for one in listed] == [made.json()["enquiry_id"]]


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_answering(client: ApiClient, calls: int) -> None:
    desk, key = worker(client), new_id()
    one = asked(client, log_in(client))["enquiry_id"]
    crashing(lambda: take(client, desk, one, "answer", key, text="好"), calls)
    answered = take(client, desk, one, "answer", key, text="好").json()
    assert len(answered["answers"]) == 1
    assert whole(one) == ["enquiry.received", "enquiry.answered"]


@pytest.mark.parametrize("calls", range(6))
def test_a_crash_while_a_deadline_is_told(client: ApiClient, clock: TestClock, calls: int) -> None:
    clock.set(MONDAY)
    one = asked(client, log_in(client))["enquiry_id"]
    late = MONDAY + timedelta(days=2)
    crashing(lambda: overdue.tell(one, late), calls)
    overdue.tell(one, late)
    assert whole(one) == ["enquiry.received", "enquiry.overdue"]


def test_trouble_at_every_second_call(client: ApiClient) -> None:
    me, desk = log_in(client), worker(client)
    with every_second_call_fails():
        one = submit(client, me).json()["enquiry_id"]
        for step, body in (("claim", {}), ("answer", {"text": "好"})):
            assert take(client, desk, one, step, **body).status == 200
        path = f"/v1/enquiries/{one}/confirm"
        assert client.post(path, {"satisfaction": 5}, token=me.token).status == 200
    assert whole(one) == [f"enquiry.{s}" for s in ("received", "claimed", "answered", "closed")]


def test_of_two_who_claim_at_once_one_has_it(client: ApiClient) -> None:
    desks = [worker(client) for _ in range(4)]
    one = asked(client, log_in(client))["enquiry_id"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda desk: take(client, desk, one, "claim"), desks))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert whole(one) == ["enquiry.received", "enquiry.claimed"]


def test_events_that_come_again_count_once(client: ApiClient) -> None:
    service = "no-criminal-record"
    me, desk = log_in(client), worker(client)
    subject = {"type": "service", "id": service}
    one = asked(client, me, kind="praise", subject=subject)["enquiry_id"]
    take(client, desk, one, "answer", text="谢谢")
    take(client, desk, one, "answer", text="再次感谢")
    now = events.of_entry(entries(one)[0]).moment
    before = counted(service)
    for _ in range(2):
        for entry in reversed(entries(one)):
            handlers.follow_up(events.of_entry(entry), now)
    after = counted(service)
    grown = {name: after[name] - before.get(name, 0) for name in ("received", "answered")}
    assert grown == {"received": 1, "answered": 1}
    assert all(handlers.arrived(events.of_entry(entry)) for entry in entries(one))
    day = office_time(now).date()
    rows = list(statistics.topics(frozenset({HALL}), day, day))
    assert {"praise"} <= {row["kind"] for row in rows if row["service_id"] == service}


def counted(service: str) -> dict[str, int]:
    from chalicelib.core import dependencies

    day = office_time(dependencies.clock().now()).date()
    found: dict[str, int] = {}
    for row in storage.load_daily_counts(day, day):
        if (row.office_id, row.kind, row.service_id) == (HALL, "praise", service):
            found = dict(row.counts)
    return {"received": 0, "answered": 0, **found}
