"""The counter: a case that a clerk enters, finds, prints and passes on; nobody needs an account."""

import contextlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.cases import storage
from chalicelib.cases.domain import alerts
from chalicelib.cases.service import alerts as case_alerts
from chalicelib.cases.uploads import storage as uploads
from chalicelib.cases.uploads.service import scans
from chalicelib.core import dependencies
from chalicelib.core.auth import Staff
from chalicelib.core.ids import new_id
from tests.cases.world import department_worker, open_alerts
from tests.support.cases import HALL, application, have_papers, lodge, take, verified, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, id_number, log_in, new_code

OTHER = "hall-330203"
NAME = "王小明"
SERVICE = "elder-card"


@pytest.fixture
def desk(client: ApiClient, morning: TestClock) -> str:
    return worker(client)


@pytest.fixture
def number() -> str:
    return id_number()


def scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scans be there whose names are those of papers, as `have_papers` does for citizens."""

    def adopt(_staff: Staff, citizen_id: str, _upload_ids: object) -> None:
        have_papers(Citizen(citizen_id, "", ""))

    monkeypatch.setattr(scans, "adopt", adopt)


@pytest.fixture(autouse=True)
def papers(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "real_scans" not in request.keywords:
        scanned(monkeypatch)


def enter(
    client: ApiClient, token: str, number: str, key: str | None = None, **extra: Any
) -> Answer:
    made = application(extra.pop("service", SERVICE))
    person = {"name": NAME, "id_number": number, "phone": "13800138000"}
    body = {**made, "person": person, **extra}
    headers = {"Idempotency-Key": key or new_id()}
    return client.post("/v1/admin/cases", body, token=token, headers=headers)


def test_a_clerk_enters_a_case_and_the_persons_account_shows_it_later(
    client: ApiClient, desk: str, number: str
) -> None:
    key = new_id()
    made = enter(client, desk, number, key)
    assert made.status == 201, made.body
    case = made.json()
    assert (case["channel"], case["intake_office_id"], case["office_id"]) == ("counter", HALL, HALL)
    again = enter(client, desk, number, key)
    assert (again.headers["idempotency-replayed"], again.json()["case_id"]) == (
        "true", case["case_id"],
    )  # fmt: skip
    assert enter(client, desk, number).json()["case_id"][:8] == case["case_id"][:8]
    code = new_code()
    me = log_in(client, code)
    proven = client.put("/v1/me/identity", {"name": NAME, "id_number": number}, token=me.token)
    assert proven.status == 200, proven.body
    mine = client.get("/v1/cases", token=log_in(client, code).token).json()["items"]
    assert case["case_id"] in {one["case_id"] for one in mine}
    assert mine[0]["timeline"][0]["actor"].startswith("staff:")


def test_an_account_of_record_gets_the_case(client: ApiClient, desk: str, number: str) -> None:
    code = new_code()
    me = log_in(client, code)
    body = {"name": NAME, "id_number": number}
    assert client.put("/v1/me/identity", body, token=me.token).status == 200
    case = enter(client, desk, number).json()
    assert case["case_id"].startswith(me.citizen_id)
    wrong = enter(client, desk, number, person={"name": "李四", "id_number": number})
    assert (wrong.status, wrong.json()["errors"][0]["pointer"]) == (422, "/person/name")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"person": {"name": NAME, "id_number": "330"}}, "/person/id_number"),
        ({"form": {}}, "/form/"),
        ({"materials": []}, "/materials/"),
        ({"service_id": "no-such"}, "/service_id"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    client: ApiClient, desk: str, number: str, change: dict[str, Any], pointer: str
) -> None:
    refused = enter(client, desk, number, **change)
    assert refused.status == 422
    assert refused.json()["errors"][0]["pointer"].startswith(pointer)


def test_who_takes_in(client: ApiClient, desk: str, number: str) -> None:
    assert enter(client, worker(client, "auditor"), number).status == 403
    assert enter(client, desk, number, office_id=OTHER).status == 404
    assert enter(client, desk, number, office_id="no-such-hall").status == 404
    assert enter(client, log_in(client).token, number).status == 403


def test_who_entered_a_case_does_not_approve_it(client: ApiClient, desk: str, number: str) -> None:
    case_id = enter(client, desk, number).json()["case_id"]
    walk(client, worker(client), case_id, "accept", "review")
    assert take(client, desk, case_id, "approve").code == "second_person_needed"
    assert take(client, worker(client), case_id, "approve").status == 200


def phone_of(client: ApiClient, number: str) -> Citizen:
    """Return the account of record of a document's holder, with their papers."""
    code = new_code()
    body = {"name": NAME, "id_number": number}
    assert client.put("/v1/me/identity", body, token=log_in(client, code).token).status == 200
    me = log_in(client, code)
    have_papers(me)
    return me


