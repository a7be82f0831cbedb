"""What may come in: whatever it is, the answer is a problem in the contract's shape."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.cases import storage
from tests.cases.world import go_on
from tests.support.cases import application, form_of, lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen

ADDRESS = {"name": "王", "phone": "13800138000", "division_code": "330203", "detail": "路"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
quickly = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def me(engine: object) -> Citizen:
    return verified(ApiClient())


@pytest.fixture(scope="module")
def desk(engine: object) -> str:
    return worker(ApiClient())


@pytest.mark.parametrize(
    ("extra", "pointer"),
    [
        ({"form": []}, "/form"),
        ({"form": None}, "/form"),
        ({"materials": {}}, "/materials"),
        ({"materials": [{"material_id": "photo"}]}, "/materials/0/upload_id"),
        ({"materials": [{"material_id": "x", "upload_id": "y"}] * 81}, "/materials"),
        ({"delivery": {**ADDRESS, "phone": "abc"}}, "/delivery/phone"),
        ({"delivery": {**ADDRESS, "division_code": "33"}}, "/delivery/division_code"),
        ({"delivery": {**ADDRESS, "division_code": "000000"}}, "/delivery/division_code"),
        ({"delivery": {**ADDRESS, "name": " \u3000"}}, "/delivery/name"),
        ({"delivery": {**ADDRESS, "detail": "x" * 201}}, "/delivery/detail"),
        ({"service_id": ""}, "/service_id"),
        ({"service_id": 5}, "/service_id"),
        ({"unknown": 1}, "/unknown"),
    ],
)
def test_a_malformed_application_names_the_field(
    client: ApiClient, me: Citizen, extra: dict[str, Any], pointer: str
) -> None:
    answer = lodge(client, me, **extra)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_what_cannot_be_sent_is_said_with_the_rest(client: ApiClient, me: Citizen) -> None:
    body = application("marriage-registration", materials=[], delivery=ADDRESS)
    answer = client.post("/v1/cases", body, token=me.token)
    assert answer.code == "incomplete"
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert {"/delivery", "/materials/id-card-a"} <= pointers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"service_id": "elder-card", "form": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"service_id": "\\ud800"}',
        '{"service_id": "elder-card", "form": {"a": 1e999}}',
        '{"service_id": "elder-card", "form": {"a": NaN}}',
        '{"service_id": "elder-card", "form": {"a": ' + "9" * 5000 + "}}",
    ],
)
def test_hostile_bodies_are_refused(client: ApiClient, me: Citizen, text: str) -> None:
    answer = client.send("POST", "/v1/cases", text.encode(), token=me.token)
    assert 400 <= answer.status < 500, answer.body
    assert answer.headers["content-type"] == "application/problem+json"


@quickly
@given(body=JSON, step=st.sampled_from(["corrections", "withdraw", "rating"]))
def test_nothing_that_a_citizen_sends_is_our_fault(me: Citizen, body: object, step: str) -> None:
    client = ApiClient()
    case_id = lodge(client, me).json()["case_id"]
    for path in ("/v1/cases", f"/v1/cases/{case_id}/{step}"):
        answer = client.send("POST", path, json.dumps(body).encode(), token=me.token)
        assert answer.status < 500, (path, answer.body)


@quickly
@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "version": st.integers() | st.text(),
            "note": JSON,
            "items": st.lists(
                st.fixed_dictionaries({"pointer": st.text(), "detail": st.text()}) | JSON,
                max_size=3,
            ),
        },
    ),
    step=st.sampled_from(["claim", "accept", "decline", "request-correction", "approve"]),
)
def test_nothing_that_staff_send_is_our_fault(
    me: Citizen, desk: str, body: object, step: str
) -> None:
    client = ApiClient()
    case_id = lodge(client, me).json()["case_id"]
    path = f"/v1/admin/cases/{case_id}/{step}"
    answer = client.send("POST", path, json.dumps(body).encode(), token=desk)
    assert answer.status < 500, answer.body


@pytest.mark.parametrize(
    "query",
    [
        "status=nothing",
        "due=someday",
        "due=2026-13-01",
        "due=9999-12-31",
        "limit=0",
        "limit=101",
        "cursor=x",
        "unknown=1",
        "office_id=%00",
    ],
)
def test_a_bad_query_is_a_problem(client: ApiClient, desk: str, query: str) -> None:
    answer = client.get(f"/v1/admin/cases?{query}", token=desk)
    assert 400 <= answer.status < 500 or query.startswith("due=9999"), answer.body
    assert answer.status < 500


def test_a_bad_parameter_is_named_once(client: ApiClient, desk: str) -> None:
    answer = client.get("/v1/admin/cases?due=someday", token=desk)
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/due"]


@pytest.mark.parametrize("case_id", ["x", "K", "..", "a" * 300, "%E5%AD%97", "00000000"])
def test_what_is_no_case_is_not_found(
    client: ApiClient, me: Citizen, desk: str, case_id: str
) -> None:
    assert client.get(f"/v1/cases/{case_id}", token=me.token).status in (403, 404)
    assert client.get(f"/v1/cases/{me.citizen_id}{case_id}", token=me.token).status in (403, 404)
    assert client.get(f"/v1/admin/cases/{case_id}", token=desk).status in (403, 404)
    answer = client.post(f"/v1/admin/cases/{case_id}/accept", {}, token=desk)
    assert answer.status in (403, 404)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"score": 0},
        {"score": 6},
        {"score": "5"},
        {"score": 4.5},
        {"score": 5, "tags": [""]},
        {"score": 5, "tags": ["x"] * 9},
        {"score": 5, "comment": "x" * 501},
    ],
)
def test_a_bad_rating_is_refused(client: ApiClient, me: Citizen, body: object) -> None:
    path = lodge(client, me).headers["location"]
    assert client.post(f"{path}/rating", body, token=me.token).status == 422


def test_a_correction_replaces_adds_and_removes_fields(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    whole = form_of("passport-issue", only_required=False)
    needed = form_of("passport-issue")
    extra = min(set(whole) - set(needed))
    made = lodge(client, me, service="passport-issue", form={**needed, extra: whole[extra]}).json()
    items = {"items": [{"pointer": f"/form/{extra}", "detail": "不需要"}]}
    asked = client.post(f"/v1/admin/cases/{made['case_id']}/request-correction", items, token=desk)
    assert asked.status == 200
    seen = f"/v1/admin/cases/{made['case_id']}"
    [open_round] = client.get(seen, token=desk).json()["rounds"]
    assert (open_round["answered_at"], open_round["changes"]) == (None, [])
    path = f"/v1/cases/{made['case_id']}/corrections"
    required = next(iter(needed))
    for form, pointer in (
        ({required: None}, f"/form/{required}"),
        ({"小明的电话": None}, "/form/小明的电话"),
        ({f"x{n}": None for n in range(3000)}, "/form/x0"),
    ):
        answer = client.post(path, {"form": form}, token=me.token)
        assert (answer.status, answer.code) == (422, "incomplete"), answer.body
        assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    answer = client.post(path, {"form": {extra: None}}, token=me.token)
    assert answer.json()["form"] == needed
    entry = storage.load_entries(made["case_id"])[-1]
    assert entry.data["changed"] == f"/form/{extra}"
    assert str(whole[extra]) not in str(entry.data)
    # Staff see what they had asked for, and what stood there before.
    [ended] = client.get(seen, token=desk).json()["rounds"]
    assert ended["items"] == items["items"]
    assert ended["answered_at"] == entry.at
    assert ended["changes"] == [{"pointer": f"/form/{extra}", "before": whole[extra]}]


def test_a_planned_day_may_pass_while_another_field_is_corrected(
    client: ApiClient, morning: TestClock
) -> None:
    me = verified(client)
    form = {**form_of("passport-issue"), "departs_on": f"{MONDAY.date() + timedelta(days=3)}"}
    past = {**form, "departs_on": f"{MONDAY.date() - timedelta(days=1)}"}
    refused = lodge(client, me, service="passport-issue", form=past)
    told = [(error["pointer"], error["code"]) for error in refused.json()["errors"]]
    assert told == [("/form/departs_on", "out_of_range")]
    case_id = lodge(client, me, service="passport-issue", form=form).json()["case_id"]
    walk(client, worker(client), case_id, "request-correction")
    morning.set(MONDAY + timedelta(days=7))
    path, me = f"/v1/cases/{case_id}/corrections", go_on(client, me)
    answer = client.post(path, {"form": {"departs_on": past["departs_on"]}}, token=me.token)
    assert (answer.status, answer.code) == (422, "incomplete")
    answer = client.post(path, {"form": {"occupation": "教师"}}, token=me.token)
    assert answer.status == 200, answer.body


def test_one_file_may_serve_for_two_materials(client: ApiClient, me: Citizen) -> None:
    given = [{"material_id": one, "upload_id": "upload-photo"} for one in ("id-card", "photo")]
    answer = lodge(client, me, service="elder-card", materials=given)
    assert answer.status == 201, answer.body
    assert answer.json()["materials"] == given


def test_a_correction_of_nothing_or_twice_is_refused(
    client: ApiClient, me: Citizen, desk: str
) -> None:
    path = lodge(client, me).headers["location"]
    case_id = path.rpartition("/")[2]
    items = [{"pointer": "/form", "detail": "x"}]
    ask = {"items": items}
    answer = client.post(f"/v1/admin/cases/{case_id}/request-correction", ask, token=desk)
    assert answer.status == 200
    answer = client.post(f"{path}/corrections", {}, token=me.token)
    assert (answer.status, answer.json()["errors"][0]["code"]) == (422, "nothing_given")
    one = {"material_id": "id-card", "upload_id": "upload-id-card"}
    both = {"form": {"copies": 9}, "materials": [one, one]}
    answer = client.post(f"{path}/corrections", both, token=me.token)
    told = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert told == {"/materials/id-card": "given_twice", "/form/copies": "out_of_range"}
