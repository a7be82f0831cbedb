"""A case says what the payment that is believed says, whatever became of other tries to pay."""

import random
from dataclasses import replace

import pytest

from chalicelib.cases import service as cases
from chalicelib.cases.domain import Case, CasePart, CaseStatus, PartStatus
from chalicelib.cases.service import changes
from chalicelib.core import dependencies
from chalicelib.core.changes import Author
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.events import Event
from chalicelib.payments.service import transitions
from infra.local.stand_ins.trades import Trades
from tests.payments import outside
from tests.payments.paying import WAYS, begun, case_of, shown, start, token, yuan
from tests.support import functions
from tests.support.client import ApiClient
from tests.support.people import Citizen


def cancelled(client: ApiClient, me: Citizen, case_id: str, way: tuple[str, str]) -> dict[str, str]:
    payment = begun(client, me, case_id, way)
    gone = client.post(f"/v1/payments/{payment['payment_id']}/cancel", token=token(me))
    assert gone.status == 200, gone.body
    return payment


def late(client: ApiClient, me: Citizen, payment: dict[str, str]) -> None:
    assert outside.act(payment["action"], "pay_late") == 200
    path = payment["payment_id"]
    outside.until(lambda: shown(client, me, path)["amount_refunded"] == yuan(12000))


def status(client: ApiClient, me: Citizen, case_id: str) -> str:
    outside.work()
    found = client.get(f"/v1/cases/{case_id}", token=token(me)).json()
    return str(found["payment_status"])


@pytest.mark.parametrize("way", [WAYS[0], WAYS[3], WAYS[4]], ids=str)
@pytest.mark.parametrize("first", ["late", "paid"])
def test_late_money_of_another_try_does_not_decide(
    client: ApiClient, money: Trades, way: tuple[str, str], first: str
) -> None:
    me, case_id = case_of(client)
    old = cancelled(client, me, case_id, way)
    if first == "late":
        late(client, me, old)
    new = begun(client, me, case_id, way)
    assert outside.act(new["action"]) == 200
    outside.until(lambda: shown(client, me, new["payment_id"])["finished"])
    if first == "paid":
        late(client, me, old)
    assert status(client, me, case_id) == "paid"
    assert start(client, me, case_id, way).code == "already_paid"


@pytest.mark.parametrize("way", [WAYS[1], WAYS[3]], ids=str)
def test_when_only_late_money_came_and_went_the_fee_is_due(
    client: ApiClient, money: Trades, way: tuple[str, str]
) -> None:
    me, case_id = case_of(client)
    for _ in range(2):
        late(client, me, cancelled(client, me, case_id, way))
        assert status(client, me, case_id) == "unpaid"
    begun(client, me, case_id, way)
    assert status(client, me, case_id) == "pending"


@pytest.mark.parametrize("seed", range(4))
def test_events_of_several_payments_end_the_same_in_any_order(
    client: ApiClient, money: Trades, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, case_id = case_of(client)
    heard: list[Event] = []
    with monkeypatch.context() as patch:
        patch.setattr(functions, "work", lambda _name, event, _now: heard.append(event))
        old = cancelled(client, me, case_id, WAYS[0])
        assert outside.act(old["action"], "pay_late") == 200
        new = begun(client, me, case_id, WAYS[0])
        assert outside.act(new["action"]) == 200
        for payment in (old, new):
            transitions.refresh(transitions.load(payment["payment_id"]), dependencies.clock().now())
        outside.work()
    other_order = [*heard, *heard]
    random.Random(seed).shuffle(other_order)
    for event in other_order:
        functions.work("follow_up", event, dependencies.clock().now())
    assert status(client, me, case_id) == "paid"
    assert transitions.load(old["payment_id"]).refunded == 12000
    assert transitions.load(new["payment_id"]).refunds == ()


@pytest.mark.parametrize("by_a_part", [True, False])
def test_the_fee_of_a_matter_that_a_department_ends_is_given_back(
    client: ApiClient, money: Trades, *, by_a_part: bool
) -> None:
    me, case_id = case_of(client)
    payment = begun(client, me, case_id, WAYS[0])
    assert outside.act(payment["action"]) == 200
    outside.until(lambda: shown(client, me, payment["payment_id"])["finished"])
    assert status(client, me, case_id) == "paid"
    now = dependencies.clock().now()
    part = CasePart("sign", "urban-management", PartStatus.REJECTED)

    def reject(old: Case) -> changes.Decided:
        parts = (part,) if by_a_part else ()
        new = replace(old, status=CaseStatus.REJECTED, decided_at=now, parts=parts)
        return changes.decided(new, now, DomainEvent("case.rejected", {}))

    changes.apply(lambda: cases.load(case_id), reject, Author("staff:lead", now))
    outside.work()
    outside.work()
    assert status(client, me, case_id) == ("refunded" if by_a_part else "paid")
    assert transitions.load(payment["payment_id"]).refunded == (12000 if by_a_part else 0)