def test_phone_and_counter_at_the_same_moment_are_one_case(
    client: ApiClient, desk: str, number: str
) -> None:
    me, answers = phone_of(client, number), dict[str, Answer]()
    acts: dict[str, Callable[[], Answer]] = {
        "phone": lambda: lodge(client, me, service=SERVICE),
        "counter": lambda: enter(client, desk, number),
    }
    with ThreadPoolExecutor(2) as threads:
        for name, answer in zip(acts, threads.map(lambda act: act(), acts.values()), strict=True):
            answers[name] = answer
    mine = client.get("/v1/cases", token=me.token).json()["items"]
    assert len(mine) <= 1
    assert [one.status for one in answers.values()].count(201) == len(mine)
    assert {one.code for one in answers.values() if one.status != 201} == {"lodged_meanwhile"}


def test_whoever_comes_second_of_phone_and_counter_is_told(
    client: ApiClient, desk: str, number: str, morning: TestClock
) -> None:
    me, key = phone_of(client, number), new_id()
    first = lodge(client, me, key, SERVICE).json()
    refused = enter(client, desk, number)
    assert (refused.status, refused.code) == (409, "lodged_meanwhile")
    assert refused.json()["receipt_number"] == first["receipt_number"]
    # What was lodged already is answered again, and anything else is another matter.
    assert lodge(client, me, key, SERVICE).headers["idempotency-replayed"] == "true"
    assert lodge(client, me, service=SERVICE).code == "lodged_meanwhile"
    assert lodge(client, me, service="no-criminal-record").status == 201
    morning.advance(301)
    at_counter, other = new_id(), enter(client, desk, id_number())
    assert other.status == 201
    assert enter(client, desk, number, at_counter).status == 201
    again = enter(client, desk, number, at_counter)
    assert again.headers["idempotency-replayed"] == "true"
    # A clerk may enter a second one; a phone that was slower may not.
    assert enter(client, desk, number).status == 201
    assert lodge(client, me, service=SERVICE).code == "lodged_meanwhile"
    morning.advance(301)
    assert lodge(client, me, service=SERVICE).status == 201


@pytest.mark.parametrize("calls", range(6))
def test_a_crash_at_the_counter_makes_one_case(
    client: ApiClient, desk: str, number: str, calls: int
) -> None:
    key, me = new_id(), phone_of(client, number)
    with contextlib.suppress(Crash), crash_after(calls):
        enter(client, desk, number, key)
    made = enter(client, desk, number, key)
    assert made.status == 201, made.body
    [mine] = client.get("/v1/cases", token=me.token).json()["items"]
    assert mine["case_id"] == made.json()["case_id"]


