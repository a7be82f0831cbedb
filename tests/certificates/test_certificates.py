"""Certificates: issued by cases, shown to their holders, replaced, and verified by anybody."""

from datetime import timedelta

import pytest

from chalicelib.cases import storage as cases
from chalicelib.certificates import storage
from chalicelib.certificates.service import verification
from chalicelib.core import dependencies
from chalicelib.core.errors import NotFound
from chalicelib.core.id_documents import Document
from chalicelib.core.ids import new_id
from chalicelib.identity.service.profiles import person_of
from tests.certificates.world import (
    LICENCE,
    TODAY,
    decide,
    follow,
    granted,
    issued,
    listed,
    show,
    verify,
)
from tests.identity.joining_world import city_staff
from tests.support.cases import verified, worker
from tests.support.cases import verify as support_verify
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import childs_number, id_number, log_in, new_code


def test_a_case_ends_in_a_certificate(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    made = issued(client, me)
    assert made == {
        "certificate_id": made["certificate_id"],
        "type": "driving-licence",
        "number": made["number"],
        "title": "机动车驾驶证",
        "holders": [{"name": "王**", "id_number": made["holders"][0]["id_number"]}],
        "department_id": "traffic-police",
        "case_id": made["case_id"],
        "issued_on": "2027-03-01",
        "valid_from": "2027-03-01",
        "valid_until": "2033-03-01",
        "status": "valid",
        "renewal": None,
        "version": 1,
        "fields": made["fields"],
        "labels": made["labels"],
        "verification_code": made["verification_code"],
    }
    assert made["fields"]["name"] == "王小明"
    assert list(made["labels"]) == ["name", "id_number", "licence_class", "file_number"]
    assert show(client, me, made["certificate_id"]) == made
    path = f"/v1/me/certificates/{made['certificate_id']}"
    english = client.get(path, token=me.token, headers={"Accept-Language": "en"})
    assert english.json()["title"] == "Driving licence"
    told = client.get(f"/v1/services/{LICENCE}").json()
    assert told["result"] == {"certificate_type": "driving-licence"}


@pytest.mark.parametrize("service", ["id-card-renewal", "medical-remote-filing"])
def test_a_case_without_a_result_ends_in_none(
    client: ApiClient, morning: TestClock, service: str
) -> None:
    me = verified(client)
    follow(granted(client, me, service))
    assert listed(client, me) == []
    assert client.get(f"/v1/services/{service}").json()["result"] is None


def test_events_that_come_again_make_no_other(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    made = issued(client, me)
    follow(made["case_id"])
    assert listed(client, me) == [made]


def test_marriage_names_two(client: ApiClient, morning: TestClock) -> None:
    made = issued(client, verified(client), "marriage-registration")
    assert len(made["holders"]) == 2
    assert made["valid_until"] is None


def test_one_of_a_number_that_was_wrong_is_replaced_by_the_right_one(
    client: ApiClient, morning: TestClock
) -> None:
    code = new_code()
    me = log_in(client, code)
    support_verify(client, me)
    me = log_in(client, code)
    child = {"name": "王小小", "id_number": childs_number(), "relation": "child"}
    member = client.post("/v1/me/family", child, token=me.token).json()["member_id"]
    wrong = issued(client, me, "residence-permit")
    childs = issued(client, me, "residence-permit", for_member=member)
    morning.advance(1)
    under_way = granted(client, me, "residence-permit")
    right = id_number()
    body = {"name": "王小明", "id_number": right, "reason": "凭公安机关证明"}
    for role in ("clerk", "supervisor"):
        path = f"/v1/admin/people/{me.citizen_id}/correct"
        assert client.post(path, body, token=city_staff(role)).status in (202, 200)
    me = log_in(client, code)
    follow(under_way)
    valid = listed(client, me, "?status=valid")
    assert {one["case_id"] for one in valid} == {under_way, childs["case_id"]}
    assert show(client, me, wrong["certificate_id"])["status"] == "replaced"
    case = cases.load(under_way)
    assert case
    assert case.person == person_of(Document("resident_id", right))
    listed_as = [one.person for one in storage.list_newest(me.citizen_id, 9)]
    assert listed_as.count(case.person) == 2
    hour, citizen_id = timedelta(hours=1), me.citizen_id
    former = cases.list_former(citizen_id, MONDAY - hour, MONDAY + hour, 9)
    assert [one.person for one in former].count(case.person) == 2


def test_a_child_has_its_own(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    child = {"name": "王小小", "id_number": childs_number(), "relation": "child"}
    member = client.post("/v1/me/family", child, token=me.token).json()
    mine = issued(client, me, "residence-permit")
    morning.advance(1)
    childs = issued(client, me, "residence-permit", for_member=member["member_id"])
    assert childs["fields"]["name"] == "王小小"
    # One person's takes the place of that person's alone.
    assert [one["status"] for one in listed(client, me)] == ["valid", "valid"]
    morning.advance(1)
    again = issued(client, me, "residence-permit")
    assert show(client, me, mine["certificate_id"])["status"] == "replaced"
    assert [one["certificate_id"] for one in listed(client, me, "?status=valid")] == [
        again["certificate_id"],
        childs["certificate_id"],
    ]


def test_a_newer_one_takes_the_place_of_the_older(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    first = issued(client, me)
    record = issued(client, me, "no-criminal-record")
    morning.advance(1)
    second = issued(client, me, "driving-licence-replacement")
    of_licences = listed(client, me, "?type=driving-licence")
    assert [one["status"] for one in of_licences] == ["valid", "replaced"]
    assert of_licences[0]["certificate_id"] == second["certificate_id"]
    # An event that comes late finds nothing to replace.
    follow(first["case_id"])
    assert show(client, me, second["certificate_id"])["status"] == "valid"
    assert verify(client, first["verification_code"]).json()["status"] == "replaced"
    # Several records may be given out.
    issued(client, me, "no-criminal-record")
    assert show(client, me, record["certificate_id"])["status"] == "valid"


def test_lists_are_paged_and_filtered(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    ids = [issued(client, me, "no-criminal-record")["certificate_id"] for _ in range(3)]
    issued(client, me)
    seen, cursor = [], ""
    while True:
        path = f"/v1/me/certificates?type=no-criminal-record&limit=2{cursor}"
        page = client.get(path, token=me.token).json()
        seen += [one["certificate_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == sorted(ids)
    assert listed(client, me, "?status=revoked") == []
    for query in ("?status=lost", "?limit=0", "?limit=101", "?colour=red"):
        assert client.get(f"/v1/me/certificates{query}", token=me.token).status == 400
    assert client.get("/v1/me/certificates?cursor=x", token=me.token).code == "invalid_cursor"


@pytest.mark.parametrize("name", ["other", "unknown", "changed"])
def test_what_is_not_mine_is_not_found(client: ApiClient, morning: TestClock, name: str) -> None:
    me = verified(client)
    certificate_id = issued(client, me)["certificate_id"]
    who = verified(client) if name == "other" else me
    asked = {"other": certificate_id, "unknown": me.citizen_id, "changed": certificate_id + "x"}
    path = f"/v1/me/certificates/{asked[name]}"
    assert client.get(path, token=who.token).status == 404


def test_anybody_verifies_by_the_code(client: ApiClient, morning: TestClock) -> None:
    made = issued(client, verified(client))
    code = made["verification_code"]
    told = verify(client, code).json()
    assert told == {
        "type": "driving-licence",
        "title": "机动车驾驶证",
        "issuer": "公安交管",
        "number": "*" * 19 + made["number"][-4:],
        "status": "valid",
        "issued_on": "2027-03-01",
        "valid_until": "2033-03-01",
    }
    assert verify(client, code.lower()).json() == told
    assert verify(client, "-".join([code[:8], code[8:16], code[16:]])).json() == told


def test_a_certificate_expires_at_midnight_of_shanghai(
    client: ApiClient, morning: TestClock
) -> None:
    code = new_code()
    support_verify(client, log_in(client, code))
    me = log_in(client, code)
    made = issued(client, me, "residence-permit")
    assert made["valid_until"] == TODAY.replace(year=2028).isoformat()
    # Nine in the morning of the last day, and fifteen hours later.
    morning.advance(timedelta(days=366).total_seconds())
    assert listed(client, log_in(client, code), "?status=valid")
    morning.advance(14 * 3600 + 3500)
    assert verify(client, made["verification_code"]).json()["status"] == "valid"
    morning.advance(200)
    assert verify(client, made["verification_code"]).json()["status"] == "expired"
    me = log_in(client, code)
    assert listed(client, me, "?status=valid") == []
    assert len(listed(client, me, "?status=expired")) == 1
    refused = decide(client, worker(client, "supervisor"), made["certificate_id"], "suspend")
    assert refused.json()["current"] == "expired"


@pytest.mark.parametrize("guess", ["unknown", "A" * 24, "%E4%BD%A0", "a" * 200, "..", "0" * 24])
def test_every_wrong_guess_counts_and_is_slowed(
    client: ApiClient, morning: TestClock, guess: str
) -> None:
    # All callers of this process come from one address: each test has an hour of its own.
    morning.advance(3600 * int.from_bytes(new_id().encode()) % 10**8)
    made = issued(client, verified(client))
    answers = [client.get(f"/v1/certificates/{guess}") for _ in range(21)]
    assert [answer.status for answer in answers] == [404] * 20 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    # Also the right one waits now, for whoever guessed, and for nobody else.
    assert verify(client, made["verification_code"]).status == 429
    now = dependencies.clock().now()
    assert verification.verify(made["verification_code"], "another", now)
    with pytest.raises(NotFound):
        verification.verify(guess, "another", now)
    morning.advance(3600)
    assert verify(client, made["verification_code"]).status == 200


def test_nobody_without_a_verified_identity_has_one(client: ApiClient) -> None:
    assert listed(client, log_in(client)) == []
