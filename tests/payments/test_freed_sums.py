"""What goes back by itself goes back too where staff had set it aside, and it is declined."""

import pytest

from chalicelib.core import dependencies
from chalicelib.payments.service import refunds
from tests.payments.paying import FEE, refund, token
from tests.payments.world import World, desk

# Above what one person may give back alone.
WAITS = 10_001


def set_aside(world: World, payment_id: str, cents: int) -> str:
    """Ask for a refund that waits for a second person; return how it is declined."""
    answer = refund(world.client, desk(), payment_id, cents)
    assert answer.json()["needs_approval"], answer.body
    return f"/v1/admin/refunds/{answer.json()['refund_id']}/decline"


@pytest.mark.parametrize("cents", [FEE, WAITS])
def test_of_a_case_that_was_called_off(world: World, cents: int) -> None:
    payment = world.charged()
    withdraw = f"/v1/cases/{payment['case_id']}/withdraw"
    assert world.client.post(withdraw, {}, token=token(world.me)).status == 200
    world.ask(payment)
    decline = set_aside(world, payment["payment_id"], cents)
    world.work()
    assert world.kept(payment).refundable == 0
    assert world.client.post(decline, token=desk(1)).status == 200
    world.work()
    found = world.kept(payment)
    assert (found.refunded, found.refund_pending, found.refundable) == (FEE, 0, 0)


def test_of_a_case_that_goes_on_nothing_goes_back(world: World) -> None:
    payment = world.succeeded()
    decline = set_aside(world, payment["payment_id"], FEE)
    assert world.client.post(decline, token=desk(1)).status == 200
    world.work()
    assert (world.kept(payment).refunded, world.kept(payment).refundable) == (0, FEE)


def test_of_what_was_paid_too_much(world: World) -> None:
    payment, now = world.succeeded(), dependencies.clock().now()
    decline = set_aside(world, payment["payment_id"], WAITS)

    def back() -> int:
        refunds.up_to(world.kept(payment), "bill_changed", 5000, now)
        return world.kept(payment).refunded

    assert back() == FEE - WAITS
    assert world.client.post(decline, token=desk(1)).status == 200
    assert [back(), back()] == [5000, 5000]
