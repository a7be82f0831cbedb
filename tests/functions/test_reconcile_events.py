"""The second way of events: what their queues lost takes effect, once, and is counted."""

import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.appointments import service as appointments
from chalicelib.cases import service as cases
from chalicelib.cases.domain import CaseStatus
from chalicelib.core import dependencies
from chalicelib.core.buckets import WHOLE, Part
from chalicelib.core.ids import new_id
from chalicelib.core.time_window import TimeWindow
from chalicelib.deliveries.service import changes as deliveries
from chalicelib.deliveries.service import creation
from chalicelib.deliveries.storage._records import TABLE as DELIVERIES
from chalicelib.deliveries.storage._records import delivery_keys
from chalicelib.notifications import service as notifications
from chalicelib.payments.service import transitions
from chalicelib.payments.storage._records import TABLE as PAYMENTS
from chalicelib.payments.storage._records import payment_keys
from chalicelib.supervision import service as supervision
from functions import manifest, reconcile_events
from infra.local.stand_ins.trades import Trades
from tests.appointments.world import HALL, book, new_slot
from tests.certificates.world import granted, listed
from tests.deliveries.world import ADDRESS, ask, hire, keeper, new_case, report
from tests.faults.world import poison, set_aside
from tests.payments import outside
from tests.payments.paying import begun, case_of, refund, token, yuan
from tests.payments.world import desk, others_come
from tests.support import functions
from tests.support.cases import lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import Citizen, log_in
from tests.webhooks.receiver import Receiver

# Days that no other test knows, far enough apart for one run never to see two of them.
_days = itertools.count()
FIRST = datetime.fromisoformat("2027-01-04T09:20:00+08:00")


@pytest.fixture
def day(client: ApiClient, money: Trades, clock: TestClock) -> Iterator[TestClock]:
    """A day of our own on which no event arrives."""
    others_come()
    clock.set(FIRST + timedelta(days=2 * next(_days)))
    yield clock
    outside.skip()


def sweep(day: TestClock, minutes: float = 10, parts: int = 1) -> Counter[str]:
    day.advance(60 * minutes)
    now = dependencies.clock().now()
    runs = [reconcile_events.run(now, part=Part(number, parts)) for number in range(parts)]
    return sum(runs, Counter())


def charged(client: ApiClient, me: Citizen, case_id: str) -> str:
    payment = begun(client, me, case_id)
    assert outside.act(payment["action"]) == 200
    transitions.refresh(transitions.load(payment["payment_id"]), dependencies.clock().now())
    return str(payment["payment_id"])


def given_back(
    client: ApiClient, me: Citizen, case_id: str, amount: dict[str, object] | None = None
) -> None:
    payment_id = charged(client, me, case_id)
    asked = refund(client, desk(), payment_id, amount).json()
    if asked["needs_approval"]:
        path = f"/v1/admin/refunds/{asked['refund_id']}/approve"
        assert client.post(path, token=desk(1)).status == 200
    for _ in range(100):
        if transitions.refresh(transitions.load(payment_id), dependencies.clock().now()).refunded:
            return
        time.sleep(0.02)
    raise AssertionError


def called_off(client: ApiClient, me: Citizen, case_id: str) -> None:
    payment = begun(client, me, case_id)
    assert client.post(f"/v1/payments/{payment['payment_id']}/cancel", token=token(me)).status < 300


def withdrawn(client: ApiClient, me: Citizen, case_id: str) -> None:
    answer = client.post(f"/v1/cases/{case_id}/withdraw", {}, token=token(me))
    assert answer.status == 200, answer.body


def paid_after_the_end(client: ApiClient, me: Citizen, case_id: str) -> None:
    payment = begun(client, me, case_id)
    withdrawn(client, me, case_id)
    assert outside.act(payment["action"]) == 200
    transitions.refresh(transitions.load(payment["payment_id"]), dependencies.clock().now())


