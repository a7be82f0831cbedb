"""Timers of many halls, by counts of calls; the limit is Lambda's and the manifest's, 60 seconds.

Calls that go side by side go eight at once. At 8 ms each, 3,000 halls with two reads each and 64
buckets take about six seconds of a run.
"""

from datetime import timedelta

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.jobs import release
from chalicelib.appointments.occupancy import service as occupancy
from chalicelib.appointments.waiting.service import offers as waiting
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from functions import manifest
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import Cost, metered

CALL_SECONDS, AT_ONCE, PROVINCE = 0.008, 8, 3000


def idle_run(patch: pytest.MonkeyPatch, halls: int) -> Cost:
    """Run the timer over so many halls, all of whose days are closed."""
    names = {f"hall-{new_id(8).lower()}" for _ in range(halls)}
    yesterday = office_time(MONDAY).date() - timedelta(days=1)
    for name in names:
        storage.set_closed_until(name, f"{yesterday:%Y%m%d}")
    patch.setattr(storage, "halls_seen", lambda _: names)
    # What is counted here is what grows with the halls that exist, not with what happens in them.
    patch.setattr(storage, "list_to_sweep", lambda _: [])
    patch.setattr(occupancy, "count", lambda *_: 0)
    patch.setattr(waiting, "watch", lambda *_: None)
    with metered() as cost:
        assert release.release_expired(MONDAY) == release.Released(0, 0)
    return cost


def test_an_idle_run_over_3000_halls_ends_in_time(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, more = (idle_run(monkeypatch, halls) for halls in (10, 40))
    assert few.trips == more.trips <= 4
    assert more.wcu == 0
    a_hall = (len(more.calls) - len(few.calls)) / 30
    assert a_hall <= 2
    limit = manifest.named("release_expired").timeout_seconds
    assert PROVINCE * a_hall * CALL_SECONDS / AT_ONCE < limit / 4
