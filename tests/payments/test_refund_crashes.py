"""Refunds in trouble, stopped after each write and each call of a provider, and done again.

Each must end with the sums of the provider, one number there, one alert, and one notice.
"""

from typing import Any

import pytest

from chalicelib.core import history
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from chalicelib.payments import storage
from tests.payments.paying import WAYS, refund
from tests.payments.stops import after_each
from tests.payments.world import World, desk, given_back, raised

CENTS = 4000
Made = dict[str, Any]


def heard(world: World, made: Made) -> None:
    """Hear what the provider said of a refund, as it says it again to who was stopped."""
    path, body, headers = made["sent"]
    assert world.client.send("POST", path, body, headers=headers).status == 200
    world.work()


def waiting(world: World, way: tuple[str, str] = WAYS[0]) -> Made:
    """Return a payment, and the number of a refund that the provider refuses for now."""
    payment = world.succeeded(way)
    world.trades.refunds_wait = True
    asked = refund(world.client, desk(), payment["payment_id"], CENTS).json()
    assert asked["status"] == "pending"
    world.work()
    return payment | {"refund_id": asked["refund_id"]}


def check(world: World, made: Made, status: str, alarms: set[str], **events: int) -> None:
    """See that sums, books, history, alerts and notices say the same, once."""
    world.work()
    found, refund_id = world.kept(made), made["refund_id"]
    [one] = found.refunds
    [trade] = [one for one in world.trades.all() if one.number == found.payment_id]
    assert (one.refund_id, one.status, raised(refund_id)) == (refund_id, status, alarms)
    assert found.refunded == (CENTS if status == "succeeded" else 0)
    assert found.refund_pending == (CENTS if status == "pending" else 0)
    assert set(trade.backs) <= {refund_id}
    entries = storage.load_entries(found.payment_id)
    assert history.check(found.payment_id, entries, found.head) is None
    types = [entry.type.removeprefix("payment.refund_") for entry in entries]
    assert {name: types.count(name) for name in events} == events
    told = world.notices(found.payment_id)
    for name in ("succeeded", "failed"):
        assert told[f"payment.refund_{name}"] == events.get(name, 0)
    moments = [at for at in (found.received_at, one.went_at, one.ended_at) if at]
    days = {f"{office_time(at):%Y%m%d}" for at in moments}
    lines = [line for day in days for line in storage.movements_of(day)]
    moved = [line for line in lines if line.payment_id == found.payment_id]
    sums = [line.amount.cents if line.came else -line.amount.cents for line in moved]
    assert sum(sums) == found.received - found.refunded
    assert len(moved) == 1 + (one.went_at is not None) + one.returned


@pytest.mark.parametrize(
    "way", [WAYS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in WAYS[3:])], ids=str
)
def test_a_refund_that_a_bank_sends_back(world: World, way: tuple[str, str]) -> None:
    def make() -> Made:
        payment = world.succeeded(way)
        refund_id, trade, back = given_back(world, payment, CENTS)
        world.hear()
        world.work()
        world.trades.bring_back(back, trade)
        return payment | {"refund_id": refund_id, "sent": world.sent.pop()}

    def returned(made: Made) -> None:
        check(world, made, "failed", {"refund_returned"}, succeeded=1, failed=1)

    assert "fetch" in after_each(make, lambda one: heard(world, one), returned)


def test_asking_for_a_refund_that_is_refused_for_now(world: World) -> None:
    def make() -> Made:
        payment = world.succeeded() | {"key": new_id()}
        world.trades.refunds_wait = True
        return payment

    def ask(made: Made) -> None:
        answer = refund(world.client, desk(), made["payment_id"], CENTS, made["key"])
        assert answer.json()["status"] == "pending", answer.body
        made["refund_id"] = answer.json()["refund_id"]
        world.work()

    def waits(made: Made) -> None:
        # Who was stopped before the refusal was kept is asked again by the timer.
        world.clock.advance(61)
        world.reconcile()
        check(world, made, "pending", {"refund_refused_for_now"}, requested=1, waits=1)

    assert "refund" in after_each(make, ask, waits)


@pytest.mark.fresh_index("the timer comes to a payment when the index shows it")
@pytest.mark.parametrize(
    "way", [WAYS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in WAYS[3:])], ids=str
)
def test_sending_again_what_was_refused_for_now(world: World, way: tuple[str, str]) -> None:
    def make() -> Made:
        made = waiting(world, way)
        world.trades.refunds_wait = False
        world.clock.advance(2 * 3600)
        return made

    def look(_: Made) -> None:
        world.reconcile()
        world.work()

    def went(made: Made) -> None:
        for _ in range(2):
            world.hear()
            world.work()
            world.clock.advance(6 * 3600 + 1)
            world.reconcile()
        check(world, made, "succeeded", set(), requested=1, waits=1, succeeded=1)

    assert "refund" in after_each(make, look, went)


@pytest.mark.parametrize("freed", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_refund_that_the_merchant_must_free(world: World, *, freed: bool) -> None:
    def make() -> Made:
        payment = world.succeeded(WAYS[3])
        world.trades.refund_seconds = 3600.0
        refund_id, trade, back = given_back(world, payment, CENTS)
        back.abnormal = True
        world.sent.clear()
        world.trades.tell(trade, "refunded", back)
        made = payment | {"refund_id": refund_id, "sent": world.sent.pop()}
        if freed:
            heard(world, made)
            back.abnormal, back.settles_at = False, 0.0
            world.trades.tell(trade, "refunded", back)
            made["sent"] = world.sent.pop()
        return made

    def waits(made: Made) -> None:
        if freed:
            check(world, made, "succeeded", set(), waits=1, succeeded=1)
        else:
            check(world, made, "pending", {"refund_abnormal"}, waits=1)

    assert "fetch" in after_each(make, lambda one: heard(world, one), waits)
