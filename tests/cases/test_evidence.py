"""Certificates that stand for papers: given, corrected, checked at the decision, revoked later."""

from typing import Any

import pytest

from chalicelib.certificates import storage as of_certificates
from chalicelib.core import dependencies, events
from chalicelib.core.ids import new_id
from tests.cases.world import open_alerts, post
from tests.certificates.world import decide, issued, revoke
from tests.support.cases import HALL, application, lodge, take, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.functions import work
from tests.support.people import Citizen

SERVICE, MATERIAL, FROM = "food-business-licence", "business-licence", "sole-trader-registration"


def materials(**given: str) -> list[dict[str, str]]:
    """Return all materials of the service, of which one is given otherwise."""
    files: list[dict[str, str]] = application(SERVICE)["materials"]
    others = [one for one in files if one["material_id"] != MATERIAL]
    return [*others, {"material_id": MATERIAL, **given}]


def lodge_with(client: ApiClient, who: Citizen, key: str | None = None, **given: str) -> Answer:
    return lodge(client, who, key, SERVICE, materials=materials(**given))


def wrong(answer: Answer) -> tuple[str, str]:
    assert answer.status == 422, answer.body
    [error] = answer.json()["errors"]
    return error["pointer"], error["code"]


def carry(certificate: dict[str, Any]) -> None:
    for entry in of_certificates.load_entries(certificate["verification_code"]):
        work("follow_up", events.of_entry(entry), dependencies.clock().now())


def test_a_certificate_stands_for_a_paper(client: ApiClient, morning: TestClock) -> None:
    me, desk, key = verified(client), worker(client), new_id()
    mine = issued(client, me, FROM)["certificate_id"]
    made = lodge_with(client, me, key, certificate_id=mine)
    assert made.status == 201, made.body
    shown = made.json()
    given = {"material_id": MATERIAL, "certificate_id": mine}
    assert given in shown["materials"]
    assert lodge_with(client, me, key, certificate_id=mine).json() == shown
    handled = client.get(f"/v1/admin/cases/{shown['case_id']}", token=desk).json()
    assert given in handled["materials"]
    [seen] = handled["certificates"]
    assert (seen["certificate_id"], seen["status"]) == (mine, "valid")
    assert seen["fields"]["name"] == "王小明"
    walk(client, desk, shown["case_id"], "accept", "review", "approve")
    [export] = [
        one
        for one in client.get("/v1/me/export", token=me.token).json()["cases"]
        if one["case_id"] == shown["case_id"]
    ]
    assert export["certificates"] == [{"material_id": MATERIAL, "certificate_id": mine}]
    guide = client.get(f"/v1/services/{SERVICE}").json()
    types = {one["material_id"]: one["certificate_types"] for one in guide["materials"]}
    assert types[MATERIAL] == ["sole-trader"]
    assert types["floor-plan"] == []


@pytest.mark.parametrize("kind", ["another's", "unknown", "suspended", "revoked"])
def test_what_is_not_valid_stands_for_nothing(
    client: ApiClient, morning: TestClock, kind: str
) -> None:
    me = verified(client)
    mine = issued(client, me if kind != "another's" else verified(client), FROM)["certificate_id"]
    if kind == "suspended":
        decide(client, worker(client, "supervisor"), mine, "suspend")
    if kind == "revoked":
        revoke(client, mine)
    given = "x" * 20 if kind == "unknown" else mine
    answer = lodge_with(client, me, certificate_id=given)
    assert wrong(answer) == (f"/materials/{MATERIAL}", "certificate_not_valid")


