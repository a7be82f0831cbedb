"""What is published, when, and that it stays; what anybody reads of it."""

import csv
import io
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.appointments import storage as slots
from chalicelib.appointments.domain.slots import Slot, parse_slot_id
from chalicelib.cases import storage as cases
from chalicelib.cases.domain import CaseStatus
from chalicelib.cases.storage._cases import case_record
from chalicelib.core.clock import rfc3339
from chalicelib.core.errors import TryAgain
from chalicelib.core.ids import new_id
from chalicelib.core.ratings import Rating
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import transaction
from chalicelib.enquiries import storage as enquiries
from chalicelib.enquiries.domain import DailyCounts
from chalicelib.opendata import jobs
from chalicelib.opendata.domain.datasets import DATASETS
from chalicelib.opendata.providers import bucket
from chalicelib.opendata.service import publication
from chalicelib.opendata.service.datasets import INDEX_OF_LIVE, INDEX_OF_NIGHT, modified_of
from tests.cases.made import a_case
from tests.support.client import Answer, ApiClient
from tests.support.faults import Crash, crash_after
from tests.support.meter import metered

HALL, SERVICE = "hall-330282", "elder-card"
# Each test has a year of its own, far from what others count.
YEARS = iter(range(2050, 2500, 3))


@pytest.fixture
def month(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket of its own, and a month in which nothing happened yet."""
    monkeypatch.setattr(bucket, "PREFIX", f"open-data-{new_id()}/")
    return f"{next(YEARS)}-05"


def after(month: str, days: int = 2) -> datetime:
    """Return a moment some days into the month that follows."""
    first = datetime.fromisoformat(f"{month}-01T03:00:00+08:00")
    return (first + timedelta(days=31)).replace(day=days)


def rate(month: str, number: int, service: str = SERVICE, score: int = 4) -> None:
    day = f"{month.replace('-', '')}15"
    for _ in range(number):
        with transaction() as write:
            cases.write_rating(service, HALL, day, Rating(score, trips_made=1))(write)


def decide(month: str, number: int, late: int = 0, at_counter: int = 0) -> None:
    lodged = datetime.fromisoformat(f"{month}-10T09:00:00+08:00")
    limit = lodged + timedelta(days=5)
    for n in range(number):
        case_record(
            a_case(
                case_id=new_id(8) + f"{new_id(12)}",
                service_id=SERVICE,
                office_id=HALL,
                status=CaseStatus.COMPLETED,
                lodged_at=lodged,
                promised_at=limit,
                due_at=limit,
                decided_at=lodged + timedelta(days=6 if n < late else 2),
                entered_by="clerk" if n < at_counter else None,
            )
        ).save()


def come(month: str, trips: Sequence[int], service: str = SERVICE) -> None:
    """Count cases that ended, each with how often somebody came for it."""
    day = f"{month.replace('-', '')}15"
    for number in trips:
        assert cases.count_trips(new_id(20), HALL, day, service, number)


def complain(month: str, number: int, in_time: int) -> None:
    day = date.fromisoformat(f"{month}-12")
    counts = {"received": number, "answered": number, "in_time": in_time}
    enquiries.count_once(new_id(), 1, DailyCounts(day, HALL, "complaint", "-", counts), 1)


def items(client: ApiClient, dataset_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/datasets/{dataset_id}/data").json()["items"]
    return found


def test_figures_of_a_month_are_published_and_frozen(client: ApiClient, month: str) -> None:
    decide(month, 20, late=5, at_counter=10)
    rate(month, 7)
    rate(month, 3, "id-card-renewal", 1)
    complain(month, 11, 6)
    come(month, [0] * 8 + [1] * 12)
    # Not on the day after: what happened last may not be counted yet.
    publication.publish(after(month, 1))
    assert items(client, "ratings") == []
    publication.publish(after(month))
    where = {"month": month, "office_id": HALL}
    [times] = items(client, "case-times")
    assert times == {
        **where, "service_id": SERVICE, "decided": 20, "in_law": 15, "in_promise": 15,
        "online": 10, "mean_days": 3.0,
    }  # fmt: skip
    # Three ratings of the one service would tell of few: both are one row.
    assert items(client, "ratings") == [
        {**where, "service_id": "other", "ratings": 10, "mean_score": 3.1}
    ]
    assert items(client, "trips") == [
        {**where, "service_id": "other", "answers": 10, "trips_made": 1.0}
    ]
    assert items(client, "trips-counted") == [
        {**where, "service_id": SERVICE, "cases": 20, "trips_counted": 0.6}
    ]
    assert items(client, "enquiries") == [
        {**where, "kind": "complaint", "received": 10, "answered": 10, "in_time": 5}
    ]
    before = {one: client.get(f"/v1/datasets/{one}/data").body for one in ("ratings", "trips")}
    # Whoever comes late is in no file: two dates of one month do not differ.
    rate(month, 1)
    publication.publish(after(month, 3))
    publication.publish(after(month, 9))
    for dataset_id, body in before.items():
        now = json.loads(client.get(f"/v1/datasets/{dataset_id}/data").body)
        assert now["items"] == json.loads(body)["items"]


def test_a_quiet_hall_tells_nothing(client: ApiClient, month: str) -> None:
    decide(month, 4)
    rate(month, 4)
    complain(month, 4, 4)
    come(month, [1, 1, 2, 9])
    publication.publish(after(month))
    for one in ("case-times", "ratings", "trips", "trips-counted", "enquiries"):
        assert items(client, one) == []
    shown = client.get(f"/v1/performance?office_id={HALL}").json()
    assert set(shown["total"].values()) == {None}


def test_performance_of_a_hall(client: ApiClient, month: str) -> None:
    decide(month, 20, late=5, at_counter=10)
    rate(month, 10)
    complain(month, 20, 15)
    come(month, [0, 1] * 5)
    publication.publish(after(month))
    shown = client.get(f"/v1/performance?office_id={HALL}&service_id={SERVICE}&months=1").json()
    assert shown["months"] == [{"month": month, **shown["total"]}]
    assert shown["total"] == {
        "decided": 20, "share_in_time": 0.75, "ahead_of_promise": 0.75, "mean_days": 3.0,
        "share_online": 0.5, "trips_promised": 0.0, "trips_counted": 0.5, "trips_made": 1.0,
        "satisfaction": 4.0, "waiting_minutes": None,
        "complaints_in_time": None,
    }  # fmt: skip
    hall = client.get(f"/v1/performance?office_id={HALL}").json()
    assert hall["total"]["complaints_in_time"] == 0.75
    assert len(hall["months"]) == 12
    assert client.get("/v1/performance?months=24").json()["total"]["decided"] == 20


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("office_id=hall-0", 404),
        ("service_id=none", 404),
        ("months=0", 400),
        ("months=25", 400),
        ("months=x", 400),
        ("other=1", 400),
        ("office_id=", 400),
    ],
)
def test_bad_questions_about_performance(client: ApiClient, query: str, status: int) -> None:
    assert client.get(f"/v1/performance?{query}").status in (status, 422)


@pytest.mark.parametrize("calls", [1, 45])
def test_a_crash_is_made_good_by_the_next_run(client: ApiClient, month: str, calls: int) -> None:
    rate(month, 8)
    with suppress(Crash), crash_after(calls):
        publication.publish(after(month))
    assert jobs.publish_datasets(after(month)) >= 2
    [row] = items(client, "ratings")
    assert (row["month"], row["ratings"]) == (month, 10)
    # The night is done; the halls are looked at again.
    assert jobs.publish_datasets(after(month)) == 2


def test_a_night_that_never_ends_holds_up_no_halls(
    month: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication.publish(after(month))
    now = after(month) + timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr(publication, "_publish_night", lambda _: raise_(TimeoutError()))
        with pytest.raises(TimeoutError):
            publication.publish(now)
    assert modified_of(INDEX_OF_LIVE) == rfc3339(now)
    assert modified_of(INDEX_OF_NIGHT) == rfc3339(after(month))
    assert jobs.publish_datasets(now) > 2


def raise_(error: Exception) -> None:
    raise error


def test_who_published_a_month_first_is_who_published_it(month: str) -> None:
    assert bucket.write_once(f"months/{month}.json", '{"tables": {"ratings": []}}', "x")
    assert not bucket.write_once(f"months/{month}.json", "{}", "x")
    rate(month, 8)
    publication.publish(after(month))
    assert json.loads(bucket.read("performance.json") or "")[month] == {"ratings": []}


def test_the_catalogue_is_there_in_both_media(client: ApiClient, month: str) -> None:
    assert client.get("/v1/datasets/services/data").status == 404
    assert client.get("/v1/datasets").json()["items"][0]["modified"] is None
    publication.publish(after(month))
    listed = client.get("/v1/datasets", headers={"accept-language": "en"}).json()
    assert [one["dataset_id"] for one in listed["items"]] == list(DATASETS)
    assert all(one["modified"] for one in listed["items"])
    first = client.get("/v1/datasets?limit=5").json()
    rest = client.get(f"/v1/datasets?limit=5&cursor={first['next_cursor']}").json()
    assert [one["dataset_id"] for one in first["items"] + rest["items"]] == list(DATASETS)
    linked = client.get("/v1/datasets", headers={"accept": "application/ld+json"})
    assert linked.headers["content-type"] == "application/ld+json"
    assert linked.json()["@type"] == "dcat:Catalog"
    one = client.get("/v1/datasets/trips", headers={"accept": "application/ld+json, */*;q=0.1"})
    assert one.json()["@type"] == "dcat:Dataset"
    assert client.get("/v1/datasets/trips").json()["dataset_id"] == "trips"
    assert client.get("/v1/datasets", headers={"accept": "text/turtle"}).status == 406
    assert client.get("/v1/datasets/none").status == 404
    assert client.get("/v1/datasets/none/data").status == 404
    assert client.get("/v1/datasets/trips/data?format=xml").status in (400, 422)
    assert client.get("/v1/datasets?cursor=x").code == "invalid_cursor"


def test_every_data_set_is_read_in_every_format(client: ApiClient, month: str) -> None:
    rate(month, 9)
    decide(month, 9)
    complain(month, 9, 9)
    come(month, [1] * 9)
    key = parse_slot_id(f"{HALL}.identity.{after(month):%Y%m%d}1000")
    assert key
    slots.create_slots([Slot(key, 0, key.start + timedelta(minutes=15), 3)])
    publication.publish(after(month))
    for dataset_id in DATASETS:
        rows = items(client, dataset_id)
        assert rows, dataset_id
        table = data(client, dataset_id, "csv", "text/csv; charset=utf-8; header=present")
        parsed = list(csv.DictReader(io.StringIO(table.body.decode(), newline=""), strict=True))
        plain = [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
        assert parsed == plain
        features = data(client, dataset_id, "geojson", "application/geo+json").json()["features"]
        assert [feature["properties"] for feature in features] == rows
        for feature in features:
            if feature["properties"].get("office_id") == HALL:
                longitude, latitude = feature["geometry"]["coordinates"]
                assert 120 < longitude < 123
                assert 28 < latitude < 31
    # Nothing personal is a column.
    columns = {name for one in DATASETS.values() for name in one.columns}
    assert not {"citizen_id", "case_id", "person", "name", "phone"} & columns
    [free] = [row for row in items(client, "availability") if row["capacity"] == 3]
    assert (free["remaining"], free["next_free"][11:16]) == (3, "10:00")


def data(client: ApiClient, dataset_id: str, format_: str, content_type: str) -> Answer:
    path = f"/v1/datasets/{dataset_id}/data?format={format_}"
    with metered() as cost:
        answer = client.get(path, headers={"origin": "https://paper.example"})
    assert (cost.trips, cost.rcu) == (0, 0)
    assert answer.headers["content-type"] == content_type
    assert answer.headers["access-control-allow-origin"] == "*"
    again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    return answer


def test_without_the_bucket_everybody_is_asked_to_come_again(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket, "SETTINGS", replace(SETTINGS, upload_bucket="no-such-bucket"))
    for path in ("datasets", "datasets/trips", "datasets/trips/data", "performance"):
        answer = client.get(f"/v1/{path}")
        assert (answer.status, answer.code) == (503, "try_again")
        assert int(answer.headers["retry-after"]) >= 1
    with pytest.raises(TryAgain):
        bucket.write("x", "", "text/plain")


def test_any_page_may_read_refusals_too(client: ApiClient, month: str) -> None:
    origin = {"origin": "https://paper.example"}
    refused = client.get("/v1/datasets/none", headers=origin)
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.get("/v1/offices", headers=origin).headers
    asked = client.send("OPTIONS", "/v1/datasets", headers=origin)
    assert asked.headers["access-control-allow-origin"] == "*"
