"""Certificates of companies: held by the organisation, seen and shown by its members by role."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.certificates.domain import Content, Holder
from chalicelib.certificates.service import types
from chalicelib.core.events import of_entry
from chalicelib.core.id_documents import Document
from chalicelib.mandates.providers.embedded import EmbeddedBusinessRegister
from tests.certificates.world import follow, granted, listed
from tests.mandates.organisation_world import Company
from tests.mandates.world import person
from tests.support.cases import have_papers, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen

SERVICE = "food-business-licence"


@pytest.fixture
def company(client: ApiClient, morning: TestClock) -> Iterator[Company]:
    company = Company(client)

    class Owner:
        citizen_id = company.id

    have_papers(Owner)  # type: ignore[arg-type]
    yield company
    EmbeddedBusinessRegister.known.clear()


def licence(company: Company, by: Citizen) -> dict[str, Any]:
    case_id = granted(company.client, by, SERVICE, on_behalf_of=company.on_behalf)
    follow(case_id)
    [made] = listed(company.client, by, f"?on_behalf_of={company.id}")
    assert made["case_id"] == case_id
    return made


def present(company: Company, who: Citizen, certificate_id: str) -> Answer:
    path = f"/v1/me/certificates/{certificate_id}/presentations"
    body = {"purpose": "查验经营许可", "valid_minutes": 5}
    return company.client.post(path, body, token=who.token)


def test_who_is_named_is_shown_whole_where_it_is_public() -> None:
    owner = Holder("宁波小满公司", credit_code="91330200MA2AJ0000X")
    assert (owner.number, owner.shown_number) == ("91330200MA2AJ0000X",) * 2
    someone = Holder("王小明", Document("resident_id", "330203199001011234"))
    assert someone.number == "330203199001011234"
    assert "*" in someone.shown_number
    assert Content((owner,), {}).holders[0].document is None
    type_ = types.type_of("food-business")
    fields = type_.fields_of(owner, {})
    assert fields == {"name": "宁波小满公司", "id_number": "91330200MA2AJ0000X"}


def test_a_company_holds_its_licence_and_its_members_use_it_by_their_roles(
    company: Company,
) -> None:
    client, agent, viewer = company.client, person(company.client), person(company.client)
    member_id = company.add(agent, "agent").json()["member_id"]
    company.add(viewer, "viewer")
    made = licence(company, agent)
    path = f"/v1/me/certificates/{made['certificate_id']}"
    assert made["holders"] == [{"name": "宁波小满公司", "id_number": company.code}]
    assert made["fields"]["name"] == "宁波小满公司"
    for who, shows, presents in (
        (company.boss, 200, 201),
        (agent, 200, 201),
        (viewer, 200, 403),
        (person(client), 404, 404),
        (Company(client).boss, 404, 404),
    ):
        assert client.get(path, token=who.token).status == shows
        presented = present(company, who, made["certificate_id"])
        assert presented.status == presents, presented.body
        listing = client.get(f"/v1/me/certificates?on_behalf_of={company.id}", token=who.token)
        assert listing.status == (200 if shows == 200 else 403)
        # Nobody has it as their own.
        assert listed(client, who) == []
    checked = client.post(
        "/v1/admin/presentations",
        {"presentation": present(company, agent, made["certificate_id"]).json()["presentation"]},
        token=worker(client),
    ).json()
    assert (checked["result"], checked["fields"]["id_number"]) == ("ok", company.code)
    assert company.remove(member_id).status == 204
    assert client.get(path, token=agent.token).status == 404
    assert present(company, agent, made["certificate_id"]).status == 404


def test_a_member_who_leaves_takes_nothing_of_it_along(company: Company) -> None:
    from chalicelib.certificates import storage
    from chalicelib.notifications import service as notifications

    client, agent = company.client, person(company.client)
    company.add(agent, "agent")
    made = licence(company, agent)
    for entry in storage.load_entries(made["verification_code"]):
        notifications.on_event(of_entry(entry), MONDAY)
    for who, told in ((company.boss, 1), (agent, 0)):
        inbox = client.get("/v1/notifications", token=who.token).json()["items"]
        bodies = [one["body"] for one in inbox if one["event"] == "certificate.issued"]
        assert [one.startswith("为 宁波小满公司 办理：") for one in bodies] == [True] * told
    assert client.get("/v1/me/export", token=agent.token).json()["certificates"] == []
    assert client.delete("/v1/me", token=agent.token).status == 204
    [kept] = listed(client, company.boss, f"?on_behalf_of={company.id}")
    assert kept["holders"] == made["holders"]
    verified = client.get(f"/v1/certificates/{made['verification_code']}").json()
    assert verified["status"] == "valid"
