"""What payments cost: trips and capacity units, beside the providers' calls."""

import pytest

from infra.local.stand_ins.trades import Trades
from tests.payments.budgets import BUDGETS, bills
from tests.payments.paying import WAYS
from tests.payments.world import World


@pytest.mark.parametrize("way", [WAYS[0], WAYS[3]], ids=str)
def test_payments_cost_what_they_may(world: World, money: Trades, way: tuple[str, str]) -> None:
    for name, cost in bills(world, way).items():
        wcu, rcu, trips = BUDGETS[name]
        told = f"{name}: {cost.wcu} / {cost.rcu} / {cost.trips} {cost.calls}"
        assert cost.trips <= trips, told
        assert cost.wcu <= wcu, told
        assert cost.rcu <= rcu, told
