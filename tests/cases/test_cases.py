"""A case's way: lodged, corrected, decided, rated; and what stands in its way."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.cases import service, storage
from chalicelib.core import history
from chalicelib.core.ids import new_id
from tests.cases.world import events, go_on, post
from tests.support.cases import HALL, application, lodge, pay_fee, take, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.effects import check_facts
from tests.support.people import childs_number, log_in


def test_a_whole_case_from_lodging_to_rating(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client)
    made = lodge(client, me, service="passport-issue")
    assert made.status == 201, made.body
    case = made.json()
    path = f"/v1/cases/{case['case_id']}"
    assert made.headers["location"] == path
    assert case["fee"] == {"cents": 12000, "currency": "cny"}
    assert case["payment_status"] == "unpaid"
    # Seven working days after a Monday, and fifteen days, when the hall closes.
    assert case["promised_at"] == "2027-03-10T17:00:00+08:00"
    assert case["due_at"] == "2027-03-16T17:00:00+08:00"

    walk(client, desk, case["case_id"], "claim", "request-correction")
    asked = client.get(path, token=me.token).json()
    assert asked["corrections"] == [{"pointer": "/form/contact_phone", "detail": "请写明电话"}]
    morning.advance(timedelta(days=2).total_seconds())
    me = go_on(client, me)
    material = {"material_id": "photo", "upload_id": "upload-new"}
    corrected = post(client, me, f"{path}/corrections", {"materials": [material]}).json()
    assert corrected["status"] == "submitted"
    assert material in corrected["materials"]
    assert corrected["promised_at"] == "2027-03-12T17:00:00+08:00"
    assert corrected["due_at"] == "2027-03-18T17:00:00+08:00"

    desk = worker(client)
    boss = worker(client, "supervisor")
    assert take(client, desk, case["case_id"], "accept").code == "already_claimed"
    walk(client, boss, case["case_id"], "release")
    pay_fee(case["case_id"])
    walk(client, desk, case["case_id"], "accept", "review", "approve", "issue", "complete")
    rated = post(client, me, f"{path}/rating", {"score": 5, "tags": ["快"], "comment": "很好"})
    assert rated.status == 200
    assert events(rated.json()) == [
        "submitted", "claimed", "correction_requested", "corrected", "released",
        "paid", "accepted", "reviewed", "approved", "issued", "completed", "rated",
    ]  # fmt: skip
    assert rated.json()["timeline"][-1]["note"] == "快\n很好"
    assert post(client, me, f"{path}/rating", {"score": 1}).code == "already_rated"
    assert history.check(case["case_id"], storage.load_entries(case["case_id"])) is None
    check_facts(storage.load_entries(case["case_id"]))


def test_everything_missing_is_told_at_once(client: ApiClient) -> None:
    me = verified(client)
    body = application("passport-issue", materials=[{"material_id": "x/y", "upload_id": "u"}])
    answer = post(client, me, "/v1/cases", body)
    assert (answer.status, answer.code) == (422, "incomplete")
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers >= {
        "/materials/x~1y", "/materials/id-card", "/materials/household-register",
        "/materials/photo", "/materials/application-form",
    }  # fmt: skip


def test_only_a_verified_person_lodges(client: ApiClient) -> None:
    answer = lodge(client, log_in(client))
    assert (answer.status, answer.code) == (403, "verification_required")


def test_lodging_for_a_member_of_the_family(client: ApiClient) -> None:
    me = verified(client)
    body = {"name": "王小宝", "id_number": childs_number(), "relation": "child"}
    member = post(client, me, "/v1/me/family", body).json()["member_id"]
    case = lodge(client, me, for_member=member).json()
    assert case["for_member"] == member
    assert (
        service.load(case["case_id"]).person
        != service.load(lodge(client, me).json()["case_id"]).person
    )
    assert lodge(client, me, for_member="nobody").json()["errors"][0]["pointer"] == "/for_member"
    seen = client.get(f"/v1/admin/cases/{case['case_id']}", token=worker(client)).json()
    number = body["id_number"]
    assert seen["applicant"] == {
        "name": "王小宝",
        "document_type": "resident_id",
        "id_number": f"{number[:3]}***********{number[-4:]}",
    }


@pytest.mark.parametrize(
    ("extra", "pointer"),
    [
        ({"service_id": "nothing"}, "/service_id"),
        ({"office_id": "nowhere"}, "/office_id"),
    ],
)
def test_what_is_not_in_the_guide_is_refused(
    client: ApiClient, extra: dict[str, Any], pointer: str
) -> None:
    answer = post(client, verified(client), "/v1/cases", {**application(), **extra})
    assert answer.status == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_without_an_office_one_that_offers_the_service_takes_it(client: ApiClient) -> None:
    body = {**application(), "office_id": None}
    assert post(client, verified(client), "/v1/cases", body).json()["office_id"] == HALL


def test_the_same_key_lodges_once(client: ApiClient) -> None:
    me, key = verified(client), new_id()
    first, second = lodge(client, me, key), lodge(client, me, key)
    assert (first.status, second.status) == (201, 201)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()
    assert lodge(client, me, key, office_id="hall-330203").code == "idempotency_key_reused"
    listed = client.get("/v1/cases", token=me.token).json()["items"]
    assert [item["case_id"] for item in listed] == [first.json()["case_id"]]


def test_withdrawing_before_a_decision(client: ApiClient) -> None:
    me, desk = verified(client), worker(client)
    path = lodge(client, me).headers["location"]
    done = post(client, me, f"{path}/withdraw", {"reason": "不办了"})
    assert done.json()["status"] == "withdrawn"
    assert done.json()["timeline"][-1]["note"] == "不办了"
    again = post(client, me, f"{path}/withdraw", {})
    assert (again.status, again.json()["version"]) == (200, done.json()["version"])
    decided = lodge(client, me).json()["case_id"]
    walk(client, desk, decided, "accept", "review", "approve")
    late = post(client, me, f"/v1/cases/{decided}/withdraw", {})
    assert (late.status, late.code, late.json()["current"]) == (409, "wrong_status", "approved")


def test_my_cases_in_pages_newest_first(client: ApiClient, clock: TestClock) -> None:
    clock.set(MONDAY)
    me, made = verified(client), []
    for _ in range(5):
        made.append(lodge(client, me).json()["case_id"])
        clock.advance(60)
    seen, cursor = [], ""
    while True:
        page = client.get(f"/v1/cases?limit=2{cursor}", token=me.token).json()
        seen += [item["case_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == made[::-1]
