"""A hall in the hands of a test, and who runs it."""

from typing import Any

import pytest

from chalicelib.appointments.service import slot_alignment, timetable
from tests.appointments.world import Chief, Hall
from tests.support.client import ApiClient
from tests.support.clock import TestClock


@pytest.fixture
def hall(client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> Hall:
    from chalicelib.appointments.service import waiting_times
    from chalicelib.core.cache import TimedCache

    monkeypatch.setattr(waiting_times, "_halls", TimedCache(0))
    return Hall(client, clock)


@pytest.fixture
def chief(client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> Chief:
    # What holds for the coming days holds for a month, which takes six times as long.
    for room in (slot_alignment, timetable):
        monkeypatch.setattr(room, "HORIZON_DAYS", 5)
    return Chief(client, clock)


@pytest.fixture
def as_it_was(client: ApiClient, chief: Chief) -> Any:
    before = chief.show()
    yield
    for closure in chief.show()["closures"]:
        path = f"{chief.path}/closures/{closure['closure_id']}"
        assert client.send("DELETE", path, token=chief.token).status == 200
    names = ("weekdays", "saturday", "counters")
    if all(chief.show()[name] == before[name] for name in names):
        return
    assert chief.put(**{name: before[name] for name in names}).status == 200
