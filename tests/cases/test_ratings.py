"""Ratings where a citizen looks: in the guide and at the halls."""

from typing import Any

import pytest

from chalicelib.cases import storage
from chalicelib.cases.service import ratings
from chalicelib.core.errors import TryAgain
from chalicelib.core.ratings import Tally
from tests.cases.world import post
from tests.support.cases import HALL, lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.meter import metered

SERVICE = "sole-trader-registration"
OTHER_HALL = "hall-330203"


def rate(client: ApiClient, score: int, hall: str, service: str = SERVICE) -> None:
    me = verified(client)
    made = lodge(client, me, service=service, office_id=hall).json()
    walk(client, worker(client, hall=hall), made["case_id"], "decline")
    answer = post(client, me, f"/v1/cases/{made['case_id']}/rating", {"score": score})
    assert answer.status == 200, answer.body


def shown(client: ApiClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(path).json()["rating"]
    return found


def halls(client: ApiClient, query: str = "") -> dict[str, dict[str, Any]]:
    items = client.get(f"/v1/offices?limit=100{query}").json()["items"]
    return {item["office_id"]: item["rating"] for item in items}


def test_the_average_is_shown_for_a_service_a_hall_and_both(client: ApiClient) -> None:
    before = halls(client)[HALL]
    assert shown(client, f"/v1/services/{SERVICE}") == {"average": None, "count": 0}
    for score, hall in ((5, HALL), (4, HALL), (2, OTHER_HALL)):
        rate(client, score, hall)
    rate(client, 1, HALL, "no-criminal-record")
    assert shown(client, f"/v1/services/{SERVICE}") == {"average": 3.67, "count": 3}
    of_service = halls(client, f"&service_id={SERVICE}")
    assert of_service[HALL] == {"average": 4.5, "count": 2}
    assert of_service[OTHER_HALL] == {"average": 2.0, "count": 1}
    of_hall = shown(client, f"/v1/offices/{HALL}")
    assert of_hall["count"] == before["count"] + 3
    total = (before["average"] or 0) * before["count"] + 10
    assert of_hall["average"] == pytest.approx(total / of_hall["count"], abs=0.02)
    assert halls(client)[HALL] == of_hall


def test_a_look_is_one_query_and_then_none(client: ApiClient) -> None:
    client.get(f"/v1/services/{SERVICE}")
    ratings.forget()
    with metered() as first:
        client.get(f"/v1/services/{SERVICE}")
    assert (first.trips, first.wcu) == (1, 0)
    assert first.rcu <= 0.5
    with metered() as second:
        client.get(f"/v1/services/{SERVICE}")
    assert second.trips == 0


def test_a_guide_does_without_ratings(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_service_id: str | None) -> dict[str, Tally]:
        raise TryAgain(retry_after=1)

    ratings.forget()
    monkeypatch.setattr(storage, "ratings_of", unreachable)
    assert shown(client, f"/v1/services/{SERVICE}") == {"average": None, "count": 0}
