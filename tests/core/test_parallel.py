import threading
from time import sleep

import pytest

from chalicelib.core import parallel
from chalicelib.core.parallel import InTime


def test_answers_come_in_order_and_calls_do_not_wait_for_one_another() -> None:
    together = threading.Barrier(4, timeout=5)

    def act(number: int) -> int:
        together.wait()
        return number * 2

    assert parallel.map_concurrently(act, [1, 2, 3, 4]) == [2, 4, 6, 8]


@pytest.mark.parametrize("count", [1, 5])
def test_a_failure_is_raised(count: int) -> None:
    with pytest.raises(ZeroDivisionError):
        parallel.map_concurrently(lambda number: 1 // (number - count), list(range(1, count + 1)))


def test_nothing_asks_nothing() -> None:
    assert parallel.map_concurrently(lambda number: 1 // number, []) == []


def test_what_there_is_no_time_for_is_left() -> None:
    assert InTime(0).map(str, [1, 2]) == []
    # One look at the time for some at once: what is begun is ended.
    assert InTime(60).map(str, [*range(200)]) == [*map(str, range(200))]
    short = InTime(0.05)
    assert len(short.map(lambda _one: sleep(0.05), [*range(200)])) == 64
    assert not short