def test_another_certificate_is_the_wrong_one(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    mine = issued(client, me)["certificate_id"]
    answer = lodge_with(client, me, certificate_id=mine)
    assert wrong(answer) == (f"/materials/{MATERIAL}", "wrong_certificate")


def test_an_entry_gives_one_thing(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    last = len(materials()) - 1
    assert wrong(lodge_with(client, me)) == (f"/materials/{last}/upload_id", "missing")
    both = lodge_with(client, me, upload_id="upload-new", certificate_id="x")
    assert wrong(both) == (f"/materials/{last}/upload_id", "one_of")


def test_a_correction_takes_one(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client)
    mine = issued(client, me, FROM)["certificate_id"]
    case_id = lodge_with(client, me, upload_id=f"upload-{MATERIAL}").json()["case_id"]
    path = f"/v1/cases/{case_id}/corrections"

    def correct(**given: str) -> Answer:
        return post(client, me, path, {"materials": [{"material_id": MATERIAL, **given}]})

    walk(client, desk, case_id, "request-correction")
    refused = correct(certificate_id="x" * 20)
    assert wrong(refused) == (f"/materials/{MATERIAL}", "certificate_not_valid")
    done = correct(certificate_id=mine).json()
    of_material = [one for one in done["materials"] if one["material_id"] == MATERIAL]
    assert [one["certificate_id"] for one in of_material] == [mine]
    walk(client, desk, case_id, "request-correction")
    back = correct(upload_id=f"upload-{MATERIAL}").json()
    assert all("upload_id" in one for one in back["materials"])
    revoke(client, mine)
    walk(client, desk, case_id, "accept", "review", "approve")


def test_it_is_checked_again_when_the_case_is_decided(
    client: ApiClient, morning: TestClock
) -> None:
    me, desk, above = verified(client), worker(client), worker(client, "supervisor")
    mine = issued(client, me, FROM)["certificate_id"]
    case_id = lodge_with(client, me, certificate_id=mine).json()["case_id"]
    walk(client, desk, case_id, "accept", "review")
    decide(client, above, mine, "suspend")
    refused = take(client, worker(client), case_id, "approve")
    assert (refused.status, refused.code) == (409, "certificate_not_valid")
    assert refused.json()["current"] == "under_review"
    decide(client, above, mine, "resume")
    walk(client, desk, case_id, "approve")


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
@pytest.mark.parametrize("until", ["lodged", "approved", "completed"])
def test_one_that_was_revoked_later_alerts_supervisors_of_open_cases(
    client: ApiClient, morning: TestClock, until: str
) -> None:
    me, desk, above = verified(client), worker(client), worker(client, "supervisor")
    certificate = issued(client, me, FROM)
    case_id = lodge_with(client, me, certificate_id=certificate["certificate_id"]).json()["case_id"]
    other = lodge_with(client, me, upload_id=f"upload-{MATERIAL}").json()["case_id"]
    if until != "lodged":
        walk(client, desk, case_id, "accept", "review", "approve")
    if until == "completed":
        walk(client, desk, case_id, "issue", "complete")
    revoke(client, certificate["certificate_id"])
    for _ in range(2):
        carry(certificate)
    alerts = open_alerts(client, above, case_id)
    assert open_alerts(client, above, other) == {}
    if until == "completed":
        assert alerts == {}
        return
    alert = alerts["certificate_revoked"]
    assert (alert["kind"], alert["office_id"]) == ("integrity", HALL)
    assert alert["times"] == 1
    # No step takes it back: a supervisor does, who has looked into it.
    walk(client, desk, case_id, "issue" if until == "approved" else "claim")
    assert "certificate_revoked" in open_alerts(client, above, case_id)
    settled = {"subject_id": case_id, "code": "certificate_revoked"}
    assert client.post("/v1/admin/alerts/clear", settled, token=above).status == 200
    assert open_alerts(client, above, case_id) == {}


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_a_second_one_that_was_revoked_alerts_anew(client: ApiClient, morning: TestClock) -> None:
    me, desk, above = verified(client), worker(client), worker(client, "supervisor")
    first, second = issued(client, me, FROM), issued(client, me, FROM)
    ids = [one["certificate_id"] for one in (first, second)]
    case_id = lodge_with(client, me, certificate_id=ids[0]).json()["case_id"]
    revoke(client, ids[0])
    carry(first)
    settled = {"subject_id": case_id, "code": "certificate_revoked"}
    assert client.post("/v1/admin/alerts/clear", settled, token=above).status == 200
    item = {"pointer": f"/materials/{MATERIAL}", "detail": "请更换证照"}
    ask = take(client, desk, case_id, "request-correction", items=[item])
    assert ask.status == 200, ask.body
    change = {"materials": [{"material_id": MATERIAL, "certificate_id": ids[1]}]}
    assert post(client, me, f"/v1/cases/{case_id}/corrections", change).status == 200
    revoke(client, ids[1])
    for _ in range(2):
        carry(second)
    alert = open_alerts(client, above, case_id)["certificate_revoked"]
    assert (alert["facts"]["certificate"], alert["times"]) == (" ".join(ids), 2)