def paid_late(client: ApiClient, me: Citizen, case_id: str) -> None:
    payment = begun(client, me, case_id)
    client.post(f"/v1/payments/{payment['payment_id']}/cancel", token=token(me))
    assert outside.act(payment["action"], "pay_late") == 200
    transitions.refresh(transitions.load(payment["payment_id"]), dependencies.clock().now())
    assert transitions.load(payment["payment_id"]).received


def test_a_case_issued_without_its_certificate(client: ApiClient, day: TestClock) -> None:
    me = verified(client)
    case_id = granted(client, me)
    outside.skip()
    assert listed(client, me) == []
    repaired = sweep(day)
    assert repaired["case.issued"] >= 1
    [made] = listed(client, me)
    assert (made["case_id"], made["status"]) == (case_id, "valid")
    # Once: what is there is not made again, and not counted as repaired.
    again = sweep(day, minutes=1)
    assert not again["case.issued"]
    assert listed(client, me) == [made]


PAYMENTS_LOST: dict[str, tuple[Callable[..., object], str, set[str]]] = {
    "begun": (begun, "pending", {"payment.created"}),
    "settled": (charged, "paid", {"payment.succeeded"}),
    "refunded": (
        given_back,
        "refunded",
        {"payment.succeeded", "payment.refund_succeeded"},
    ),
    "refunded in part": (
        partial(given_back, amount=yuan(100)),
        "partly_refunded",
        {"payment.succeeded", "payment.refund_succeeded"},
    ),
    "cancelled": (called_off, "unpaid", {"payment.cancelled"}),
    "paid after the end": (paid_after_the_end, "refunded", {"payment.succeeded"}),
    "paid late": (paid_late, "unpaid", {"payment.received_late", "payment.cancelled"}),
}


@pytest.mark.parametrize("kind", PAYMENTS_LOST)
def test_payments_whose_events_were_lost(client: ApiClient, day: TestClock, kind: str) -> None:
    act, status, told = PAYMENTS_LOST[kind]
    me, case_id = case_of(client)
    act(client, me, case_id)
    outside.skip()
    assert cases.load(case_id).payment_status == "unpaid"
    repaired = sweep(day)
    assert told <= set(repaired)
    # What the repair itself wrote goes by its queues.
    outside.work(functions.notify)
    found = client.get(f"/v1/cases/{case_id}", token=token(me)).json()
    assert found["payment_status"] == status
    assert sweep(day, 0) == Counter()
    assert sweep(day) == Counter()


def test_a_held_seat_whose_payment_was_lost(client: ApiClient, day: TestClock) -> None:
    me, other = log_in(client), log_in(client)
    slot = new_slot(2, category="property")
    held = [
        book(client, who, slot, service="property-transfer").json()["appointment_id"]
        for who in (me, other)
    ]
    payments = []
    for who, appointment_id in zip((me, other), held, strict=True):
        body = {"appointment_id": appointment_id, "method": "card", "client": "web"}
        payment = client.post("/v1/payments", body, token=who.token).json()
        assert outside.act(payment["action"]) == 200
        payments.append(payment["payment_id"])
    assert client.post(f"/v1/appointments/{held[1]}/cancel", {}, token=other.token).status == 200
    for payment_id in payments:
        transitions.refresh(transitions.load(payment_id), dependencies.clock().now())
    outside.skip()
    assert sweep(day)["payment.succeeded"]
    assert appointments.load(held[0]).status == "booked"
    assert transitions.load(payments[0]).refunds == ()
    assert transitions.load(payments[1]).refunds
    outside.work(functions.notify)
    assert sweep(day) == Counter()


def inbox(citizen_id: str) -> list[str]:
    return sorted(one.event for one in notifications.inbox(citizen_id, None, 50).items)


