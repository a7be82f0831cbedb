"""Alerts of halls and of the city: raised, counted, listed, and cleared by who may."""

from datetime import timedelta

import pytest

from chalicelib.catalogue import service as catalogue
from chalicelib.core.clock import rfc3339
from chalicelib.core.ids import new_id
from chalicelib.supervision import service, storage
from chalicelib.supervision.domain import EVERY_HALL, Alert, AlertKind, AlertLevel
from tests.supervision.world import about, listed
from tests.support.cases import HALL, city_worker, worker, worker_of
from tests.support.client import ApiClient
from tests.support.clock import MONDAY


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_an_alert_is_counted_cleared_and_raised_anew(client: ApiClient) -> None:
    subject, boss, hour = new_id(), worker(client, "supervisor"), timedelta(hours=1)
    for at in (MONDAY, MONDAY + hour):
        service.raise_alert(Alert(subject, "fee_differs", "fee", HALL, at, facts={"cents": "1"}))
    [alert] = about(client, boss, subject)
    assert (alert["kind"], alert["times"], alert["level"]) == ("fee", 2, "red")
    assert (alert["raised_at"], alert["last_at"]) == (rfc3339(MONDAY), rfc3339(MONDAY + hour))
    assert (alert["office_id"], alert["facts"]) == (HALL, {"cents": "1"})
    for _ in range(2):
        service.clear_alert(subject, "fee_differs", MONDAY)
    service.clear_alert(subject, "never_raised", MONDAY)
    assert about(client, boss, subject) == []
    [alert] = about(client, boss, subject, "&state=cleared")
    assert alert["cleared_by"] == "system:follow_up"
    service.raise_alert(Alert(subject, "fee_differs", "fee", HALL, MONDAY + hour))
    [alert] = about(client, boss, subject)
    assert (alert["times"], alert["cleared_at"], alert["cleared_by"]) == (3, None, None)


def test_what_belongs_to_no_hall_is_seen_by_who_works_for_the_whole_city(
    client: ApiClient,
) -> None:
    subject, city = new_id(), frozenset(catalogue.current().offices)
    service.raise_alert(Alert(subject, "unknown_payment", "fee", None, MONDAY))
    clear = {"subject_id": subject, "code": "unknown_payment"}
    for halls in ({HALL}, {min(city)}, city - {HALL}):
        boss = worker_of(client, "supervisor", halls)
        assert about(client, boss, subject) == []
        assert client.post("/v1/admin/alerts/clear", clear, token=boss).status == 404
    for role in ("supervisor", "auditor", "admin"):
        [alert] = about(client, city_worker(client, role), subject, "&kind=fee")
        assert alert["office_id"] is None
        assert about(client, city_worker(client, role), subject, f"&office_id={HALL}") == []
    boss = city_worker(client)
    cleared = client.post("/v1/admin/alerts/clear", clear, token=boss)
    assert (cleared.status, cleared.json()["office_id"]) == (200, None)
    assert client.post("/v1/admin/alerts/clear", clear, token=boss).json() == cleared.json()
    assert about(client, boss, subject) == []
    assert len(about(client, boss, subject, "&state=cleared")) == 1


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_what_concerns_every_hall_is_told_once_and_no_hall_alone_puts_it_away(
    client: ApiClient,
) -> None:
    subject = new_id()
    service.raise_alert(Alert(subject, "courier_disabled", "integrity", EVERY_HALL, MONDAY))
    boss, city = worker(client, "supervisor"), city_worker(client)
    for who, query in ((boss, ""), (boss, f"&office_id={HALL}"), (city, "")):
        [alert] = about(client, who, subject, query)
        assert (alert["office_id"], alert["times"]) == (None, 1)
    clear = {"subject_id": subject, "code": "courier_disabled"}
    refused = client.post("/v1/admin/alerts/clear", clear, token=boss)
    assert (refused.status, refused.code) == (403, "forbidden")
    assert client.post("/v1/admin/alerts/clear", clear, token=city).status == 200
    assert about(client, boss, subject) == []


@pytest.mark.parametrize("kind", ["time_limit", "order", "content", "fee", "integrity"])
def test_each_kind_is_listed_by_itself(client: ApiClient, kind: AlertKind) -> None:
    hall, subject = f"hall-{new_id(5)}", new_id()
    boss, levels = worker(client, "supervisor", hall), ("yellow", "red", "yellow")
    every: tuple[AlertKind, ...] = ("time_limit", "order", "content", "fee", "integrity")
    for number, level in enumerate(levels):
        name: AlertLevel = "red" if level == "red" else "yellow"
        for other in every:
            code = f"{other}_{number}"
            service.raise_alert(Alert(subject, code, other, hall, MONDAY, name))
    seen = listed(client, boss, f"&kind={kind}", limit=2)
    assert [alert["code"] for alert in seen] == [f"{kind}_{number}" for number in (1, 0, 2)]
    clear = {"subject_id": subject, "code": f"{kind}_1"}
    answer = client.post("/v1/admin/alerts/clear", clear, token=boss)
    assert answer.status == (409 if kind == "time_limit" else 200)
    assert len(storage.alerts_of(subject)) == len(every) * len(levels)
