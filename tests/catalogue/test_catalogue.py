import re
from datetime import date

import pytest

from chalicelib.catalogue.domain.calendar import day_kind
from tests.support.client import ApiClient


def found(client: ApiClient, query: str) -> list[str]:
    from urllib.parse import quote

    items = client.get(f"/v1/services?limit=100&query={quote(query)}").json()["items"]
    return [item["service_id"] for item in items]


def test_all_services_come_in_pages(client: ApiClient) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/services?limit=7{cursor}").json()
        seen += [item["service_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen)) == 20


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("身份证", "id-card-renewal"),
        ("identity card", "id-card-renewal"),
        ("照片", "id-card-renewal"),
        ("PHOTO", "id-card-renewal"),
        ("identiy card", "id-card-renewal"),
        ("公安", "id-card-renewal"),
    ],
)
def test_words_find_a_service(client: ApiClient, query: str, wanted: str) -> None:
    assert wanted in found(client, query)


def test_nonsense_finds_nothing(client: ApiClient) -> None:
    assert found(client, "zzzzzz") == []
    assert found(client, "!!!") == []


def test_the_guide_tells_all_in_both_languages(client: ApiClient) -> None:
    zh = client.get("/v1/services/id-card-renewal")
    en = client.get("/v1/services/id-card-renewal", headers={"accept-language": "en"})
    assert zh.json()["name"] == "居民身份证换领"
    assert en.json()["name"] == "Resident identity card renewal"
    assert en.json()["fee"]["cents"] == 2000
    assert [m["material_id"] for m in en.json()["materials"]] == ["old-id-card", "photo"]
    again = client.get(
        "/v1/services/id-card-renewal", headers={"if-none-match": zh.headers["etag"]}
    )
    assert (again.status, again.body) == (304, b"")
    assert client.get("/v1/services/none").status == 404


def test_departments_are_named_in_both_languages(client: ApiClient) -> None:
    def named(lang: str) -> dict[str, str]:
        items = client.get("/v1/departments", headers={"accept-language": lang}).json()["items"]
        assert [one["department_id"] for one in items] == sorted(
            {one["department_id"] for one in items}
        )
        return {one["department_id"]: one["name"] for one in items}

    assert named("zh-CN")["exit-entry"] == "公安出入境"
    assert named("en")["exit-entry"] == "Exit and entry administration"
    listed = client.get("/v1/services?limit=100").json()["items"]
    assert {one["department_id"] for one in listed} <= named("en").keys()
    told = {one["service_id"]: one["department"] for one in listed}
    assert told["passport-issue"] == named("zh-CN")["exit-entry"]
    assert told["open-a-restaurant"] == "市场监管等五部门"


def test_the_nearest_hall_comes_first(client: ApiClient) -> None:
    halls = client.get("/v1/offices?near=29.868,121.622&service_id=id-card-renewal").json()["items"]
    assert halls[0]["office_id"] == "hall-330200"
    distances = [hall["distance_m"] for hall in halls]
    assert distances[0] == 0
    assert distances == sorted(distances)


@pytest.mark.parametrize(("lang", "han"), [("zh-CN", True), ("en", False)], ids=["zh", "en"])
def test_every_hall_tells_the_way_to_it_and_its_week(
    client: ApiClient, lang: str, *, han: bool
) -> None:
    for hall in client.get("/v1/offices?limit=100").json()["items"]:
        path = f"/v1/offices/{hall['office_id']}"
        told = client.get(path, headers={"accept-language": lang}).json()
        assert told["phone"]
        for text in (told["address"], *told["arrival"].values()):
            assert bool(re.search("[\u4e00-\u9fff]", text)) is han
        days = [date.fromisoformat(one["date"]) for one in told["week"]]
        assert [(day - days[0]).days for day in days] == [*range(7)]
        states = {
            day.isoweekday(): one["state"] for day, one in zip(days, told["week"], strict=True)
        }
        assert {one["hours"] == [] for one in told["week"] if one["state"] == "closed"} <= {True}
        assert states.keys() == {*range(1, 8)}
        assert told["week"][0]["state"] == told["today"]["state"]


@pytest.mark.parametrize("near", ["x", "1", "1,2,3", "nan,1", "91,0", "0,181", "inf,0"])
def test_a_bad_place_is_refused(client: ApiClient, near: str) -> None:
    answer = client.get(f"/v1/offices?near={near}")
    assert (answer.status, answer.code) == (400, "invalid_query")
    assert answer.json()["errors"][0]["pointer"] == "/near"


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 10, 1), "closed"),
        (date(2026, 10, 10), "weekday"),
        (date(2026, 2, 17), "closed"),
        (date(2026, 12, 1), "weekday"),
        (date(2026, 12, 5), "saturday"),
        (date(2026, 12, 6), "closed"),
        (date(2027, 1, 1), "closed"),
    ],
)
def test_halls_open_by_the_chinese_calendar(day: date, kind: str) -> None:
    assert day_kind(day) == kind