def test_a_case_is_found_by_its_receipt_and_a_persons_by_their_document(
    client: ApiClient, desk: str, number: str
) -> None:
    case = enter(client, desk, number).json()

    def find(token: str, **said: str) -> Answer:
        return client.post("/v1/admin/cases/find", said, token=token)

    far = worker(client, hall=OTHER)
    for token in (desk, far):
        [found] = find(token, receipt_number=case["receipt_number"].lower()).json()["items"]
        assert (found["case_id"], found["office_id"]) == (case["case_id"], HALL)
    assert find(desk, receipt_number="7K3M-Q9XW-0000").json()["items"] == []
    [found] = find(far, id_number=number, reason="办事人询问进度").json()["items"]
    assert found["receipt_number"] == case["receipt_number"]
    assert NAME not in str(found)
    assert find(desk, id_number=id_number(), reason="x").json()["items"] == []
    for said, pointer in (
        ({}, "/receipt_number"),
        ({"id_number": number}, "/reason"),
        ({"receipt_number": "x", "id_number": number, "reason": "x"}, "/receipt_number"),
        ({"id_number": "12", "reason": "x"}, "/id_number"),
    ):
        assert find(desk, **said).json()["errors"][0]["pointer"] == pointer
    assert find(worker(client, "auditor"), receipt_number="x").status == 403


def test_who_looks_for_too_many_people_is_stopped_for_an_hour(
    client: ApiClient, desk: str, number: str, morning: TestClock
) -> None:
    asked = {"name": NAME, "id_number": number, "reason": "核对身份"}
    answers = [client.post("/v1/admin/people/find", asked, token=desk) for _ in range(31)]
    assert [answer.status for answer in answers] == [200] * 30 + [429]
    assert answers[0].json() == {"person": None}
    assert int(answers[-1].headers["retry-after"]) <= 3600
    other = client.post("/v1/admin/people/find", asked, token=worker(client))
    assert other.status == 200


def test_the_receipt_is_a_page_with_a_code(client: ApiClient, desk: str, number: str) -> None:
    case = enter(client, desk, number).json()
    path = f"/v1/admin/cases/{case['case_id']}/receipt"
    wanted = {"accept": "application/pdf"}
    page = client.get(path, token=desk, headers=wanted)
    assert (page.status, page.headers["content-type"]) == (200, "application/pdf")
    assert page.body.startswith(b"%PDF-")
    assert len(page.body) < 60_000
    assert case["receipt_number"] in page.headers["content-disposition"]
    assert client.get(path, token=worker(client, hall=OTHER), headers=wanted).status == 404
    assert io.BytesIO(page.body).read(1) == b"%"
    told = client.get(path, token=desk).json()
    assert told["progress_code"] == case["progress_code"]
    assert case["receipt_number"] in told["progress_url"]
    anything = client.get(path, token=desk, headers={"accept": "*/*"})
    assert anything.body == page.body


def send(
    client: ApiClient, token: str, case_id: str, office_id: str, key: str | None = None
) -> Answer:
    body = {"office_id": office_id, "note": "属于该区办理"}
    path = f"/v1/admin/cases/{case_id}/transfer"
    return client.post(path, body, token=token, headers={"Idempotency-Key": key or new_id()})


def test_a_case_is_passed_on_with_its_limits_and_originals(
    client: ApiClient, desk: str, morning: TestClock
) -> None:
    me, key, far = verified(client), new_id(), worker(client, hall=OTHER)
    case_id = lodge(client, me, service="passport-issue").json()["case_id"]
    path = f"/v1/admin/cases/{case_id}/originals"
    noted = {"items": [{"material_id": "id-card", "status": "received"}]}
    client.post(path, noted, token=desk, headers={"Idempotency-Key": new_id()})
    before = storage.load(case_id)
    assert before
    moved = send(client, desk, case_id, OTHER, key)
    assert moved.status == 200, moved.body
    again = send(client, desk, case_id, OTHER, key)
    assert again.headers["idempotency-replayed"] == "true"
    after = storage.load(case_id)
    assert after
    assert (after.office_id, after.due_at, after.promised_at) == (
        OTHER, before.due_at, before.promised_at,
    )  # fmt: skip
    assert send(client, desk, case_id, HALL).status == 404
    assert send(client, far, case_id, OTHER).json()["errors"][0]["code"] == "same_office"
    assert send(client, far, case_id, "no-such").json()["errors"][0]["code"] == "unknown"

    def travelling(token: str, hall: str) -> list[tuple[str, list[str]]]:
        items = client.get(f"/v1/admin/offices/{hall}/handovers?limit=100", token=token).json()
        return [
            (one["to_office_id"], one["materials"])
            for one in items["items"]
            if one["case_id"] == case_id
        ]

    assert travelling(desk, HALL) == travelling(far, OTHER) == [(OTHER, ["id-card"])]
    assert client.get(f"/v1/admin/offices/{HALL}/handovers", token=far).status == 404
    client.post(path, noted, token=far, headers={"Idempotency-Key": new_id()})
    assert travelling(desk, HALL) == travelling(far, OTHER) == []
    listed = client.get(f"/v1/admin/cases?office_id={OTHER}&limit=100", token=far).json()["items"]
    assert case_id in {one["case_id"] for one in listed}


