"""Trouble at every write of a case: crashes, lost answers, events doubled and reordered."""

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.cases import service, storage
from chalicelib.cases.domain import CaseStatus, DeliveryUpdate
from chalicelib.core import history
from chalicelib.core.ids import new_id
from tests.cases.world import events, post
from tests.support.cases import lodge, take, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after, every_second_call_fails
from tests.support.people import Citizen

MATERIAL = {"materials": [{"material_id": "id-card", "upload_id": "upload-id-card"}]}


def crashing(act: Callable[[], Any], calls: int) -> Any:
    with crash_after(calls):
        try:
            return act()
        except Crash:
            return None


def whole(case_id: str) -> None:
    case = storage.load(case_id)
    assert case
    assert history.check(case_id, storage.load_entries(case_id), case.head) is None


@pytest.mark.parametrize("calls", range(4))
def test_a_crash_while_lodging(client: ApiClient, calls: int) -> None:
    me, key = verified(client), new_id()
    crashing(lambda: lodge(client, me, key), calls)
    answer = lodge(client, me, key)
    assert answer.status == 201
    assert lodge(client, me, key).json() == answer.json()
    listed = client.get("/v1/cases", token=me.token).json()["items"]
    assert [item["case_id"] for item in listed] == [answer.json()["case_id"]]
    whole(answer.json()["case_id"])


@pytest.mark.parametrize("calls", range(5))
def test_a_crash_while_correcting(client: ApiClient, morning: TestClock, calls: int) -> None:
    me, key = verified(client), new_id()
    case_id = lodge(client, me).json()["case_id"]
    walk(client, worker(client), case_id, "request-correction")
    morning.advance(600)

    def correct() -> Answer:
        return post(client, me, f"/v1/cases/{case_id}/corrections", MATERIAL, key)

    crashing(correct, calls)
    done = correct()
    assert done.status == 200
    assert events(done.json()) == ["submitted", "correction_requested", "corrected"]
    case = storage.load(case_id)
    assert case
    # The pause is counted once.
    assert case.paused.total_seconds() == pytest.approx(600, abs=30)
    whole(case_id)


@pytest.mark.parametrize("calls", range(3))
def test_a_crash_while_taking_a_step(client: ApiClient, calls: int) -> None:
    desk, key = worker(client), new_id()
    case_id = lodge(client, verified(client)).json()["case_id"]
    crashing(lambda: take(client, desk, case_id, "accept", key), calls)
    assert take(client, desk, case_id, "accept", key).json()["status"] == "accepted"
    assert len(storage.load_entries(case_id)) == 2
    whole(case_id)


@pytest.mark.parametrize("calls", range(5))
def test_a_crash_while_rating_counts_it_once(client: ApiClient, calls: int) -> None:
    me, key = verified(client), new_id()
    case_id = lodge(client, me).json()["case_id"]
    walk(client, worker(client), case_id, "decline")
    before = sum(t.number for t in storage.ratings_of("no-criminal-record").values())

    def rate() -> Answer:
        return post(client, me, f"/v1/cases/{case_id}/rating", {"score": 3}, key)

    crashing(rate, calls)
    assert rate().status == 200
    after = sum(t.number for t in storage.ratings_of("no-criminal-record").values())
    assert after == before + 1


def test_a_case_goes_its_way_through_faults(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    with every_second_call_fails():
        case_id = lodge(client, me).json()["case_id"]
        walk(client, desk, case_id, "claim", "request-correction")
        assert post(client, me, f"/v1/cases/{case_id}/corrections", MATERIAL).status == 200
        walk(client, desk, case_id, "accept", "review", "approve", "issue", "complete")
        assert post(client, me, f"/v1/cases/{case_id}/rating", {"score": 5}).status == 200
    shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert events(shown) == [
        "submitted", "claimed", "correction_requested", "corrected", "accepted", "reviewed",
        "approved", "issued", "completed", "rated",
    ]  # fmt: skip
    whole(case_id)


NOTES: list[tuple[str, str, str]] = [
    # Whichever event of a payment is heard, what is read then is the latest.
    ("pay", "paid", "payment1.2"),
    ("pay", "paid", "payment1.3"),
    ("bring", "in_transit", "parcel1.4"),
    ("bring", "delivered", "parcel1.5"),
]


def note(case_id: str, what: tuple[str, str, str]) -> None:
    kind, status, event_id = what
    if kind == "pay":
        service.note_payment(case_id, event_id, MONDAY, lambda: status)  # type: ignore[arg-type,return-value]
    else:
        service.note_delivery(case_id, DeliveryUpdate("parcel1", status, event_id), MONDAY)


@pytest.mark.parametrize("order", list(itertools.permutations(NOTES)), ids=str)
def test_events_doubled_and_in_any_order_end_the_same(
    issued: tuple[ApiClient, Citizen, str], order: tuple[tuple[str, str, str], ...]
) -> None:
    client, me, desk = issued
    # It has no fee, so that no step waits for one.
    case_id = lodge(client, me, service="elder-card").json()["case_id"]
    walk(client, desk, case_id, "accept", "review", "approve", "issue")
    doubled = [*order, *order, order[0]]
    random.Random(str(order)).shuffle(doubled)
    for what in doubled:
        note(case_id, what)
    case = storage.load(case_id)
    assert case
    assert (case.payment_status, case.delivery_status) == ("paid", "delivered")
    assert case.status is CaseStatus.COMPLETED
    told = sorted(entry.type for entry in storage.load_entries(case_id)[5:])
    assert told == sorted(
        ["case.payment_updated", "case.paid", "case.completed", *["case.delivery_updated"] * 2]
    )
    whole(case_id)


@pytest.fixture(scope="module")
def issued(engine: object) -> tuple[ApiClient, Citizen, str]:
    client = ApiClient()
    return client, verified(client), worker(client, "supervisor")


@pytest.mark.parametrize("calls", range(3))
def test_a_crash_while_noting_an_event(client: ApiClient, calls: int) -> None:
    case_id = lodge(client, verified(client), service="passport-issue").json()["case_id"]
    crashing(lambda: note(case_id, NOTES[1]), calls)
    note(case_id, NOTES[1])
    paid = [e for e in storage.load_entries(case_id) if e.type == "case.paid"]
    assert len(paid) == 1
    whole(case_id)


def test_what_goes_to_the_office_ends_no_case(
    issued: tuple[ApiClient, Citizen, str],
) -> None:
    client, me, desk = issued
    case_id = lodge(client, me).json()["case_id"]
    walk(client, desk, case_id, "accept", "review", "approve", "issue")
    update = DeliveryUpdate("p", "delivered", "p.9", "to_office")
    service.note_delivery(case_id, update, MONDAY)
    assert service.load(case_id).status is CaseStatus.ISSUED
