"""Lists of what is due, done until nothing is left."""

from chalicelib.core.draining import drain
from chalicelib.core.parallel import InTime


def test_what_fails_holds_up_nothing_behind_it_and_is_asked_once() -> None:
    left, asked = [*range(10)], list[int]()

    def work(one: int) -> int:
        asked.append(one)
        if one < 3:
            raise ValueError(one)
        left.remove(one)
        return one

    # Two at a time: the first three would be read for ever.
    assert drain("t", lambda beyond: left[: 2 + beyond], work, InTime(60)) == [*range(3, 10)]
    assert sorted(asked) == [*range(10)]
    assert left == [0, 1, 2]


def test_what_an_index_shows_still_is_not_done_again() -> None:
    assert drain("t", lambda _beyond: ["a"], str.upper, InTime(60)) == ["A"]


def test_without_time_nothing_is_read() -> None:
    assert drain("t", lambda beyond: [1 // beyond], str, InTime(0)) == []
