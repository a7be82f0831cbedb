"""Nobody acts for a stranger: what is done for a member of the family who has not agreed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chalicelib.appointments import storage
from chalicelib.appointments.domain.booking_limits import Guard
from tests.appointments.world import HALLS, ask, clerk, slot_at
from tests.support.cases import have_papers, lodge
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.people import (
    Citizen,
    be_adult,
    childs_number,
    id_number,
    log_in,
    log_in_again,
    new_code,
)


def person(client: ApiClient, number: str) -> Citizen:
    code = new_code()
    body = {"name": "王大明", "id_number": number}
    assert client.put("/v1/me/identity", body, token=log_in(client, code).token).status == 200
    return log_in(client, code)


def add(client: ApiClient, who: Citizen, number: str, relation: str = "child") -> Answer:
    body = {"name": "王大明", "id_number": number, "relation": relation}
    return client.post("/v1/me/family", body, token=who.token)


def guard_of(client: ApiClient, number: str) -> Guard:
    """Return the guard of a person by their number."""
    from chalicelib.core.id_documents import Document
    from chalicelib.identity.service.profiles import person_of

    return storage.load_guard(person_of(Document("resident_id", number)))


@pytest.mark.parametrize("new_number", [id_number, childs_number])
@pytest.mark.parametrize("known", [False, True])
def test_a_strangers_bookings_and_no_shows_touch_nobody_but_the_stranger(
    client: ApiClient, morning: TestClock, new_number: Callable[[], str], *, known: bool
) -> None:
    """An account that is nobody's books for whoever has this number, and does not come."""
    number = new_number()
    victim = person(client, number) if known else None
    attacker, desk = log_in(client), clerk(client)
    member = add(client, attacker, number).json()["member_id"]
    made = []
    for at, service in enumerate(("id-card-renewal", "id-card-replacement", "residence-permit")):
        slot = slot_at(HALLS[0], 15 * at + 360)
        booked = ask(client, attacker, slot, service, for_member=member)
        assert booked.status == 201, booked.body
        made.append(booked.json())
    assert guard_of(client, number) == Guard()
    morning.set(datetime.fromisoformat(made[-1]["start"]) + timedelta(hours=1))
    desk = clerk(client)
    for one in made:
        path = f"/v1/admin/appointments/{one['appointment_id']}/no-show"
        assert client.post(path, {}, token=desk).status == 200
    assert guard_of(client, number) == Guard()
    victim = log_in_again(client, victim) if victim else person(client, number)
    slot = slot_at(HALLS[0], 24 * 60)
    assert ask(client, victim, slot, "id-card-renewal").status == 201
    assert client.get("/v1/notifications", token=victim.token).json()["items"] == []
    # The strikes are the account's own.
    attacker = log_in_again(client, attacker)
    refused = ask(client, attacker, slot, "id-card-renewal", for_member=member)
    assert refused.code == "booking_suspended"
    assert client.delete(f"/v1/me/family/{member}", token=attacker.token).status == 204
    assert guard_of(client, number).gone == frozenset()


def test_a_booking_for_who_has_not_agreed_is_decided_by_the_callers_own(
    client: ApiClient, morning: TestClock
) -> None:
    number, slot = id_number(), slot_at(HALLS[0], 600)
    served, me = person(client, number), log_in(client)
    member = add(client, me, number, "parent").json()["member_id"]
    assert ask(client, served, slot, "id-card-renewal").status == 201
    # That the person is served at this time, and for this service, is not told.
    assert ask(client, me, slot, "id-card-renewal", for_member=member).status == 201
    assert ask(client, me, slot, "id-card-renewal").code == "already_booked"
    assert ask(client, me, slot, "residence-permit").code == "time_conflict"
    in_use = client.delete(f"/v1/me/family/{member}", token=me.token)
    assert (in_use.status, in_use.code) == (409, "member_in_use")


def test_an_erased_account_leaves_no_mark_on_a_stranger(
    client: ApiClient, morning: TestClock
) -> None:
    number, me = id_number(), log_in(client)
    member = add(client, me, number, "other").json()["member_id"]
    assert ask(client, me, slot_at(HALLS[0], 630), "id-card-renewal", for_member=member)
    assert client.delete("/v1/me", token=me.token).status == 204
    assert guard_of(client, number) == Guard()


@pytest.mark.parametrize("relation", ["spouse", "parent", "child", "other"])
def test_nobody_lodges_for_who_has_not_agreed(client: ApiClient, relation: str) -> None:
    me = person(client, id_number())
    have_papers(me)
    answers = [add(client, me, number, relation) for number in (id_number(), id_number())]
    assert [one.json()["status"] for one in answers] == ["offered", "offered"]
    member = answers[0].json()["member_id"]
    refused = lodge(client, me, for_member=member)
    assert (refused.status, refused.code) == (403, "consent_required")
    assert client.get("/v1/cases", token=me.token).json()["items"] == []


def test_who_is_added_is_answered_alike_with_and_without_an_account(client: ApiClient) -> None:
    me, known = person(client, id_number()), id_number()
    person(client, known)
    answers = [add(client, me, number).json() for number in (known, id_number())]
    fields = [{k: v for k, v in one.items() if k not in ("member_id", "id_number")}
              for one in answers]  # fmt: skip
    assert fields[0] == fields[1]


def test_only_a_known_adult_is_a_minors_guardian(client: ApiClient) -> None:
    unknown, child, mother = log_in(client), person(client, childs_number()), log_in(client)
    be_adult(client, mother)
    statuses = [
        add(client, who, childs_number()).json()["status"] for who in (unknown, child, mother)
    ]
    assert statuses == ["offered", "offered", "active"]
    [listed] = client.get("/v1/me/family", token=mother.token).json()["items"]
    assert listed["status"] == "active"


def test_minors_are_asked_about_once_their_guardian_is_known(client: ApiClient) -> None:
    mother = log_in(client)
    for number in (childs_number(), id_number()):
        assert add(client, mother, number).json()["status"] == "offered"
    be_adult(client, mother)
    listed = client.get("/v1/me/family", token=mother.token).json()["items"]
    assert sorted(one["status"] for one in listed) == ["active", "offered"]


def test_a_guardianship_ends_at_midnight_of_the_eighteenth_birthday(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(datetime.fromisoformat("2028-02-29T23:59:59+08:00"))
    mother = log_in(client)
    be_adult(client, mother)
    # Born on 1 March 2010.
    assert add(client, mother, "330203201003010018").json()["status"] == "active"
    clock.set(datetime.fromisoformat("2028-03-01T00:00:00+08:00"))
    mother = log_in_again(client, mother)
    [listed] = client.get("/v1/me/family", token=mother.token).json()["items"]
    assert listed["status"] == "offered"
