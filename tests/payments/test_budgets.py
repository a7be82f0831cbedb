"""What payments cost: trips and capacity units, beside the providers' calls."""

from typing import Any

import pytest

from chalicelib.payments.service import transitions
from infra.local.stand_ins.trades import Trades
from tests.payments.budgets import BUDGETS, bills
from tests.payments.paying import WAYS
from tests.payments.world import World
from tests.support.meter import metered
from tests.support.walk import entered


@pytest.mark.parametrize("way", [WAYS[0], WAYS[3]], ids=str)
def test_payments_cost_what_they_may(world: World, money: Trades, way: tuple[str, str]) -> None:
    for name, cost in bills(world, way).items():
        wcu, rcu, trips = BUDGETS[name]
        told = f"{name}: {cost.wcu} / {cost.rcu} / {cost.trips} {cost.calls}"
        assert cost.trips <= trips, told
        assert cost.wcu <= wcu, told
        assert cost.rcu <= rcu, told


def test_a_notification_loads_its_payment_once_and_writes_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, costs = world.charged(), []
    apply_notification = transitions.apply_notification

    def measured(*given: Any) -> None:
        with metered() as cost:
            apply_notification(*given)
        costs.append(cost)

    monkeypatch.setattr(transitions, "apply_notification", measured)
    world.hear()
    world.work()
    assert world.kept(payment).finished
    # Whether it took effect before, the payment, and its new state.
    assert costs[0].calls == ["GetItem", "Query", "TransactWriteItems"]
    # What comes again is known by its mark.
    assert all(cost.calls == ["GetItem"] for cost in costs[1:])


def test_a_payment_id_passes_few_functions_from_the_webhook_to_its_settlement(world: World) -> None:
    # The code is loaded, and the first payment's provider is known.
    world.charged()
    world.hear()
    world.work()
    payment = world.charged()
    payment_id = payment["payment_id"]
    settled = transitions.apply_notification.__code__

    def carries(given: object) -> bool:
        return payment_id in (given, getattr(given, "payment_id", None))

    with entered(carries, until=settled) as noted:
        world.hear()
        world.work()
    assert world.kept(payment).finished
    assert 8 <= len(noted) <= 18, noted
    assert len({file for file, _ in noted}) <= 8, noted