# Only the first run of an hour looks at cases that go on.
@pytest.mark.parametrize(("minutes", "lodged"), [(10, 2), (40, 3)])
def test_notices_that_were_lost(
    client: ApiClient, day: TestClock, minutes: int, lodged: int
) -> None:
    me = verified(client)
    booked = book(client, me, new_slot()).json()["appointment_id"]
    other = log_in(client)
    gone = book(client, other, new_slot()).json()["appointment_id"]
    assert client.post(f"/v1/appointments/{gone}/cancel", {}, token=other.token).status == 200
    ended, sent_back, goes_on = (lodge(client, me).json()["case_id"] for _ in range(3))
    withdrawn(client, me, ended)
    walk(client, worker(client), sent_back, "request-correction")
    outside.skip()
    assert inbox(me.citizen_id) == []
    repaired = sweep(day, minutes)
    told = {
        "appointment.booked": 2,
        "appointment.cancelled": 1,
        "case.correction_requested": 1,
        "case.submitted": lodged,
    }
    assert repaired == told
    assert Counter(inbox(me.citizen_id) + inbox(other.citizen_id)) == told
    assert sweep(day, 0) == Counter()
    assert appointments.load(booked).status == "booked"
    assert cases.load(goes_on).status is CaseStatus.SUBMITTED


@pytest.mark.parametrize("status", ["delivered", "refused", "lost", "attempt_failed"])
def test_parcels_whose_events_were_lost(
    client: ApiClient, day: TestClock, receiver: Receiver, status: str
) -> None:
    me = log_in(client)
    hired = hire(client, receiver, keeper(client, "admin"))
    case_id = new_case(me)
    delivery_id = ask(client, me, case_id, hired).json()["delivery_id"]
    for one in ("picked_up", "out_for_delivery", status):
        told = report(client, hired, delivery_id, one, dependencies.clock().now())
        assert told.json() == {"result": "applied"}
    repaired = sweep(day, 40)
    assert {"delivery.requested", "delivery.picked_up", f"delivery.{status}"} <= set(repaired)
    case = cases.load(case_id)
    assert case.delivery_status == status
    assert (case.status is CaseStatus.COMPLETED) == (status == "delivered")
    flag = deliveries.load(delivery_id).flag
    assert not flag or supervision.find_alert(delivery_id, f"parcel_{flag}")
    assert f"delivery.{status}" in inbox(me.citizen_id) or status in ("refused", "lost")
    outside.work(functions.notify)
    assert sweep(day, 0) == Counter()


def test_cases_that_parcels_did_not_hear_of(
    client: ApiClient, day: TestClock, receiver: Receiver
) -> None:
    me, supervisor = verified(client), keeper(client, "admin")
    hired = hire(client, receiver, supervisor)
    ready = new_case(me, CaseStatus.APPROVED, delivery={**ADDRESS, "division_code": hired.area})
    waiting, gone = new_case(me, CaseStatus.APPROVED), new_case(me, CaseStatus.SUBMITTED)
    asked = [ask(client, me, one, hired).json()["delivery_id"] for one in (waiting, gone)]
    walk(client, worker(client), ready, "issue")
    walk(client, worker(client), waiting, "issue")
    withdrawn(client, me, gone)
    assert sweep(day, 40)["case.issued"] >= 2
    made = creation.current(ready, "to_citizen")
    assert made
    assert made.released
    assert deliveries.load(asked[0]).released
    assert deliveries.load(asked[1]).status == "cancelled"
    assert sweep(day, 0) == Counter()


