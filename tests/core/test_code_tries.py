"""Tries at codes that open things without a log-in."""

import pytest

from chalicelib.cases.storage import CLAIMS
from chalicelib.core import rate_limit
from chalicelib.core.code_tries import CodeTries
from chalicelib.core.errors import NotFound, TooManyRequests
from chalicelib.core.ids import new_id
from tests.support.clock import MONDAY
from tests.support.meter import metered

TRIES = CodeTries("test code", CLAIMS, of_source=20, of_thing=5)


def refuse() -> None:
    raise NotFound


def guess(thing: str | None, source: str, *, right: bool = False) -> int:
    try:
        with TRIES.counted(thing, source, MONDAY):
            if not right:
                refuse()
    except (NotFound, TooManyRequests) as problem:
        return problem.status
    return 200


def test_a_thing_has_five_tries_whoever_makes_them_and_the_right_ones_are_none() -> None:
    thing = f"K#{new_id()}"
    assert [guess(thing, new_id(), right=True) for _ in range(7)] == [200] * 7
    assert [guess(thing, new_id()) for _ in range(6)] == [404] * 5 + [429]
    assert guess(thing, new_id(), right=True) == 429


@pytest.mark.parametrize("is_thing", [True, False])
def test_a_caller_has_twenty_tries_at_whatever_it_is(*, is_thing: bool) -> None:
    source = new_id()
    things = [f"K#{new_id()}" if is_thing else None for _ in range(21)]
    assert [guess(thing, source) for thing in things] == [404] * 20 + [429]
    with metered() as cost:
        assert guess(things[0], source, right=True) == 429
    assert cost.trips == 0
    rate_limit.forget()
    assert guess(f"K#{new_id()}", source, right=True) == 429


def test_a_try_is_claimed_for_both_at_once() -> None:
    with metered() as cost:
        assert guess(f"K#{new_id()}", new_id(), right=True) == 200
    assert (cost.trips, cost.wcu) == (2, 4)
