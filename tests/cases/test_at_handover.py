"""What is lodged for an aged parent who is asked at the visit or the door, and not before."""

import json
from typing import Any

import pytest

from chalicelib.cases import storage
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain.services import CONSENTS, parse_service
from chalicelib.catalogue.service import publishing
from tests.support.cases import form_of, have_papers, lodge, take, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.people import Citizen, id_number, log_in, new_code

SERVICE = "elder-card"
WHY = {"note": "上门核实，老人本人同意"}


def person(client: ApiClient, number: str) -> Citizen:
    code = new_code()
    body = {"name": "王大明", "id_number": number}
    assert client.put("/v1/me/identity", body, token=log_in(client, code).token).status == 200
    return log_in(client, code)


class Family:
    """Somebody who lodges for a parent, and the parent's own account."""

    def __init__(self, client: ApiClient, relation: str = "parent") -> None:
        self.client, number = client, id_number()
        self.child, self.parent = person(client, id_number()), person(client, number)
        have_papers(self.child)
        body = {"name": "王奶奶", "id_number": number, "relation": relation}
        added = client.post("/v1/me/family", body, token=self.child.token).json()
        assert added["status"] == "offered"
        self.member = added["member_id"]

    def lodge(self, service: str = SERVICE, key: str | None = None) -> Answer:
        return lodge(self.client, self.child, key, service, for_member=self.member)

    def says(self, answer: str) -> None:
        path = f"/v1/me/mandates/{self.child.citizen_id}{self.member}/{answer}"
        assert self.client.post(path, {}, token=self.parent.token).status == 200


def approved(client: ApiClient, family: Family, desk: str) -> str:
    case_id = str(family.lodge().json()["case_id"])
    walk(client, desk, case_id, "accept", "review", "approve")
    return case_id


def test_the_guide_says_when_a_parent_is_asked(client: ApiClient) -> None:
    said = {
        one: client.get(f"/v1/services/{one}").json()["consent"]
        for one in catalogue.current().services
    }
    assert {one for one, when in said.items() if when == "at_handover"} == {
        SERVICE,
        "medical-remote-filing",
    }
    assert set(said.values()) == set(CONSENTS)


def test_a_service_says_no_other_time(client: ApiClient) -> None:
    text = (publishing.DATA / "catalogue.json").read_text()
    data = publishing.completed_service(json.loads(text)["services"][0], json.loads(text))
    assert parse_service({**data, "consent": "at_handover"}).consent == "at_handover"
    with pytest.raises(ValueError, match="never"):
        parse_service({**data, "consent": "never"})


def test_nothing_is_issued_before_the_parent_was_asked(client: ApiClient) -> None:
    family, desk = Family(client), worker(client)
    case_id = approved(client, family, desk)
    refused = take(client, desk, case_id, "issue")
    assert (refused.status, refused.code) == (409, "authority_unchecked")
    assert refused.json()["current"] == "approved"
    unsaid = take(client, desk, case_id, "check-authority")
    assert unsaid.json()["errors"][0]["pointer"] == "/note"
    asked = take(client, desk, case_id, "check-authority", "asked-the-parent", **WHY)
    again = take(client, desk, case_id, "check-authority", "asked-the-parent", **WHY)
    assert (asked.json()["authority"], asked.json()["status"]) == ("checked", "approved")
    assert again.headers["idempotency-replayed"] == "true"
    assert take(client, desk, case_id, "check-authority", **WHY).code == "wrong_status"
    assert take(client, desk, case_id, "issue").json()["status"] == "issued"
    seen = client.get(f"/v1/cases/{case_id}", token=family.child.token).json()
    said = {one["event"]: one["note"] for one in seen["timeline"]}
    assert said["case.authority_checked"] == WHY["note"]
    exported = client.get("/v1/me/export", token=family.child.token).json()["cases"]
    assert [one["authority"] for one in exported] == ["checked"]


def test_a_parent_who_agrees_in_their_own_account_need_not_be_asked(client: ApiClient) -> None:
    family, desk = Family(client), worker(client)
    case_id = approved(client, family, desk)
    family.says("accept")
    issued = take(client, desk, case_id, "issue").json()
    assert (issued["status"], issued["authority"]) == ("issued", "checked")


@pytest.mark.parametrize("answers", [["decline"], ["accept", "revoke"], ["dispute"]])
def test_a_parent_who_says_no_is_lodged_for_and_issued_nothing(
    client: ApiClient, answers: list[str]
) -> None:
    family, desk = Family(client), worker(client)
    case_id = approved(client, family, desk)
    for answer in answers:
        family.says(answer)
    assert take(client, desk, case_id, "issue").code == "authority_unchecked"
    assert family.lodge().code == "consent_required"


@pytest.mark.parametrize(
    ("relation", "service"),
    [
        ("spouse", SERVICE),
        ("child", SERVICE),
        ("other", SERVICE),
        ("parent", "no-criminal-record"),
        ("parent", "id-card-renewal"),
    ],
)
def test_nobody_else_is_lodged_for_before_they_agree(
    client: ApiClient, relation: str, service: str
) -> None:
    refused = Family(client, relation).lodge(service)
    assert (refused.status, refused.code) == (403, "consent_required")


def test_for_who_agreed_or_oneself_nothing_is_to_be_checked(client: ApiClient) -> None:
    family, desk = Family(client), worker(client)
    family.says("accept")
    for made in (family.lodge(), lodge(client, family.child, service=SERVICE)):
        assert (made.status, made.json()["authority"]) == (201, None)
        case_id = made.json()["case_id"]
        assert take(client, desk, case_id, "check-authority", **WHY).code == "wrong_status"
        walk(client, desk, case_id, "accept", "review", "approve", "issue")


def test_a_parent_who_declines_between_deciding_and_storing_is_not_lodged_for(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    family, create = Family(client), storage.create

    def overtaken(*given: Any) -> bool:
        family.says("decline")
        return create(*given)

    monkeypatch.setattr(storage, "create", overtaken)
    assert family.lodge().code == "consent_required"
    assert client.get("/v1/cases", token=family.child.token).json()["items"] == []


def test_what_was_lodged_is_answered_again_whatever_the_parent_said_since(
    client: ApiClient,
) -> None:
    family = Family(client)
    made = family.lodge(key="lodged-for-a-parent")
    family.says("decline")
    again = family.lodge(key="lodged-for-a-parent")
    assert (again.status, again.json()["case_id"]) == (201, made.json()["case_id"])
    assert form_of(SERVICE) == made.json()["form"]