@pytest.mark.fresh_index("lists of staff are what the index shows by now")
def test_what_is_wrong_with_a_case_is_passed_on_with_it(
    client: ApiClient, desk: str, morning: TestClock
) -> None:
    me = verified(client)
    here, there = (worker(client, "supervisor", hall) for hall in (HALL, OTHER))
    case_id = lodge(client, me, service="passport-issue").json()["case_id"]
    case, now = storage.load(case_id), dependencies.clock().now()
    assert case
    case_alerts.raise_named(case, alerts.of_time_limit(case, "promise_near", now), now)
    assert set(open_alerts(client, here, case_id)) == {"promise_near"}
    assert send(client, desk, case_id, OTHER).status == 200
    assert open_alerts(client, here, case_id) == {}
    alert = open_alerts(client, there, case_id)["promise_near"]
    assert (alert["office_id"], alert["times"]) == (OTHER, 1)
    walk(client, worker(client, hall=OTHER), case_id, "decline")
    assert open_alerts(client, there, case_id) == {}


def test_parts_are_passed_on_with_their_case(client: ApiClient, desk: str) -> None:
    me = verified(client)
    case_id = lodge(client, me, service="open-a-restaurant").json()["case_id"]
    walk(client, desk, case_id, "accept")
    assert send(client, desk, case_id, OTHER).status == 200
    fire = department_worker("fire-rescue", hall=OTHER)
    path = "/v1/admin/cases?department_id=fire-rescue&limit=100"
    items = client.get(path, token=fire).json()["items"]
    assert case_id in {one["case_id"] for one in items}
    here = client.get(path, token=department_worker("fire-rescue")).json()["items"]
    assert case_id not in {one["case_id"] for one in here}
    boss = worker(client, "supervisor", OTHER)
    assert open_alerts(client, boss, case_id) == {}
    ended = lodge(client, me).json()["case_id"]
    walk(client, desk, ended, "decline")
    assert send(client, desk, ended, OTHER).code == "wrong_status"


def test_a_scan_of_the_hall_becomes_the_persons_paper(
    client: ApiClient, desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    me = verified(client)
    staff = dependencies.tokens().check(desk, dependencies.clock().now())
    assert isinstance(staff, Staff)
    key = f"scan{new_id()}"
    scan = uploads._Upload(
        f"U#scan:{key}",
        key,
        file_name="",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        created=0,
        fingerprint="",
        verified=True,
        office=HALL,
    )
    scan.save()
    monkeypatch.setattr("chalicelib.cases.uploads.providers.bucket.copy", lambda _a, _b: None)
    for _ in range(2):
        scans.adopt(staff, me.citizen_id, [key, "nothing"])
    given = uploads.load(me.citizen_id, key)
    assert given
    assert (given.verified, given.content_type) == (True, "application/pdf")
    assert uploads.load(me.citizen_id, "nothing") is None
    far = Staff("far", frozenset({"clerk"}), frozenset({OTHER}))
    other = verified(client)
    scans.adopt(far, other.citizen_id, [key])
    assert uploads.load(other.citizen_id, key) is None
