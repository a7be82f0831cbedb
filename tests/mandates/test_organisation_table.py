"""Every act and every look for an organisation, by whoever may try, from one table."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.mandates import storage
from chalicelib.mandates.providers.embedded import EmbeddedBusinessRegister
from chalicelib.mandates.service import register
from chalicelib.mandates.storage._records import MembershipRecord, organisation_pk
from tests.appointments.world import HALLS, ask, slot_at
from tests.deliveries.world import Hired
from tests.mandates.acting_world import KINDS, MINUTES, ActingForCompany
from tests.mandates.organisation_world import PATH, Company
from tests.mandates.world import day, give, person
from tests.support.cases import city_worker, lodge
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, log_in_again

NOTHING = {"status": "active"}


@pytest.fixture
def acting(client: ApiClient, morning: TestClock, hired: Hired) -> Any:
    yield ActingForCompany(client, hired)
    EmbeddedBusinessRegister.known.clear()


def member(role: str, **changed: Any) -> Callable[[ActingForCompany], Citizen]:
    def join(acting: ActingForCompany) -> Citizen:
        who = person(acting.client)
        assert acting.company.add(who, role, **changed).status == 201
        return who

    return join


def removed(acting: ActingForCompany) -> Citizen:
    assert acting.company.remove(acting.member_id).status == 204
    return acting.agent


def expired(acting: ActingForCompany) -> Citizen:
    who = member("agent")(acting)
    MembershipRecord(organisation_pk(acting.company.id), f"P#{who.citizen_id}").update(
        [MembershipRecord.until.set(day(-1))]
    )
    return who


def frozen(acting: ActingForCompany) -> Citizen:
    register.freeze(acting.company.id, "not_representative", MONDAY)
    return acting.principal


# Who tries, in this order; what they lack to act, and to list; and what one thing answers.
TABLE: dict[str, tuple[Callable[[ActingForCompany], Citizen], Any, Any, int]] = {
    "manager": (lambda acting: acting.principal, None, None, 200),
    "agent": (lambda acting: acting.agent, None, None, 200),
    "last day": (member("agent", until="2027-03-01"), None, None, 200),
    "wrong action": (member("viewer"), "action", None, 200),
    "expired": (expired, NOTHING, NOTHING, 403),
    "stranger": (lambda acting: person(acting.client), NOTHING, NOTHING, 404),
    "other organisation": (lambda acting: Company(acting.client).boss, NOTHING, NOTHING, 404),
    "removed member": (removed, NOTHING, NOTHING, 404),
    "frozen": (frozen, NOTHING, NOTHING, 403),
}


def test_every_act_and_look_by_everybody(acting: ActingForCompany) -> None:
    for name, (come, lacks, lists, shows) in TABLE.items():
        who = come(acting)
        for action, kind in KINDS.items():
            done = acting.act(action, who)
            expected = {"action": action} if lacks == "action" else lacks
            given = done.json().get("missing") if done.status == 403 else None
            # What was made before is there already: 409.
            assert (given, done.status in (201, 409)) == (expected, lacks is None), (name, action)
            listed, shown = acting.list_made(kind, who), acting.show(kind, who)
            assert shown.status == shows, (name, kind, shown.body)
            if lists is None:
                assert acting.made[kind] in str(listed.json()["items"]), (name, kind)
            else:
                assert (listed.status, listed.json()["missing"]) == (403, lists), (name, kind)


def lawyer_of(acting: ActingForCompany, **changed: Any) -> tuple[Citizen, str, Any]:
    """Return who acts for the company by its mandate, and by what."""
    lawyer = person(acting.client, name="李律师")
    body = {"organisation_id": acting.company.id, **changed}
    given = give(acting.client, acting.principal, lawyer, **body)
    assert given.status == 201, given.body
    mandate_id = given.json()["mandate_id"]
    return lawyer, mandate_id, {"on_behalf_of": {"mandate_id": mandate_id}}


def say(acting: ActingForCompany, mandate_id: str, answer: str, who: Citizen) -> Answer:
    path = f"/v1/me/mandates/{mandate_id}/{answer}"
    return acting.client.post(path, {}, token=who.token)


def test_nobody_acts_by_the_mandate_of_an_organisation_that_is_frozen(
    acting: ActingForCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.appointments import storage as appointments

    lawyer, mandate_id, on_behalf = lawyer_of(acting)
    store = appointments.store_bookings

    def overtaken(*given: Any) -> Any:
        frozen(acting)
        return store(*given)

    def book() -> Answer:
        slot = slot_at(HALLS[0], next(MINUTES))
        return ask(acting.client, lawyer, slot, "residence-permit", **on_behalf)

    with monkeypatch.context() as patch:
        # Between deciding and storing.
        patch.setattr(appointments, "store_bookings", overtaken)
        assert book().code == "mandate_missing"
    assert book().json()["missing"] == NOTHING
    path = f"/v1/appointments?on_behalf_of={mandate_id}"
    assert acting.client.get(path, token=lawyer.token).status == 403
    # Its manager ends it all the same.
    assert say(acting, mandate_id, "revoke", acting.principal).json()["status"] == "revoked"


def test_a_manager_disputes_and_staff_see_what_was_done(acting: ActingForCompany) -> None:
    lawyer, mandate_id, on_behalf = lawyer_of(acting)
    case_id = lodge(acting.client, lawyer, service="no-criminal-record", **on_behalf).json()[
        "case_id"
    ]
    for who, status in ((acting.agent, 404), (lawyer, 403)):
        assert say(acting, mandate_id, "dispute", who).status == status
    assert say(acting, mandate_id, "dispute", acting.principal).json()["status"] == "frozen"
    path = "/v1/admin/alerts?kind=integrity&limit=100"
    items = acting.client.get(path, token=city_worker(acting.client)).json()["items"]
    [alert] = [one for one in items if one["subject_id"] == mandate_id]
    assert alert["code"] == "mandate_disputed"
    expected = {"principal": acting.company.id, "agent": lawyer.citizen_id, "case": case_id}
    assert alert["facts"] == expected


def test_a_manager_whose_time_is_over_sees_and_ends_no_mandate_of_it(
    acting: ActingForCompany, morning: TestClock
) -> None:
    second = member("manager", until=day(0))(acting)
    _, mandate_id, _ = lawyer_of(acting)
    shown = f"/v1/me/mandates/{mandate_id}"
    listed = "/v1/me/mandates?side=principal"
    assert acting.client.get(shown, token=second.token).status == 200
    morning.advance(15 * 3600)
    second = log_in_again(acting.client, second)
    assert acting.client.get(shown, token=second.token).status == 404
    assert acting.client.get(listed, token=second.token).json()["items"] == []
    assert say(acting, mandate_id, "revoke", second).status == 404
    assert storage.list_given(acting.company.id) == [mandate_id]
    assert acting.client.get(f"{PATH}/{acting.company.id}", token=second.token).status == 404
