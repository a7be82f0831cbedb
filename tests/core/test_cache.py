"""What is remembered for some seconds: never longer, never more than there is room for."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic, sleep

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import retry
from chalicelib.core.cache import TimedCache, Turn
from chalicelib.core.errors import TryAgain

SECONDS, SIZE = 10, 3
steps = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 8)), max_size=40)


@given(steps)
def test_what_is_remembered_is_the_last_value_and_no_older_than_allowed(
    steps: list[tuple[str, int]],
) -> None:
    now, put = 0, dict[str, tuple[int, int]]()
    cache = TimedCache[str, int](SECONDS, SIZE, timer=lambda: now)
    for number, (key, wait) in enumerate(steps):
        now += wait
        value = cache.load(key, partial(int, number))
        if value == number:
            put[key] = number, now
        assert (value, now - put[key][1] < SECONDS) == (put[key][0], True)
        assert sum(cache.get(one) is not None for one in "abcdef") <= SIZE


def test_what_is_dropped_is_read_again() -> None:
    cache = TimedCache[str, str](SECONDS)
    cache.put("a", "old")
    cache.drop("b")
    assert cache.load("a", lambda: "new") == "old"
    cache.clear()
    assert cache.get("a") is None
    cache.put("a", "old")
    cache.drop("a")
    assert cache.load("a", lambda: "new") == "new"


def test_a_value_may_say_how_long_it_is_good() -> None:
    now = 0.0
    cache = TimedCache[str, int](lambda value: value, timer=lambda: now)
    cache.put("short", 1)
    cache.put("long", 5)
    cache.put("never", 0)
    assert (cache.get("short"), cache.get("long"), cache.get("never")) == (1, 5, None)
    now = 2.0
    assert (cache.get("short"), cache.get("long")) == (None, 5)


def test_many_threads_at_once_harm_nothing() -> None:
    cache = TimedCache[int, int](0.001, SIZE)

    def work(seed: int) -> bool:
        for n in range(500):
            key = (seed + n) % 7
            if cache.load(key, partial(int, key * 2)) != key * 2:
                return False
            cache.drop(n % 5)
        return True

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(8)))


def test_who_waits_for_one_that_fails_does_not_try_as_well() -> None:
    turn, tried, waiting = Turn(), list[int](), threading.Event()

    def fail(number: int) -> None:
        tried.append(number)
        waiting.wait(5)
        raise OSError

    def read(number: int) -> str:
        try:
            turn.take(lambda: fail(number))
        except (OSError, TryAgain) as error:
            return type(error).__name__
        return ""

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(read, 1)
        while not tried:
            sleep(0.001)
        others = [pool.submit(read, number) for number in (2, 3)]
        sleep(0.05)
        waiting.set()
        assert first.result() == "OSError"
        assert [one.result() for one in others] == ["TryAgain", "TryAgain"]
    assert tried == [1]
    # Whoever comes later tries again.
    assert not turn.is_taken
    assert read(4) == "OSError"
    assert tried == [1, 4]
    turn.take(lambda: tried.append(5))
    assert tried == [1, 4, 5]


def test_nobody_waits_longer_than_trouble_may_cost_the_own_request() -> None:
    turn, go_on = Turn(), threading.Event()

    def read() -> None:
        assert go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(turn.take, read)
        while not turn.is_taken:
            sleep(0.001)
        began = monotonic()
        with retry.within(0.05), pytest.raises(TryAgain):
            turn.take(read)
        assert 0.05 <= monotonic() - began < 5
        with retry.within(5):
            # What was lost by waiting is lost for what follows.
            retry.spend(5)
            with pytest.raises(TryAgain):
                turn.take(read)
        go_on.set()
        slow.result()
