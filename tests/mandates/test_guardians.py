"""Guardians whom a clerk has witnessed: until the last day of minority, and no longer."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.identity import providers
from chalicelib.identity.service import members
from tests.mandates.counter_world import EVERYTHING, Family
from tests.mandates.world import day, person
from tests.payments.paying import token
from tests.support.cases import lodge
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, number_of


@pytest.fixture(autouse=True)
def no_register(monkeypatch: pytest.MonkeyPatch) -> None:
    """A city whose household register cannot be asked: the clerk's word is all there is."""
    monkeypatch.setattr(members, "guardian_register", lambda: None)
    assert providers.guardian_register() is not None


@pytest.mark.parametrize("is_first", [False, True], ids=["witnessed first", "added first"])
def test_a_clerks_word_makes_a_guardian_before_or_after_the_child_is_added(
    client: ApiClient, morning: TestClock, *, is_first: bool
) -> None:
    family = Family(client)
    if is_first:
        assert family.add()["status"] == "offered"
    made = family.counter.witnessed(**EVERYTHING, until=day(1000))
    assert made["guardian"] is True
    if not is_first:
        assert family.add()["status"] == "active"
    assert family.status() == "active"
    [one] = client.get("/v1/me/family", token=family.mother.token).json()["items"]
    assert lodge(client, family.mother, for_member=one["member_id"]).status == 201
    assert family.counter.revoke(made["mandate_id"]).status == 200
    assert family.status() == "offered"
    refused = lodge(client, family.mother, for_member=one["member_id"])
    assert refused.code == "consent_required"


def test_who_ends_it_as_the_guardian_is_one_no_longer(
    client: ApiClient, morning: TestClock
) -> None:
    family = Family(client)
    made = family.counter.witnessed(**EVERYTHING)
    assert family.add()["status"] == "active"
    path = f"/v1/me/mandates/{made['mandate_id']}/revoke"
    assert client.post(path, {}, token=family.mother.token).json()["status"] == "revoked"
    assert family.status() == "offered"


def test_a_word_about_one_service_makes_no_guardian(client: ApiClient, morning: TestClock) -> None:
    family = Family(client)
    made = family.counter.witnessed()
    assert (made["status"], family.add()["status"]) == ("active", "offered")


def test_what_waits_for_a_second_person_makes_no_guardian(
    client: ApiClient, morning: TestClock
) -> None:
    family = Family(client)
    assert family.counter.say(family.counter.body(**EVERYTHING)).status == 202
    assert family.add()["status"] == "offered"


TODAY = MONDAY.astimezone(OFFICE_ZONE).date()


@pytest.mark.parametrize(
    ("born", "of_age"),
    [
        (date(TODAY.year - 18, 6, 1), date(TODAY.year, 6, 1)),
        (date(2012, 2, 29), date(2030, 3, 1)),
    ],
    ids=["birthday", "leap day"],
)
def test_at_eighteen_it_turns_offered_at_midnight_of_shanghai(
    client: ApiClient, morning: TestClock, born: date, of_age: date
) -> None:
    family = Family(client, number_of(born))
    until = min(of_age + timedelta(days=300), TODAY.replace(year=TODAY.year + 3))
    family.counter.witnessed(**EVERYTHING, until=until.isoformat())
    family.add()
    midnight = datetime.combine(of_age, datetime.min.time(), OFFICE_ZONE)

    def seen(at: datetime) -> set[str]:
        morning.set(at)
        family.mother = replace(family.mother, token=token(family.mother))
        items = client.get("/v1/me/mandates?side=agent", token=family.mother.token).json()["items"]
        return {family.status(), *(one["status"] for one in items)}

    assert seen(midnight - timedelta(seconds=1)) == {"active"}
    assert seen(midnight) == {"offered"}


def grown(client: ApiClient, clock: TestClock) -> tuple[Family, str, Citizen]:
    """Return a family whose child came of age today, the mandate, and the child's own account."""
    born = date(TODAY.year - 18, 6, 1)
    family = Family(client, number_of(born))
    made = family.counter.witnessed(**EVERYTHING, until=day(365))
    clock.set(datetime.combine(born.replace(year=TODAY.year), datetime.min.time(), OFFICE_ZONE))
    child = person(client, family.child["id_number"], family.child["name"])
    return family, str(made["mandate_id"]), child


@pytest.mark.parametrize(("said", "status"), [("accept", "active"), ("decline", "declined")])
def test_who_came_of_age_says_for_themselves(
    client: ApiClient, morning: TestClock, said: str, status: str
) -> None:
    _, mandate_id, child = grown(client, morning)
    path = f"/v1/me/mandates/{mandate_id}"
    assert client.get(path, token=child.token).json()["status"] == "offered"
    answer = client.post(f"{path}/{said}", {}, token=child.token).json()
    assert answer["status"] == status
    assert answer["accepted_by"] == ("app" if said == "accept" else "counter")
