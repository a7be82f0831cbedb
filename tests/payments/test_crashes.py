"""Every use case, stopped after each write and each call of a provider, and done again.

Each must end with one charge, the right state, one receipt, one movement in the books and one
notice; a control shows that the harness would notice.
"""

from typing import Any

import pytest

from chalicelib.core.ids import new_id
from chalicelib.payments import providers
from chalicelib.payments.providers.base import Order, Started
from tests.payments import outside
from tests.payments.paying import FEE, WAYS, refund, shown, start, token, yuan
from tests.payments.stops import after_each, every_first_call_fails
from tests.payments.world import World, desk


def test_beginning(world: World) -> None:
    def make() -> dict[str, Any]:
        return {"case": world.fee(), "key": new_id()}

    def act(thing: dict[str, Any]) -> None:
        answer = start(world.client, world.me, thing["case"], key=thing["key"])
        assert answer.status == 201, answer.body
        thing |= answer.json()

    def check(thing: dict[str, Any]) -> None:
        assert thing["action"]["kind"] == "card"
        assert outside.act(thing["action"]) == 200
        world.hear()
        world.check(thing, "succeeded")

    assert after_each(make, act, check).count("start") == 1


def test_settling_by_a_notification(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.charged()
        return payment | {"sent": world.sent.pop()}

    def hear(payment: dict[str, Any]) -> None:
        path, body, headers = payment["sent"]
        assert world.client.send("POST", path, body, headers=headers).status == 200
        world.work()

    def check(payment: dict[str, Any]) -> None:
        world.check(payment, "succeeded")

    assert "fetch" in after_each(make, hear, check)


def test_settling_by_a_look(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.charged()
        world.clock.advance(11)
        return payment

    def act(payment: dict[str, Any]) -> None:
        shown(world.client, world.me, payment["payment_id"])

    def check(payment: dict[str, Any]) -> None:
        world.hear()
        world.check(payment, "succeeded")

    assert "fetch" in after_each(make, act, check)


@pytest.mark.fresh_index("the timer comes to a payment when the index shows it")
def test_settling_by_the_timer(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.charged()
        world.clock.advance(61)
        return payment

    def check(payment: dict[str, Any]) -> None:
        world.check(payment, "succeeded")

    assert "fetch" in after_each(make, lambda _: world.reconcile(), check)


@pytest.mark.fresh_index("the timer comes to a payment when the index shows it")
def test_expiring(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.pending()
        world.clock.advance(31 * 60)
        return payment

    def check(payment: dict[str, Any]) -> None:
        assert outside.act(payment["action"]) == 409
        world.check(payment, "expired")

    assert "cancel" in after_each(make, lambda _: world.reconcile(), check)


def test_giving_up(world: World) -> None:
    def act(payment: dict[str, Any]) -> None:
        path = f"/v1/payments/{payment['payment_id']}/cancel"
        assert world.client.post(path, token=token(world.me)).json()["status"] == "cancelled"

    def check(payment: dict[str, Any]) -> None:
        assert outside.act(payment["action"]) == 409
        world.hear()
        world.check(payment, "cancelled")

    assert "cancel" in after_each(world.pending, act, check)


def give_back(world: World, payment: dict[str, Any]) -> None:
    answer = refund(world.client, desk(), payment["payment_id"], 4000, payment["key"])
    assert answer.json()["status"] == "succeeded", answer.body


def test_giving_back(world: World) -> None:
    def check(payment: dict[str, Any]) -> None:
        world.hear()
        world.check(payment, "succeeded", 4000)

    def make() -> dict[str, Any]:
        return world.succeeded() | {"key": new_id()}

    assert "refund" in after_each(make, lambda one: give_back(world, one), check)


def test_without_the_key_it_would_be_given_back_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act(payment: dict[str, Any]) -> None:
        give_back(world, payment | {"key": new_id()})

    def check(payment: dict[str, Any]) -> None:
        world.check(payment, "succeeded", 4000)

    with pytest.raises(AssertionError):
        after_each(world.succeeded, act, check)


def test_agreeing_to_give_back(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.succeeded()
        asked = refund(world.client, desk(), payment["payment_id"]).json()
        assert asked["needs_approval"]
        return payment | {"refund_id": asked["refund_id"]}

    def act(payment: dict[str, Any]) -> None:
        path = f"/v1/admin/refunds/{payment['refund_id']}/approve"
        assert world.client.post(path, token=desk(1)).json()["status"] == "succeeded"

    def check(payment: dict[str, Any]) -> None:
        world.check(payment, "succeeded", FEE)

    assert "refund" in after_each(make, act, check)


@pytest.mark.fresh_index("the timer comes to a payment when the index shows it")
def test_settling_a_refund_by_the_timer(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.succeeded(("wechat_pay", "web"))
        world.trades.refund_seconds = 3600
        asked = refund(world.client, desk(), payment["payment_id"], 4000).json()
        assert asked["status"] == "pending"
        trade = world.trades.find("stripe", payment["payment_id"])
        assert trade
        trade.backs[asked["refund_id"]].settles_at = 0
        world.sent.clear()
        world.clock.advance(61)
        return payment

    def check(payment: dict[str, Any]) -> None:
        world.check(payment, "succeeded", 4000)

    assert "fetch" in after_each(make, lambda _: world.reconcile(), check)


def test_giving_back_what_came_too_late(world: World) -> None:
    def make() -> dict[str, Any]:
        payment = world.pending()
        path = f"/v1/cases/{payment['case_id']}/withdraw"
        headers = {"Idempotency-Key": new_id()}
        gone = world.client.post(path, {}, token=token(world.me), headers=headers)
        assert gone.status == 200, gone.body
        world.work()
        assert outside.act(payment["action"]) == 200
        world.ask(payment)
        return payment

    def check(payment: dict[str, Any]) -> None:
        world.check(payment, "succeeded", FEE)

    assert "refund" in after_each(make, lambda _: world.work(), check)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_overtakes_our_own_answer_is_kept(
    world: World, way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = providers.provider

    class Hasty:
        """Tells of the payment before it answers to its start."""

        def __init__(self, provider: Any) -> None:
            self._provider = provider

        def __getattr__(self, name: str) -> Any:
            return getattr(self._provider, name)

        def start(self, order: Order) -> Started:
            started: Started = self._provider.start(order)
            action = {"kind": started.action.kind, **started.action.fields}
            assert outside.act(action) in (200, 409)
            world.hear()
            world.work()
            return started

    monkeypatch.setattr(providers, "provider", lambda name: Hasty(real(name)))
    payment = world.pending(way)
    world.check(payment, "succeeded")
    assert shown(world.client, world.me, payment["payment_id"])["finished"]


@pytest.mark.parametrize("acted", [True, False])
def test_each_first_call_without_an_answer(world: World, acted: bool) -> None:
    case, key = world.fee(), new_id()
    with every_first_call_fails(acted=acted):
        unsure = start(world.client, world.me, case, key=key)
        assert unsure.code == "payment_provider_unavailable"
        assert unsure.headers["retry-after"]
        payment = start(world.client, world.me, case, key=key).json()
        path = payment["payment_id"]
        world.clock.advance(11)
        assert shown(world.client, world.me, path)["status"] == "pending"
        assert outside.act(payment["action"]) == 200
        world.hear()
        world.work()
        asked = refund(world.client, desk(), path, 4000).json()
        assert asked["status"] == "pending"
        assert shown(world.client, world.me, path)["amount_refund_pending"] == yuan(4000)
        world.clock.advance(61)
        world.reconcile()
        world.check(payment, "succeeded", 4000)
        other = world.pending_after_trouble()
        give_up = f"/v1/payments/{other['payment_id']}/cancel"
        answer = world.client.post(give_up, token=token(world.me))
        assert answer.code == "payment_provider_unavailable"
        answer = world.client.post(give_up, token=token(world.me))
        assert answer.json()["status"] == "cancelled"
        world.check(other, "cancelled")