def test_parts_together_find_in_an_hour_what_was_lost_each_once(
    client: ApiClient, day: TestClock
) -> None:
    parts = manifest.named(reconcile_events.NAME).parts
    (me, paid), (other, held) = case_of(client), case_of(client)
    charged(client, me, paid)
    goes_on = lodge(client, verified(client)).json()["case_id"]
    booked = book(client, me, new_slot()).json()["appointment_id"]
    begun(client, other, held)
    outside.skip()
    hour = [sweep(day, parts=parts) for _ in range(6)]
    found = sum(hour, Counter())
    once = {"payment.created": 2, "appointment.booked": 1}
    assert once.items() <= found.items()
    assert {"payment.succeeded", "case.submitted"} <= set(found)
    assert cases.load(paid).payment_status == "paid"
    told = inbox(me.citizen_id)
    assert (told.count("appointment.booked"), told.count("payment.succeeded")) == (1, 1)
    assert inbox(goes_on[:8]) == ["case.submitted"]
    assert appointments.load(booked).status == "booked"
    outside.work(functions.notify)
    assert [sweep(day, 0, parts), sweep(day, 0)] == [Counter(), Counter()]


@pytest.mark.parametrize(
    "room", [*reconcile_events._NAMING, *reconcile_events._NAMED], ids=lambda one: one.name
)
def test_a_part_asks_for_its_own_halls_and_payments_alone(client: ApiClient, room: Any) -> None:
    now, parts = FIRST, manifest.named(reconcile_events.NAME).parts
    calls, found = list[int](), list[set[str]]()
    for part in (WHOLE, *(Part(number, parts) for number in range(parts))):
        with metered() as cost:
            window = TimeWindow(now - timedelta(days=1), now, whole=True, part=part)
            found.append(room.subjects(window))
        calls.append(len(cost.calls))
    assert calls[0] == sum(calls[1:])
    assert found[0] == set().union(*found[1:])


def test_what_is_on_its_way_is_left_alone(client: ApiClient, day: TestClock) -> None:
    me, case_id = case_of(client)
    charged(client, me, case_id)
    assert sweep(day, 4) == Counter()
    assert cases.load(case_id).payment_status == "unpaid"
    outside.work(functions.notify)
    assert sweep(day, 10) == Counter()
    assert cases.load(case_id).payment_status == "paid"


def test_what_cannot_be_read_keeps_nobody_waiting(
    client: ApiClient, day: TestClock, lines: list[dict[str, Any]]
) -> None:
    me, case_id = case_of(client)
    charged(client, me, case_id)
    outside.skip()
    bad = new_id(16), new_id(32)
    now = int(dependencies.clock().now().timestamp())
    lane = {"lane": f"H#{HALL}", "turn": f"4#{now:010}"}
    with (
        poison(PAYMENTS.name, payment_keys(bad[0]), ask="0", ask_at=1),
        poison(PAYMENTS.name, (f"C#{bad[0][:8]}", f"E#{bad[0]}#000001")),
        poison(DELIVERIES.name, delivery_keys(bad[1]), **lane),
        poison(DELIVERIES.name, (f"C#{bad[1][:8]}", f"E#{bad[1]}#000001")),
    ):
        assert sweep(day)["payment.succeeded"]
        named = set_aside(lines, reconcile_events.NAME)
        assert {bad[0], bad[1]} == set(named)
    assert cases.load(case_id).payment_status == "paid"


def test_what_was_made_up_for_is_counted_and_named_by_ids(
    client: ApiClient, day: TestClock, lines: list[dict[str, Any]]
) -> None:
    me, case_id = case_of(client)
    payment_id = charged(client, me, case_id)
    outside.skip()
    repaired = sweep(day)
    told = [one for one in lines if one["message"] == "effect_repaired"]
    assert Counter(one["kind"] for one in told) == repaired
    assert {one["event"].partition(".")[0] for one in told} == {payment_id, case_id}
    assert {one["room"] for one in told} == {"payments", "notifications"}
    counted = [one for one in lines if "repaired" in one]
    assert Counter({one["kind"]: one["repaired"] for one in counted}) == repaired
    [metric] = counted[0]["_aws"]["CloudWatchMetrics"]
    assert metric["Dimensions"] == [["stage", "function"], ["stage", "function", "kind"]]
    assert all(one in counted[0] for one in metric["Dimensions"][1])
    assert "王小明" not in json.dumps(lines, ensure_ascii=False)
