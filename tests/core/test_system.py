import re
from string import Formatter
from typing import Any, Final

import pytest
from openapi_spec_validator import validate

from chalicelib.core.errors import Problem
from chalicelib.core.i18n import Lang
from chalicelib.core.routes import Routes
from chalicelib.identity.staff import service as staff
from tests.support.client import ApiClient
from tests.support.people import log_in_staff, new_code

LANGS: Final[tuple[Lang, ...]] = ("zh-CN", "en")


@pytest.fixture
def boss(client: ApiClient) -> str:
    """Somebody who may look at everything of one hall."""
    name, roles = new_code(), frozenset({"supervisor", "admin", "auditor"})
    staff.add_staff(name, "onetrip-demo", roles, frozenset({"hall-330200"}))
    return log_in_staff(client, name)


def test_health_and_ready_answer(client: ApiClient) -> None:
    assert client.get("/v1/health").json()["status"] == "ok"
    assert client.get("/v1/ready").json()["status"] == "ready"


def test_the_document_is_valid_and_equals_the_routes(client: ApiClient) -> None:
    document = client.get("/v1/openapi.json").json()
    validate(document)
    documented = {(m.upper(), p) for p, methods in document["paths"].items() for m in methods}
    assert documented == set(Routes.declared)
    codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert codes == sorted(Problem.registry)


def test_no_problem_of_any_room_shows_a_place_that_nothing_fills(client: ApiClient) -> None:
    # The document loads all rooms.
    client.get("/v1/openapi.json")
    assert "booking_suspended" in Problem.registry
    for code, problem in Problem.registry.items():
        detail = problem.detail or problem.title
        places = [
            {name for _, name, *_ in Formatter().parse(words) if name is not None}
            for words in (detail.zh, detail.en)
        ]
        assert places[0] == places[1], code
        for lang in LANGS:
            facts: Any = dict.fromkeys(places[0], "fact")
            members = problem(**facts).members(lang, "r")
            assert not re.search("[{}]", f"{members['title']}{members['detail']}"), code


def test_an_unknown_parameter_is_a_problem_in_both_languages(client: ApiClient) -> None:
    zh = client.get("/v1/health?x=1")
    en = client.get("/v1/health?x=1", headers={"accept-language": "en-GB"})
    assert (zh.status, zh.code, zh.headers["content-language"]) == (400, "invalid_query", "zh-CN")
    assert zh.json()["errors"][0]["pointer"] == "/x"
    assert en.headers["content-language"] == "en"
    assert re.search("[a-z]", en.json()["title"])
    assert zh.headers["content-type"] == "application/problem+json"


def test_cors_answers_the_settings_origins_only(client: ApiClient) -> None:
    good = client.get("/v1/health?x=1", headers={"origin": "https://hall.example"})
    bad = client.get("/v1/health", headers={"origin": "https://evil.example"})
    assert good.headers["access-control-allow-origin"] == "https://hall.example"
    assert "access-control-allow-origin" not in bad.headers


def test_a_wrong_method_is_a_problem(client: ApiClient) -> None:
    answer = client.post("/v1/health", {})
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]


def test_models_of_one_name_in_different_rooms_are_told_apart(client: ApiClient) -> None:
    document = client.get("/v1/openapi.json").json()
    for path, status in (("/v1/appointments", "booked"), ("/v1/admin/cases", "submitted")):
        parameters = document["paths"][path]["get"]["parameters"]
        [asked] = [one["schema"]["anyOf"][0] for one in parameters if one["name"] == "status"]
        name = asked["$ref"].rpartition("/")[2]
        assert status in document["components"]["schemas"][name]["enum"]


@pytest.mark.parametrize("given", ["{}", '"other", {}', "W/{}", "*"])
def test_what_is_known_already_is_not_sent_again(client: ApiClient, given: str) -> None:
    etag = client.get("/v1/keys").headers["etag"]
    again = client.get("/v1/keys", headers={"if-none-match": given.format(etag)})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    assert client.get("/v1/keys", headers={"if-none-match": f'"{etag}"'}).status == 200


def test_a_path_is_decoded(client: ApiClient) -> None:
    assert client.get("/v1/services/passport%2Dissue").json()["service_id"] == "passport-issue"
    assert client.get("/v1/services/%FF%00").status == 404


DAYS = ["2026-02-30", "2026-12-01T00:00:00Z", "1764547200", "20261201", "0001-01-01", "9999-12-31"]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/offices/hall-330200/availability?service_id=passport-issue&from=",
        "/v1/admin/offices/hall-330200/appointments?date=",
        "/v1/admin/reports/bookings?to=",
        "/v1/admin/reconciliation?date=",
    ],
)
def test_a_day_is_a_day(client: ApiClient, boss: str, path: str, day: str) -> None:
    answer = client.get(path + day, token=boss)
    assert (answer.status, answer.code) == (400, "invalid_query")


@pytest.mark.parametrize("key", ["", "x", "k" * 65, "长" * 8])
def test_a_key_means_nothing_where_none_is_taken(client: ApiClient, key: str) -> None:
    headers = {"Idempotency-Key": key}
    for path in ("/v1/health", "/v1/services", "/v1/keys"):
        assert client.get(path, headers=headers).status == 200
    given = {"platform": "demo", "code": new_code()}
    tokens = client.post("/v1/login", given, headers=headers).json()
    me = {"token": tokens["access_token"], "headers": headers}
    assert client.patch("/v1/me", {"large_text": True}, **me).status == 200
    refused = client.post("/v1/login/refresh", {"refresh_token": "x"}, headers=headers)
    assert (refused.status, refused.code) == (400, "invalid_idempotency_key")
