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


def test_after_a_failure_nothing_more_is_begun_and_what_was_ends() -> None:
    begun, ended = list[int](), list[int]()

    def act(number: int) -> None:
        begun.append(number)
        if number == 2:
            raise ZeroDivisionError
        sleep(0.05)
        ended.append(number)

    with pytest.raises(ZeroDivisionError):
        parallel.map_concurrently(act, list(range(100)))
    assert len(begun) <= 8
    assert sorted([*ended, 2]) == sorted(begun)


def test_those_that_ask_many_at_once_themselves_come_to_an_end() -> None:
    def tree(depth: int) -> int:
        return sum(parallel.map_concurrently(tree, [depth - 1] * 9)) if depth else 1

    assert tree(4) == 9**4


def test_no_thread_is_begun_where_one_has_nothing_to_do() -> None:
    parallel.map_concurrently(sleep, [0.01] * 8)
    before = threading.active_count()
    for _ in range(20):
        parallel.map_concurrently(sleep, [0.0] * 8)
    assert threading.active_count() <= before + 7


def test_nothing_asks_nothing() -> None:
    assert parallel.map_concurrently(lambda number: 1 // number, []) == []


def test_what_there_is_no_time_for_is_left() -> None:
    assert InTime(0).map(str, [1, 2]) == []
    # One look at the time for some at once: what is begun is ended.
    assert InTime(60).map(str, [*range(200)]) == [*map(str, range(200))]
    short = InTime(0.05)
    assert len(short.map(lambda _one: sleep(0.05), [*range(200)])) == 64
    assert not short
