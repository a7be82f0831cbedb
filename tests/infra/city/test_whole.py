"""The whole month as `make run` plays it: what the first look shows, what it leaves to others."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib.cases.domain.case import CaseStatus
from infra.local.city.journal import Journal
from tests.support.system import System

pytestmark = pytest.mark.slow
REPORTS = (
    *("bookings", "waiting", "no-shows", "case-times", "ratings", "trips", "deliveries"),
    *("revenue", "enquiries", "search-misses", "assistant-questions", "unanswered-questions"),
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    city = System(tmp_path_factory.mktemp("city"), month=True)
    yield city
    for person in city.people:
        person.close()
    city.stop(gently=True)


def played(data: Path) -> Journal:
    journal = Journal.load(data / "city.jsonl")
    assert journal
    return journal


def test_the_month_is_whole_and_nothing_in_it_was_refused(city: System) -> None:
    assert played(city.data).ending == "whole"
    assert "act_refused" not in (city.data / "run.log").read_text()
    assert not (city.data / "clock").exists()


def test_every_report_has_rows(city: System) -> None:
    desk, today = city.desk("supervisor"), city.now().date()
    span = f"from={today - timedelta(days=29)}&to={today}"
    for name in REPORTS:
        assert desk.get(f"/v1/admin/reports/{name}?{span}")["items"], name


def test_cases_are_in_every_state(city: System) -> None:
    desk = city.desk("supervisor")
    halls = [one["office_id"] for one in desk.get("/v1/offices?limit=100")["items"]]
    for status in CaseStatus:
        lists = (
            desk.get(f"/v1/admin/cases?office_id={hall}&status={status}")["items"] for hall in halls
        )
        assert any(lists), status


def test_figures_of_a_month_that_is_over_are_published(city: System) -> None:
    assert city.phone("reader").get("/v1/performance?months=1")["total"]["decided"]


def test_staff_are_warned_of_what_is_late(city: System) -> None:
    kinds = {one["kind"] for one in city.desk("supervisor").get("/v1/admin/alerts")["items"]}
    assert {"time_limit", "order"} <= kinds


def test_a_new_person_finds_nothing_and_every_time_free(city: System) -> None:
    phone = city.phone("somebody-new")
    for path in ("/v1/appointments", "/v1/cases", "/v1/notifications", "/v1/deliveries"):
        assert phone.get(path)["items"] == []
    path = "/v1/offices/hall-330200/availability?service_id=id-card-renewal&days=14"
    slots = [slot for day in phone.get(path)["days"] for slot in day["slots"]]
    assert all(one["remaining"] >= one["capacity"] - 1 for one in slots if one["state"] == "open")
    assert not [one for one in slots if one["state"] == "full"]


def test_every_list_of_the_staff_has_something(city: System) -> None:
    admin = city.desk("admin")
    [heard] = admin.get("/v1/admin/subscribers")["items"]
    told = admin.get(f"/v1/admin/subscribers/{heard['subscriber_id']}/messages")["items"]
    assert told
    assert {one["state"] for one in told} == {"sent"}
    hall = "hall-330212"
    assert admin.get(f"/v1/admin/refunds?office_id={hall}")["items"]
    assert admin.get(f"/v1/admin/letters?office_id={hall}")["items"]
    assert admin.get(f"/v1/admin/offices/{hall}/new-times")["items"]
    assert admin.get("/v1/admin/decisions?sampled=true")["items"]
    [device] = admin.get(f"/v1/admin/offices/{hall}/devices")["items"]
    assert device["paired_at"]
    missed = admin.get(f"/v1/admin/reports/no-shows?office_id={hall}")["items"]
    assert any(row["no_shows"] for row in missed)
