"""Random interleavings of all that may happen to a fee; controls show what they would catch."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.cases import service as cases
from chalicelib.payments.domain import provider_state
from chalicelib.payments.domain.payments import Outcome
from chalicelib.payments.domain.refunds import REFUND_TRANSITIONS, RefundStatus
from chalicelib.payments.service import refunds
from tests.payments.interleavings import Interleavings
from tests.payments.paying import WAYS
from tests.payments.world import World

CALM = HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much
Patch = pytest.MonkeyPatch


def play(world: World, examples: int, steps: int, *, same: bool = False) -> None:
    Interleavings.world = world
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            # Real tables make each step of shrinking a second long; the first failure tells enough.
            phases=(Phase.explicit, Phase.generate),
            report_multiple_bugs=False,
            suppress_health_check=CALM,
            database=None,
            derandomize=same,
        ),
    )


def test_money_in_is_money_out_and_money_held(world: World) -> None:
    play(world, 8, 16, same=True)


def late(one: Interleavings) -> None:
    one.withdraw()
    one.world.clock.advance(2)
    one.act(0, "pay")


def paid(one: Interleavings) -> None:
    one.act(0, "pay")
    one.hear_one(0)
    one.workers()


def without_us(one: Interleavings) -> None:
    paid(one)
    one.money_goes_without_us(0, "dashboard", 500)


def disputed(one: Interleavings) -> None:
    paid(one)
    one.money_goes_without_us(0, "dispute", 500)


def brought_back(one: Interleavings) -> None:
    paid(one)
    one.give_back(0, 4000)
    one.a_bank_sends_back(0)


def refused_for_now(one: Interleavings) -> None:
    paid(one)
    one.refunds_are_in_trouble(fail=False, wait=True)
    one.give_back(0, 4000)


def of_another_sum(one: Interleavings) -> None:
    one.other_money_comes(0, (11999, "cny"))


def nothing_is_automatic(patch: Patch) -> None:
    patch.setattr(refunds, "automatic", lambda *_: None)


def nothing_goes_without_us(patch: Patch) -> None:
    patch.setattr(provider_state, "_went_outside", lambda old, *_: Outcome(old))


def what_went_is_gone(patch: Patch) -> None:
    kept = {**REFUND_TRANSITIONS, RefundStatus.SUCCEEDED: frozenset()}
    patch.setattr(provider_state, "REFUND_TRANSITIONS", kept)


def for_now_is_for_good(patch: Patch) -> None:
    def failed(payment: Any, refund_id: str, _trouble: str, now: Any) -> Any:
        return refunds._apply(payment, refund_id, "failed", now)

    patch.setattr(refunds, "_wait", failed)


def all_is_believed(patch: Patch) -> None:
    patch.setattr(provider_state, "_mismatch", lambda *_: None)


def nobody_is_told(patch: Patch) -> None:
    patch.setattr(cases, "note_payment", lambda *_: None)


GUARDS: list[tuple[Callable[[Interleavings], None], Callable[[Patch], None]]] = [
    (late, nothing_is_automatic),
    (without_us, nothing_goes_without_us),
    (disputed, nothing_goes_without_us),
    (disputed, nobody_is_told),
    (brought_back, what_went_is_gone),
    (refused_for_now, for_now_is_for_good),
    (of_another_sum, all_is_believed),
    (of_another_sum, nothing_is_automatic),
]


@pytest.mark.parametrize(
    ("happens", "guard"), GUARDS, ids=[f"{a.__name__}-{b.__name__}" for a, b in GUARDS]
)
def test_each_guard_is_missed_when_it_is_taken_out(
    world: World, happens: Callable[[Interleavings], None], guard: Callable[[Patch], None]
) -> None:
    Interleavings.world = world
    for guarded in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not guarded:
                guard(patch)
            one = Interleavings()
            one.a_fee_is_due(WAYS[0])
            happens(one)
            with nullcontext() if guarded else pytest.raises(AssertionError):
                one.teardown()


@pytest.mark.slow
def test_money_in_is_money_out_and_money_held_for_long(world: World) -> None:
    play(world, 300, 40)
