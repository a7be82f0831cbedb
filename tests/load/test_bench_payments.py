"""What payments cost, way by way."""

import pytest

from tests.load.report import table
from tests.payments.budgets import BUDGETS, bills
from tests.payments.paying import WAYS
from tests.payments.world import World

pytestmark = pytest.mark.slow


def test_what_payments_cost(world: World) -> None:
    rows = [
        [name, "/".join(way), f"{cost.wcu:g} / {cost.rcu:g} / {cost.trips}", _budget(name)]
        for way in WAYS
        for name, cost in bills(world, way).items()
    ]
    title = "Payments: write units / read units / round trips, beside the provider's calls"
    table("payments", title, ["operation", "way", "measured", "budget"], sorted(rows))


def _budget(name: str) -> str:
    return " / ".join(map(str, BUDGETS[name]))
