"""Refunds that wait, that the merchant must free, and that a bank sends back after they went."""

import pytest

from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from chalicelib.payments import storage
from chalicelib.payments.service import reconciliation
from tests.payments import outside
from tests.payments.paying import FEE, WAYS, refund
from tests.payments.world import World, desk, given_back, raised

ONE_EACH = [WAYS[0], WAYS[3], WAYS[4]]


@pytest.mark.parametrize("way", ONE_EACH, ids=str)
@pytest.mark.parametrize("by", ["staff", "itself"])
def test_a_refusal_that_passes_is_asked_again_with_the_same_number(
    world: World, way: tuple[str, str], by: str
) -> None:
    payment = world.pending(way) if by == "itself" else world.succeeded(way)
    world.trades.refunds_wait = True
    path = payment["payment_id"]
    if by == "itself":
        world.close(payment)
        world.work()
        assert outside.act(payment["action"], "pay_late") == 200
        world.ask(payment)
    else:
        assert refund(world.client, desk(), path, 4000).json()["status"] == "pending"
    world.work()
    [waiting] = world.kept(payment).refunds
    assert (waiting.status, raised(waiting.refund_id)) == ("pending", {"refund_refused_for_now"})
    pauses = []
    for _ in range(4):
        ask_at = world.kept(payment).ask_at
        assert ask_at
        pauses.append(ask_at - dependencies.clock().now())
        world.clock.advance(int(pauses[-1].total_seconds()) + 1)
        world.reconcile()
    assert pauses[-1] > 3 * pauses[0]
    world.trades.refunds_wait = False
    world.clock.advance(6 * 3600)
    for _ in range(2):
        world.reconcile()
        world.clock.advance(6 * 3600)
    world.work()
    [done] = world.kept(payment).refunds
    assert (done.refund_id, done.status) == (waiting.refund_id, "succeeded")
    assert raised(done.refund_id) == set()
    [trade] = [one for one in world.trades.all() if one.number == path]
    assert list(trade.backs) == [waiting.refund_id]


def test_a_refund_that_the_merchant_must_free_is_alarmed_at_once(world: World) -> None:
    payment = world.succeeded(WAYS[3])
    world.trades.refund_seconds = 3600.0
    refund_id, trade, back = given_back(world, payment, 3000)
    back.abnormal = True
    world.sent.clear()
    world.trades.tell(trade, "refunded", back)
    world.hear()
    world.work()
    found = world.kept(payment).refund(refund_id)
    assert found
    assert (found.status, found.trouble, raised(refund_id)) == (
        "pending",
        "ABNORMAL",
        {"refund_abnormal"},
    )
    shown = world.client.get(f"/v1/admin/payments/{payment['payment_id']}", token=desk()).json()
    assert shown["refunds"][0]["trouble"] == "ABNORMAL"
    back.abnormal, back.settles_at = False, 0.0
    world.trades.tell(trade, "refunded", back)
    world.hear()
    world.work()
    assert world.kept(payment).refunded == 3000
    assert raised(refund_id) == set()


@pytest.mark.parametrize("way", ONE_EACH, ids=str)
@pytest.mark.parametrize("cents", [4000, FEE])
def test_what_a_bank_sends_back_is_free_again(
    world: World, way: tuple[str, str], cents: int
) -> None:
    payment = world.succeeded(way)
    path = payment["payment_id"]
    refund_id, trade, back = given_back(world, payment, min(cents, 9000))
    if cents == FEE:
        given_back(world, payment, FEE - 9000)
    world.hear()
    world.work()
    world.clock.advance(2 * 86400)
    world.sent.clear()
    world.trades.bring_back(back, trade)
    sent = list(world.sent)
    for _ in range(2):
        world.sent.extend(sent)
        world.hear()
        world.work()
    found = world.kept(payment)
    kept = found.refund(refund_id)
    assert kept
    assert (kept.status, kept.returned) == ("failed", True)
    assert found.refunded == (cents - kept.amount)
    assert raised(refund_id) == {"refund_returned"}
    assert world.notices(path)["payment.refund_failed"] == 1
    day = f"{office_time(dependencies.clock().now()):%Y%m%d}"
    [line] = [one for one in storage.movements_of(day) if one.payment_id == path]
    assert (line.came, line.amount.cents) == (True, kept.amount)
    again = refund(world.client, desk(), path, kept.amount)
    assert again.status == 201, again.body


@pytest.mark.parametrize("way", ONE_EACH, ids=str)
def test_what_went_and_came_back_on_one_day_is_no_difference(
    world: World, way: tuple[str, str]
) -> None:
    # A day on which no other test takes money.
    world.clock.advance((365 + ONE_EACH.index(way)) * 86400)
    day = office_time(dependencies.clock().now()).date()
    payment = world.succeeded(way)
    refund_id, trade, back = given_back(world, payment, 4000)
    world.hear()
    world.work()
    world.trades.bring_back(back, trade)
    world.hear()
    world.work()
    kept = world.kept(payment).refund(refund_id)
    assert kept
    assert kept.returned
    world.clock.advance(86400 + 2 * 3600)
    found = reconciliation.compare(day, dependencies.clock().now())
    told = [one for book in found for one in book.differences]
    assert "missing_there" not in {one["name"] for one in told}, told
