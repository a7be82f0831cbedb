"""Drafts: on every phone of their citizen, sealed, for 90 days, and nobody else's."""

import json
from typing import Any

import pytest

from chalicelib.cases import storage
from chalicelib.cases.domain.drafts import LARGEST_DRAFT
from chalicelib.core import tables
from tests.support.cases import verified
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import Citizen, log_in, new_code

DAY = 24 * 60 * 60
SERVICE = "no-criminal-record"
DRAFT: dict[str, Any] = {
    "form": {"purpose": "出国留学", "half": None, "pages": ["一", 2, {"deep": True}]},
    "materials": [{"material_id": "identity-card", "upload_id": "7bcd"}],
}


def save(client: ApiClient, who: Citizen, body: Any = None, service: str = SERVICE) -> Answer:
    path = f"/v1/me/drafts/{service}"
    return client.put(path, DRAFT if body is None else body, token=who.token)


def show(client: ApiClient, who: Citizen, service: str = SERVICE) -> Answer:
    return client.get(f"/v1/me/drafts/{service}", token=who.token)


def drafts_of(client: ApiClient, who: Citizen) -> list[str]:
    items = client.get("/v1/me/drafts", token=who.token).json()["items"]
    return [one["service_id"] for one in items]


def test_a_draft_is_there_as_it_was_left_until_it_is_dropped(client: ApiClient) -> None:
    me = log_in(client)
    assert show(client, me).status == 404
    saved = save(client, me)
    assert saved.status == 200, saved.body
    shown = show(client, me).json()
    assert shown == saved.json()
    assert (shown["form"], shown["service_id"]) == (DRAFT["form"], SERVICE)
    assert shown["materials"][0]["upload_id"] == "7bcd"
    assert shown["delivery"] is shown["for_member"] is shown["office_id"] is None
    for _ in range(2):
        path = f"/v1/me/drafts/{SERVICE}"
        assert client.delete(path, token=me.token).status == 204
        assert show(client, me).status == 404
    assert drafts_of(client, me) == []


def test_the_last_one_that_was_saved_counts_and_stands_first(
    client: ApiClient, clock: TestClock
) -> None:
    me = log_in(client)
    save(client, me)
    clock.advance(1)
    save(client, me, {}, "id-card-renewal")
    assert drafts_of(client, me) == ["id-card-renewal", SERVICE]
    clock.advance(1)
    save(client, me, {"form": {"purpose": "求职"}})
    assert drafts_of(client, me) == [SERVICE, "id-card-renewal"]
    assert show(client, me).json()["form"] == {"purpose": "求职"}
    assert show(client, me).json()["materials"] == []


def test_it_is_kept_for_90_days_from_the_last_time(client: ApiClient, clock: TestClock) -> None:
    code = new_code()
    me = log_in(client, code)
    save(client, me)
    clock.advance(89 * DAY)
    save(client, log_in(client, code))
    clock.advance(90 * DAY - 3600)
    me = log_in(client, code)
    assert show(client, me).status == 200
    clock.advance(3600)
    me = log_in(client, code)
    assert show(client, me).status == 404
    assert drafts_of(client, me) == []


def test_nobody_else_sees_it_and_the_table_does_not_say_it(client: ApiClient) -> None:
    me, other = log_in(client), log_in(client)
    save(client, me)
    assert show(client, other).status == 404
    client.delete(f"/v1/me/drafts/{SERVICE}", token=other.token)
    assert show(client, me).status == 200
    dynamodb: Any = tables.client()
    key = {"pk": {"S": f"D#{me.citizen_id}"}, "sk": {"S": SERVICE}}
    item = dynamodb.get_item(TableName=storage.TABLE.name, Key=key)["Item"]
    assert "出国留学" not in json.dumps(item, ensure_ascii=False)
    # Put under another service, what is sealed opens no more.
    moved = {**item, "sk": {"S": "id-card-renewal"}}
    dynamodb.put_item(TableName=storage.TABLE.name, Item=moved)
    assert show(client, me, "id-card-renewal").status == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"form": []}, "/form"),
        ({"form": {"x" * 65: 1}}, "/form"),
        ({"materials": [{"upload_id": "a"}]}, "/materials/0/material_id"),
        ({"materials": [{"material_id": "a"}] * 81}, "/materials"),
        ({"delivery": {"name": "王"}}, "/delivery"),
        ({"form": {"purpose": "长" * (LARGEST_DRAFT // 3)}}, "/form"),
        ({"unknown": 1}, "/unknown"),
    ],
)
def test_what_is_no_application_is_told(client: ApiClient, body: Any, pointer: str) -> None:
    me = log_in(client)
    answer = save(client, me, body)
    assert answer.status == 422, answer.body
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert drafts_of(client, me) == []


def test_the_longest_that_is_taken_comes_back_whole(client: ApiClient) -> None:
    me = log_in(client)
    body = {"form": {"purpose": "长" * (LARGEST_DRAFT // 3 - 20)}}
    assert save(client, me, body).status == 200
    assert show(client, me).json()["form"] == body["form"]


def test_there_is_none_for_a_service_that_is_not(client: ApiClient) -> None:
    me = log_in(client)
    assert save(client, me, service="no-such-service").status == 404
    assert show(client, me, "no-such-service").status == 404


def test_it_is_exported_and_goes_with_its_citizen(client: ApiClient) -> None:
    me = verified(client)
    save(client, me)
    [exported] = client.get("/v1/me/export", token=me.token).json()["drafts"]
    assert (exported["service_id"], exported["form"]) == (SERVICE, DRAFT["form"])
    assert client.delete("/v1/me", token=me.token).status in (200, 204)
    assert storage.list_drafts(me.citizen_id) == []


def test_saving_and_showing_are_a_trip_each(client: ApiClient) -> None:
    me = log_in(client)
    save(client, me)
    with metered() as cost:
        save(client, me)
    assert (cost.trips, cost.wcu, cost.rcu) <= (1, 1, 0)
    with metered() as cost:
        show(client, me)
    assert (cost.trips, cost.rcu, cost.wcu) <= (1, 1, 0)
