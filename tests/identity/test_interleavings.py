"""Random interleavings of what may happen to two phones of one person; more of them by night."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.identity.interleavings import Accounts
from tests.support.client import ApiClient
from tests.support.clock import TestClock

CALM = HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much


def play(client: ApiClient, clock: TestClock, examples: int, steps: int, *, same: bool) -> None:
    Accounts.client, Accounts.clock = client, clock
    run_state_machine_as_test(
        Accounts,
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


def test_seats_and_guards_agree_with_appointments(client: ApiClient, clock: TestClock) -> None:
    play(client, clock, 6, 16, same=True)


# Every third moment; `make thorough` plays the others.
MOMENTS = [pytest.param(n, marks=[pytest.mark.slow] if n % 3 else []) for n in range(1, 13)]


@pytest.mark.parametrize("between", MOMENTS)
def test_two_who_are_joined_while_both_book_the_same_slot(
    client: ApiClient, clock: TestClock, between: int
) -> None:
    Accounts.client, Accounts.clock = client, clock
    accounts = Accounts()
    accounts.two_phones()
    accounts.verify(phone=1, stop=None)
    accounts.join(phone=1, slot=0, between=between, stop=None)
    accounts.come_again(phone=1)
    accounts.teardown()


@pytest.mark.slow
def test_seats_and_guards_agree_for_long(client: ApiClient, clock: TestClock) -> None:
    play(client, clock, 150, 40, same=False)
