"""A crash after each write: organisations, their members, witnessed mandates.

Whatever was cut short is finished by the same call, sent again: nothing is there twice, nothing is
half there, and histories are whole.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import history
from chalicelib.core.ids import new_id
from chalicelib.identity import service as identity
from chalicelib.identity.service import members
from chalicelib.mandates import storage
from chalicelib.mandates.providers.embedded import EmbeddedBusinessRegister
from chalicelib.mandates.service import register as register_of_companies
from tests.mandates.counter_world import EVERYTHING, Counter, Family
from tests.mandates.organisation_world import PATH, Company, says
from tests.mandates.world import agent_code, day, person, register
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import crashes, every_second_call_fails
from tests.support.people import Citizen
from tests.support.signing import to_leave


@pytest.fixture(autouse=True)
def no_leftovers(morning: TestClock) -> Iterator[None]:
    yield
    EmbeddedBusinessRegister.known.clear()


def is_whole(organisation_id: str) -> list[str]:
    """Return the kinds of events of an organisation whose history is whole."""
    organisation = storage.load_organisation(organisation_id)
    assert organisation
    entries = storage.load_organisation_entries(organisation_id)
    assert history.check(organisation_id, entries, organisation.head) is None
    return [entry.type.removeprefix("organisation.") for entry in entries]


def belongs(citizen: Citizen) -> list[str]:
    return storage.list_organisations_of(citizen.citizen_id)


def test_a_crash_while_an_organisation_is_made(client: ApiClient) -> None:
    def create() -> Answer:
        body = {"credit_code": code, "name": "宁波小满公司"}
        return client.post(PATH, body, token=boss.token, headers={"Idempotency-Key": key})

    boss, key = person(client), new_id(16)
    code = register(client, boss)
    for _ in crashes(create):
        made = create()
        assert made.status == 201
        organisation_id = made.json()["organisation_id"]
        assert is_whole(organisation_id) == ["created"]
        assert [one["role"] for one in made.json()["members"]] == ["manager"]
        assert belongs(boss) == [organisation_id]
        assert organisation_id in set(storage.list_organisations())
        assert identity.me(organisation_id).clear["credit_code"] == code
        boss, key = person(client), new_id(16)
        code = register(client, boss)


@pytest.mark.parametrize("role", ["agent", "manager"])
def test_a_crash_while_a_member_is_added(client: ApiClient, role: str) -> None:
    def add() -> Answer:
        body = {"agent_code": code, "role": role}
        path, headers = f"{PATH}/{company.id}/members", {"Idempotency-Key": key}
        return client.post(path, body, token=company.boss.token, headers=headers)

    company, member, key = Company(client), person(client), new_id(16)
    code = agent_code(client, member)
    for number in crashes(add):
        added, again = add(), add()
        assert (added.status, added.json()) == (201, again.json())
        assert again.headers["idempotency-replayed"] == "true"
        assert is_whole(company.id) == ["created", *["member_added"] * (1 + number)]
        assert belongs(member) == [company.id]
        assert len(storage.list_members(company.id)) == 2 + number
        used = storage.find_code(code)
        assert used
        assert used.used_for == added.json()["member_id"]
        member, key = person(client), new_id(16)
        code = agent_code(client, member)


@pytest.mark.parametrize("is_last", [False, True], ids=["agent", "last manager"])
def test_a_crash_while_a_member_goes(client: ApiClient, *, is_last: bool) -> None:
    def world() -> tuple[Company, Citizen, str]:
        company, agent = Company(client), person(client)
        added = company.add(agent, "agent").json()["member_id"]
        [manager] = [one for one in company.show().json()["members"] if one["role"] == "manager"]
        return company, agent, manager["member_id"] if is_last else added

    def remove() -> Answer:
        return company.remove(member_id)

    company, agent, member_id = world()
    for _ in crashes(remove):
        # Once they are gone, nobody finds them.
        assert remove().status in (204, 404)
        assert remove().status == 404
        ended = ["member_removed", "frozen"] if is_last else ["member_removed"]
        assert is_whole(company.id) == ["created", "member_added", *ended]
        gone, stays = (company.boss, agent) if is_last else (agent, company.boss)
        assert (belongs(gone), belongs(stays)) == ([], [company.id])
        assert company.show(gone).status == 404
        assert company.show(stays).json()["status"] == ("frozen" if is_last else "active")
        company, agent, member_id = world()


def test_a_crash_while_the_last_manager_is_erased(client: ApiClient) -> None:
    def erase() -> Answer:
        return client.delete("/v1/me", token=company.boss.token, headers=headers)

    company = Company(client)
    headers = to_leave(client, company.boss.token)
    for _ in crashes(erase):
        assert erase().status in (204, 401)
        assert belongs(company.boss) == []
        assert is_whole(company.id) == ["created", "member_removed", "frozen"]
        company = Company(client)
        headers = to_leave(client, company.boss.token)


def test_a_crash_while_the_register_freezes_a_company(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def review() -> None:
        register_of_companies.review(company.id, MONDAY)

    with monkeypatch.context() as patch:
        says(patch, "confirmed")
        company = Company(client)
    says(monkeypatch, "denied")
    for writes in crashes(review):
        assert is_whole(company.id) == ["created", "frozen"][: 1 + writes]


def test_two_managers_who_go_at_once_leave_it_frozen(client: ApiClient) -> None:
    company, second = Company(client), person(client)
    company.add(second, "manager")
    first_id, second_id = (
        next(one.member_id for one in storage.list_members(company.id) if one.citizen_id == who)
        for who in (company.boss.citizen_id, second.citizen_id)
    )
    with every_second_call_fails():
        assert company.remove(second_id).status in (204, 404)
        assert company.remove(first_id).status in (204, 404)
    assert is_whole(company.id)[2:] == ["member_removed", "member_removed", "frozen"]
    assert storage.list_members(company.id) == []


@pytest.mark.parametrize("much", [{}, {"services": ["*"]}], ids=["one clerk", "two clerks"])
def test_a_crash_while_a_mandate_is_witnessed(client: ApiClient, much: dict[str, Any]) -> None:
    def world() -> tuple[Counter, dict[str, Any], str]:
        counter, key = Counter(client), new_id()
        body = counter.body(**much)
        if much:
            assert counter.say(body, counter.other).status == 202
        return counter, body, key

    def say() -> Answer:
        return counter.say(body, key=key)

    counter, body, key = world()
    for _ in crashes(say):
        done, again = say(), say()
        assert (done.status, done.json()) == (200 if much else 201, again.json())
        assert again.headers["idempotency-replayed"] == "true"
        mandate = storage.load(done.json()["mandate_id"])
        assert mandate
        entries = storage.load_entries(mandate.mandate_id)
        assert history.check(mandate.mandate_id, entries, mandate.head) is None
        assert [one.type for one in entries] == ["mandate.asked"] * len(much) + [
            "mandate.witnessed"
        ]
        assert storage.list_given(mandate.principal) == [mandate.mandate_id]
        assert storage.list_held(mandate.agent) == [mandate.mandate_id]
        # Who says it has seen both, whenever it stopped.
        for citizen_id in (mandate.principal, mandate.agent):
            seen = identity.accesses(citizen_id, None, 9).items
            assert {one.what for one in seen} == {f"mandate:{mandate.mandate_id}"}
            assert len({one.staff_id for one in seen}) == 1 + len(much)
        office_id = mandate.witness.office_id if mandate.witness else ""
        waiting = storage.list_waiting(office_id, None, 100).items
        assert mandate.mandate_id not in {one.mandate_id for one in waiting}
        counter, body, key = world()


def test_a_crash_while_a_guardian_is_witnessed(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "guardian_register", lambda: None)

    def world() -> tuple[Family, dict[str, Any], str]:
        family, key = Family(client), new_id()
        assert family.add()["status"] == "offered"
        body = family.counter.body(**EVERYTHING, until=day(1000))
        assert family.counter.say(body, family.counter.other).status == 202
        return family, body, key

    def say() -> Answer:
        return family.counter.say(body, key=key)

    family, body, key = world()
    for _ in crashes(say):
        assert say().status == 200
        assert family.status() == "active"
        family, body, key = world()
