import threading

import pytest

from chalicelib.core import parallel


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
