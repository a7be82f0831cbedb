"""Organisations: made by who represents them, acted for by their members, frozen."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.appointments import storage as appointments
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from chalicelib.identity.domain import ProviderUnavailable
from chalicelib.mandates import jobs, providers, storage
from chalicelib.mandates.domain import RegisterOutcome
from chalicelib.mandates.providers.base import RegisterAnswer
from chalicelib.mandates.providers.embedded import EmbeddedBusinessRegister
from chalicelib.mandates.service import agent_codes
from chalicelib.mandates.service.personal_data import history_of
from chalicelib.notifications import service as notifications
from tests.appointments.world import HALLS, ask, slot_at
from tests.mandates.organisation_world import MINUTES, PATH, Company, says
from tests.mandates.world import agent_code, credit_code, day, give, person, pointers, register
from tests.support.cases import have_papers, lodge, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import log_in, log_in_again


@pytest.fixture
def company(client: ApiClient, morning: TestClock) -> Iterator[Company]:
    yield Company(client)
    EmbeddedBusinessRegister.known.clear()


def test_who_represents_a_company_makes_it(company: Company) -> None:
    made = company.made.json()
    assert company.made.headers["location"] == f"{PATH}/{company.id}"
    expected = {"credit_code": company.code, "name": "宁波小满公司", "status": "active"}
    assert {name: made[name] for name in expected} == expected
    [manager] = made["members"]
    assert (manager["role"], manager["name"], manager["until"]) == ("manager", "陈**", None)
    assert company.show().json() == made
    [listed] = company.client.get(PATH, token=company.boss.token).json()["items"]
    assert listed == {name: made[name] for name in listed}
    stranger = person(company.client)
    assert company.show(stranger).status == 404
    assert company.client.get(PATH, token=stranger.token).json()["items"] == []


def test_the_same_company_is_one(company: Company) -> None:
    key = new_id(16)
    again = company.create()
    assert (again.status, again.json()["organisation_id"]) == (201, company.id)
    first, replay = (company.create(key=key, name="另一名称") for _ in range(2))
    assert (first.status, replay.status) == (201, 201)
    assert first.json()["version"] == company.made.json()["version"]


def test_an_attempt_is_replayed(client: ApiClient, morning: TestClock) -> None:
    boss, key = person(client), new_id(16)
    body = {"credit_code": register(client, boss), "name": "公司"}
    given: dict[str, Any] = {"token": boss.token, "headers": {"Idempotency-Key": key}}
    first, replay = (client.post(PATH, body, **given) for _ in range(2))
    assert first.json() == replay.json()
    assert replay.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers


@pytest.mark.parametrize("code", ["91330200", "913302000000000000", "", "x" * 18])
def test_a_credit_code_is_checked(client: ApiClient, code: str) -> None:
    boss = person(client)
    refused = client.post(PATH, {"credit_code": code, "name": "公司"}, token=boss.token)
    assert (refused.status, pointers(refused)) == (422, ["/credit_code"])


def test_whom_the_register_does_not_name_makes_nothing(
    client: ApiClient, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, unknown = person(client), credit_code()
    for code in (company.code, unknown):
        refused = company.create(other, credit_code=code)
        assert (refused.status, refused.code) == (403, "not_representative")
    assert company.create(log_in(client)).code == "verification_required"
    says(monkeypatch, None)
    assert company.create(other).code == "provider_unavailable"


def test_members_act_by_their_role_until_they_go(company: Company, morning: TestClock) -> None:
    client = company.client
    accountant, viewer = person(client, name="王会计"), person(client)
    added = company.add(accountant, "agent", until=day(0))
    assert (added.status, added.json()["name"]) == (201, "王**")
    assert company.add(viewer, "viewer").status == 201
    assert company.book(accountant).status == 201
    for who in (company.boss, accountant, viewer):
        [one] = company.list_made(who).json()["items"]
        shown = client.get(f"/v1/appointments/{one['appointment_id']}", token=who.token).json()
        for view in (one, shown):
            assert view["for_name"] == "宁波小满公司"
            assert view["by_name"] == "王**"
            assert view["on_behalf_of"]["organisation_id"] == company.id
    refused = company.book(viewer)
    assert refused.json()["missing"] == {"action": "book"}
    cancel = f"/v1/appointments/{one['appointment_id']}/cancel"
    assert client.post(cancel, {}, token=viewer.token).code == "mandate_missing"
    morning.advance(15 * 3600)
    accountant = log_in_again(client, accountant)
    assert company.book(accountant).json()["missing"] == {"status": "active"}
    assert company.list_made(accountant).status == 403
    assert client.post(cancel, {}, token=accountant.token).status == 403
    boss = log_in_again(client, company.boss)
    assert client.post(cancel, {}, token=boss.token).status == 200
    # It is theirs no longer, until they are let in again.
    assert company.show(accountant).status == 404
    assert client.get(PATH, token=accountant.token).json()["items"] == []
    assert company.add(accountant, "viewer", by=boss, until=day(1)).status == 201
    assert company.show(accountant).json()["role"] == "viewer"
    members = company.show(boss).json()["members"]
    # Members stand in the order of their ids, which are drawn.
    until = [one["until"] for one in members if one["role"] == "viewer"]
    assert sorted(until, key=str) == [day(1), None]


def test_a_removed_member_and_a_stranger_do_and_see_nothing(company: Company) -> None:
    client, agent = company.client, person(company.client)
    other = Company(client)
    member_id = company.add(agent, "agent").json()["member_id"]
    made = company.book(agent).json()["appointment_id"]
    assert company.remove(member_id).status == 204
    for who in (agent, person(client), other.boss):
        assert company.book(who).json()["missing"] == {"status": "active"}
        assert company.list_made(who).status == 403
        assert client.get(f"/v1/appointments/{made}", token=who.token).status == 404
        assert company.show(who).status == 404
        assert company.add(agent, "agent", by=who).status == 404
        assert company.remove(member_id, by=who).status == 404
    # What was made stays, and counts for the company alone.
    assert len(company.list_made(company.boss).json()["items"]) == 1
    assert client.get("/v1/appointments", token=agent.token).json()["items"] == []
    organisation = storage.load_organisation(company.id)
    assert organisation
    assert appointments.load_guard(organisation.person).services == {"id-card-renewal"}


def test_only_managers_change_members_and_everybody_leaves(company: Company) -> None:
    agent, viewer = person(company.client), person(company.client)
    ids = [
        company.add(one, role).json()["member_id"]
        for one, role in ((agent, "agent"), (viewer, "viewer"))
    ]
    for who in (agent, viewer):
        assert company.add(person(company.client), "viewer", by=who).status == 403
    assert company.remove(ids[1], by=agent).status == 403
    assert company.remove(ids[1], by=viewer).status == 204
    assert company.remove(ids[1]).status == 404
    again = company.add(agent, "viewer")
    assert (again.status, again.code) == (409, "already_member")
    assert company.add(person(company.client), "agent", until="2027-02-28").status == 422
    assert pointers(company.add(company.boss, "agent")) == ["/agent_code"]
    assert company.add(person(company.client), "owner").status == 422


def test_a_member_is_added_once(company: Company) -> None:
    member, path = person(company.client), f"{PATH}/{company.id}/members"
    body = {"agent_code": agent_code(company.client, member), "role": "agent"}
    given: dict[str, Any] = {
        "token": company.boss.token,
        "headers": {"Idempotency-Key": new_id(16)},
    }
    first, replay = (company.client.post(path, body, **given) for _ in range(2))
    assert first.json() == replay.json()
    assert replay.headers["idempotency-replayed"] == "true"
    assert company.client.post(path, body, token=company.boss.token).status == 422
    assert len(company.show().json()["members"]) == 2


def test_a_try_that_its_own_retry_overtakes_adds_the_same_member(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, named_by = f"{PATH}/{company.id}/members", agent_codes.named_by
    body = {"agent_code": agent_code(company.client, person(company.client)), "role": "agent"}
    given: dict[str, Any] = {
        "token": company.boss.token,
        "headers": {"Idempotency-Key": new_id(16)},
    }
    sent = []

    def overtaken(*asked: Any) -> Any:
        monkeypatch.setattr(agent_codes, "named_by", named_by)
        sent.append(company.client.post(path, body, **given))
        return named_by(*asked)

    monkeypatch.setattr(agent_codes, "named_by", overtaken)
    sent.append(company.client.post(path, body, **given))
    assert [one.status for one in sent] == [201, 201]
    assert sent[0].json() == sent[1].json()
    assert len(company.show().json()["members"]) == 2


def test_the_register_is_asked_before_each_manager(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, None)
    assert company.add(person(company.client), "manager").code == "provider_unavailable"
    assert company.add(person(company.client), "agent").status == 201
    says(monkeypatch, "denied")
    refused = company.add(person(company.client), "manager")
    assert (refused.status, refused.code) == (403, "not_representative")
    assert company.show().json()["status"] == "frozen"
    assert company.book(company.boss).json()["missing"] == {"status": "active"}
    assert company.add(person(company.client), "agent").code == "not_representative"


@pytest.mark.parametrize("outcome", ["denied", "not_found"])
def test_a_lost_representative_freezes_a_company_and_a_new_one_thaws_it(
    company: Company, monkeypatch: pytest.MonkeyPatch, outcome: RegisterOutcome
) -> None:
    agent = person(company.client)
    company.add(agent, "agent")
    with monkeypatch.context() as patch:
        says(patch, outcome)
        jobs.review_organisations(MONDAY)
        jobs.review_organisations(MONDAY)
    assert company.show(agent).json()["status"] == "frozen"
    assert company.book(agent).code == "mandate_missing"
    heir = person(company.client, name="陈小姐")
    register(company.client, heir, company.code)
    assert company.create(heir).json()["status"] == "active"
    assert company.book(agent).status == 201
    # Who represented it before is its manager no longer.
    assert company.show().status == 404
    kept = history_of(company.id)
    assert kept
    types = [entry.type.partition(".")[2] for entry in kept.entries]
    assert types == ["created", "member_added", "frozen", "named"]


def test_a_register_that_is_away_freezes_nobody_and_one_company_keeps_none_waiting(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, asked = Company(company.client), []

    class Register:
        def ask(self, question: Any) -> RegisterAnswer:
            asked.append(question.credit_code)
            if question.credit_code == company.code:
                raise ProviderUnavailable(retry_after=5)
            return RegisterAnswer("denied")

    monkeypatch.setattr(providers, "business_register", Register)
    jobs.review_organisations(MONDAY)
    assert {company.code, other.code} <= set(asked)
    assert company.show().json()["status"] == "active"
    assert other.show().json()["status"] == "frozen"


def test_the_last_manager_who_leaves_freezes_it(company: Company) -> None:
    agent, client = person(company.client), company.client
    company.add(agent, "agent")
    [manager] = [one for one in company.show().json()["members"] if one["role"] == "manager"]
    assert company.remove(manager["member_id"], by=company.boss).status == 204
    assert company.show(agent).json()["status"] == "frozen"
    assert company.create().json()["status"] == "active"
    assert client.delete("/v1/me", token=company.boss.token).status == 204
    assert company.show(agent).json()["status"] == "frozen"
    exported = client.get("/v1/me/export", token=agent.token).json()["mandates"]
    [own] = [one for one in exported if one.get("organisation_id") == company.id]
    assert (own["role"], own["organisation"]) == ("agent", "宁波小满公司")


def test_a_manager_whose_time_is_over_manages_no_more(company: Company, morning: TestClock) -> None:
    second = person(company.client)
    assert company.add(second, "manager", until=day(0)).status == 201
    [boss] = [one for one in company.show().json()["members"] if not one["until"]]
    assert company.remove(boss["member_id"], by=second).status == 204
    assert company.show(second).json()["status"] == "active"
    morning.advance(15 * 3600)
    second = log_in_again(company.client, second)
    assert company.add(person(company.client), "agent", by=second).status == 403
    jobs.review_organisations(MONDAY.replace(day=2))
    organisation = storage.load_organisation(company.id)
    assert organisation
    assert organisation.state == "frozen"


def test_what_is_revoked_between_deciding_and_storing_is_not_done(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = person(company.client)
    member_id = company.add(agent, "agent").json()["member_id"]
    store = appointments.store_bookings

    def overtaken(*given: Any) -> Any:
        assert company.remove(member_id).status == 204
        monkeypatch.setattr(appointments, "store_bookings", store)
        return store(*given)

    monkeypatch.setattr(appointments, "store_bookings", overtaken)
    assert company.book(agent).code == "mandate_missing"
    assert company.list_made(company.boss).json()["items"] == []


def test_a_company_lodges_and_staff_see_who_applies(company: Company) -> None:
    agent = person(company.client)
    company.add(agent, "agent")

    class Owner:
        citizen_id = company.id

    have_papers(Owner)  # type: ignore[arg-type]
    lodged = lodge(company.client, agent, on_behalf_of=company.on_behalf)
    assert lodged.status == 201, lodged.body
    case_id = lodged.json()["case_id"]
    seen = company.client.get(f"/v1/admin/cases/{case_id}", token=worker(company.client)).json()
    assert seen["applicant"] == {
        "name": "宁波小满公司",
        "document_type": None,
        "id_number": company.code,
    }
    assert seen["for_name"] == "宁波小满公司"
    assert seen["acted_by"] == {"kind": "organisation", "name": "王**"}
    assert [one["case_id"] for one in company.list_made(agent, "cases").json()["items"]] == [
        case_id
    ]


def test_a_company_gives_a_mandate_by_its_manager(company: Company) -> None:
    client, lawyer, agent = company.client, person(company.client), person(company.client)
    company.add(agent, "agent")
    for who, status in ((agent, 403), (person(client), 422), (company.boss, 201)):
        given = give(client, who, lawyer, organisation_id=company.id)
        assert given.status == status
    mandate = given.json()
    assert mandate["principal"] == {"name": "宁波小满公司", "id_number": company.code}
    on_behalf: Any = {"on_behalf_of": {"mandate_id": mandate["mandate_id"]}}
    slot = slot_at(HALLS[0], next(MINUTES))
    booked = ask(client, lawyer, slot, "id-card-renewal", **on_behalf)
    assert (booked.status, booked.json()["for_name"]) == (201, "宁波小满公司")
    [listed] = client.get("/v1/me/mandates?side=principal", token=company.boss.token).json()[
        "items"
    ]
    assert listed["mandate_id"] == mandate["mandate_id"]
    path = f"/v1/me/mandates/{mandate['mandate_id']}/revoke"
    assert client.post(path, {}, token=agent.token).status == 404
    assert client.post(path, {}, token=company.boss.token).json()["status"] == "revoked"


def test_managers_and_who_acted_are_told(company: Company) -> None:
    agent, viewer = person(company.client), person(company.client)
    company.add(agent, "agent")
    company.add(viewer, "viewer")
    booked = company.book(agent).json()["appointment_id"]
    for entry in appointments.load_entries(booked):
        notifications.on_event(of_entry(entry), MONDAY)
    for who, told in ((company.boss, 1), (agent, 1), (viewer, 0)):
        items = company.client.get("/v1/notifications", token=who.token).json()["items"]
        bodies = [one["body"] for one in items if one["event"] == "appointment.booked"]
        assert len(bodies) == told
        assert all(body.startswith("为 宁波小满公司 办理：") for body in bodies)
