"""Time: halls live in Asia/Shanghai, wherever the server's clock stands."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from chalicelib.appointments.jobs import slots
from chalicelib.appointments.service import timetable
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain.calendar import day_kind
from infra.local.engine import Engine
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered

PATH = "/v1/offices/hall-330213/availability?service_id=marriage-registration"


@pytest.fixture(params=["UTC", "America/New_York", "Pacific/Kiritimati"])
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_the_day_changes_at_midnight_in_shanghai(
    client: ApiClient, clock: TestClock, zone: str
) -> None:
    for moment, day in (
        ("2026-12-01T23:59:00", "2026-12-01"),
        ("2026-12-02T00:01:00", "2026-12-02"),
    ):
        clock.set(datetime.fromisoformat(f"{moment}+08:00"))
        assert client.get(f"{PATH}&days=1").json()["days"][0]["date"] == day


def made(first: date) -> dict[date, list[str]]:
    office, group = catalogue.office("hall-330213"), catalogue.group("hall-330213", "family")
    found: dict[date, list[str]] = {}
    for slot in timetable.slots_of(office, group, first):
        start = slot.key.start
        found.setdefault(start.date(), []).append(f"{start:%H:%M}")
    return found


def test_holidays_are_closed_and_moved_working_days_are_open(client: ApiClient, zone: str) -> None:
    days = made(date(2026, 9, 19))
    assert not [day for day in days if date(2026, 10, 1) <= day <= date(2026, 10, 7)]
    working_saturday, saturday = date(2026, 10, 10), date(2026, 10, 17)
    assert working_saturday.weekday() == saturday.weekday() == 5
    assert days[working_saturday][-1] == "16:30"
    assert days[saturday][-1] == "11:30"
    assert date(2026, 10, 18) not in days


def test_slots_are_made_for_thirty_days_and_once(client: ApiClient, clock: TestClock) -> None:
    now = datetime.fromisoformat("2028-04-03T08:00:00+08:00")
    office, group = catalogue.office("hall-330213"), catalogue.group("hall-330213", "family")
    wanted = list(timetable.slots_of(office, group, now.date()))
    from chalicelib.appointments import storage

    storage.create_slots(wanted)
    storage.create_slots(wanted)
    clock.set(now)
    days = client.get(f"{PATH}&days=31").json()["days"]
    shown = [slot["slot_id"] for day in days for slot in day["slots"]]
    assert shown == [slot.key.slot_id for slot in wanted]
    for day in days:
        open_day = day_kind(date.fromisoformat(day["date"])) != "closed"
        assert bool(day["slots"]) == open_day


def test_what_a_crash_left_out_is_made_by_the_next_night(engine: Engine) -> None:
    from chalicelib.appointments import storage

    now = datetime.fromisoformat("2029-04-02T08:00:00+08:00")
    hall, category = "hall-330213", "family"
    office, group = catalogue.office(hall), replace(catalogue.group(hall, category), capacity=80)
    wanted = list(timetable.slots_of(office, group, now.date()))
    # As far as between two shards of one slot.
    assert wanted[136].key == wanted[137].key
    storage.create_slots(wanted[:137])
    slots._make_missing(office, group, now.date())
    there = storage.load_slots(hall, category, "20290402", "20290601")
    assert [slot.key.slot_id for slot in there] == [slot.key.slot_id for slot in wanted]
    with metered() as cost:
        slots._make_missing(office, group, now.date())
    assert (cost.wcu, cost.trips) == (0, 1)
    day = now.date() + timedelta(days=1)
    tomorrow = list(timetable.slots_of(office, group, day))
    slots._make_missing(office, group, day)
    there = storage.load_slots(hall, category, "20290403", "20290601")
    assert [slot.key.slot_id for slot in there] == [slot.key.slot_id for slot in tomorrow]
