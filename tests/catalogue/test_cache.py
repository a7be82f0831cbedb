"""The guide in memory: served while its table is away, and asked for anew in half a minute."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from chalicelib.catalogue import storage
from chalicelib.catalogue.domain.catalogue import Timeline
from chalicelib.catalogue.service import cache
from chalicelib.core.errors import TryAgain


class Table:
    """What the table answers, and how often it was asked."""

    def __init__(self) -> None:
        self.version: str | None = "v1"
        self.is_away, self.asked = False, 0

    def current_version(self) -> str | None:
        self.asked += 1
        if self.is_away:
            raise storage.Unreachable("away")
        return self.version


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    table = Table()
    monkeypatch.setattr(storage, "current_version", table.current_version)
    monkeypatch.setattr(storage, "load", lambda _version: ([], []))
    return table


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Let seconds pass for the cache alone."""
    passed = [100.0]
    clock = SimpleNamespace(monotonic=lambda: passed[0], time=time.time)
    monkeypatch.setattr(cache, "time", clock)

    def wait(seconds: float) -> None:
        passed[0] += seconds

    return iter([wait])


def test_another_version_is_seen_within_half_a_minute(
    table: Table, later: Iterator[Callable[[float], None]]
) -> None:
    wait, kept = next(later), cache._CatalogueCache()
    first = kept.get()
    assert (first.version, table.asked) == ("v1", 1)
    table.version = "v2"
    wait(29.9)
    assert (kept.get(), table.asked) == (first, 1)
    wait(0.1)
    assert (kept.get().version, table.asked) == ("v2", 2)
    wait(30)
    same = kept.get()
    assert (kept.get(), table.asked) == (same, 3)
    kept.drop()
    assert (kept.get().version, table.asked) == ("v2", 4)


def test_what_is_known_is_served_while_the_table_is_away(
    table: Table, later: Iterator[Callable[[float], None]]
) -> None:
    wait, kept = next(later), cache._CatalogueCache()
    table.is_away = True
    with pytest.raises(storage.Unreachable):
        kept.get()
    table.is_away = False
    wait(30)
    first = kept.get()
    table.is_away = True
    wait(30)
    assert kept.get() is first
    # Each half minute it is asked again, not at each request.
    assert kept.get() is first
    assert table.asked == 3


def test_a_city_that_published_nothing_yet_is_asked_to_wait(table: Table) -> None:
    table.version = None
    with pytest.raises(TryAgain) as refused:
        cache._CatalogueCache().get()
    assert refused.value.retry_after == 5


def test_one_asks_and_the_others_are_served_meanwhile(
    table: Table,
    later: Iterator[Callable[[float], None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wait, kept = next(later), cache._CatalogueCache()
    first = kept.get()
    asked, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        asked.set()
        assert go_on.wait(10)
        return "v2"

    monkeypatch.setattr(storage, "current_version", slow)
    wait(30)
    answers: list[Timeline] = []
    asker = threading.Thread(target=lambda: answers.append(kept.get()))
    asker.start()
    assert asked.wait(10)
    # It was due for all, and one asks.
    kept._refreshed_at = 0.0
    assert kept.get() is first
    go_on.set()
    asker.join(10)
    assert [one.version for one in answers] == ["v2"]


def test_of_two_who_wait_for_the_first_the_second_finds_it(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, asked, go_on = cache._CatalogueCache(), threading.Event(), threading.Event()
    counted = table.current_version

    def slow() -> str | None:
        asked.set()
        assert go_on.wait(10)
        return counted()

    monkeypatch.setattr(storage, "current_version", slow)
    answers: list[Timeline] = []
    askers = [threading.Thread(target=lambda: answers.append(kept.get())) for _ in range(2)]
    for asker in askers:
        asker.start()
    assert asked.wait(10)
    go_on.set()
    for asker in askers:
        asker.join(10)
    assert (len(answers), table.asked) == (2, 1)
    assert answers[0] is answers[1]


def test_who_waits_for_the_first_while_it_fails_does_not_ask_as_well(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, asked, go_on = cache._CatalogueCache(), threading.Event(), threading.Event()
    table.is_away, counted = True, table.current_version

    def slow() -> str | None:
        asked.set()
        assert go_on.wait(10)
        return counted()

    monkeypatch.setattr(storage, "current_version", slow)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(kept.get)
        assert asked.wait(10)
        others = [pool.submit(kept.get) for _ in range(2)]
        time.sleep(0.05)
        go_on.set()
        assert isinstance(first.exception(), storage.Unreachable)
        assert [type(one.exception()) for one in others] == [TryAgain, TryAgain]
    assert table.asked == 1
