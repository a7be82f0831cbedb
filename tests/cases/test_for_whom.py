"""Two children of one mother, whose masked names are the same, are told apart everywhere."""

from typing import Any

import pytest

from chalicelib.identity import service as identity
from tests.appointments.world import of_family
from tests.support.cases import form_of, lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import Citizen

NAMES = ("张小宝", "张小贝")


def cases_of(client: ApiClient, mother: Citizen) -> dict[str, dict[str, Any]]:
    """Lodge one for each child and one for herself; return them by whom they are for."""
    members: dict[str, dict[str, str]] = {
        name: {"for_member": of_family(client, mother, name)} for name in NAMES
    }
    asked = {**members, "": {}}
    lodged = {name: lodge(client, mother, **more) for name, more in asked.items()}
    assert {answer.status for answer in lodged.values()} == {201}
    return {name: answer.json() for name, answer in lodged.items()}


def test_the_family_is_listed_by_whole_names_and_masked_numbers(client: ApiClient) -> None:
    mother = verified(client)
    for name in NAMES:
        of_family(client, mother, name)
    items = client.get("/v1/me/family", token=mother.token).json()["items"]
    assert sorted(one["name"] for one in items) == sorted(NAMES)
    assert all("*" * 11 in one["id_number"] for one in items)


def test_cases_say_for_whom_they_are_in_lists_and_at_each_step(
    client: ApiClient, morning: TestClock
) -> None:
    mother = verified(client)
    cases = cases_of(client, mother)
    assert {name: one["for_name"] or "" for name, one in cases.items()} == {
        name: name for name in (*NAMES, "")
    }
    listed = client.get("/v1/cases", token=mother.token).json()["items"]
    assert {one["case_id"]: one["for_name"] for one in listed} == {
        one["case_id"]: name or None for name, one in cases.items()
    }
    desk, child = worker(client), cases[NAMES[1]]["case_id"]
    path, form = f"/v1/cases/{child}", form_of("no-criminal-record")
    walk(client, desk, child, "request-correction")
    answers = [
        client.get(path, token=mother.token),
        client.post(f"{path}/corrections", {"form": form}, token=mother.token),
        client.post(f"{path}/withdraw", {}, token=mother.token),
        client.post(f"{path}/rating", {"score": 5}, token=mother.token),
    ]
    assert [(one.status, one.json()["for_name"]) for one in answers] == [(200, NAMES[1])] * 4


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_staff_see_for_whom_a_case_is(client: ApiClient, name: str) -> None:
    mother, desk = verified(client), worker(client)
    case_id = cases_of(client, mother)[name]["case_id"]
    walk(client, desk, case_id, "accept")
    seen = client.get(f"/v1/admin/cases/{case_id}", token=desk).json()
    assert (seen["for_name"], seen["applicant"]["name"]) == (name or None, name or "王小明")
    assert seen["acted_by"] == ({"kind": "guardian", "name": "王**"} if name else None)


def test_names_of_cases_cost_a_round_trip_only_where_there_are_any(client: ApiClient) -> None:
    one, mother = verified(client), verified(client)
    lodge(client, one)
    cases_of(client, mother)
    trips = {}
    for who in (one, mother):
        identity.key_of(who.citizen_id)
        with metered() as cost:
            assert client.get("/v1/cases", token=who.token).status == 200
        trips[who] = cost.trips
    assert trips[mother] - trips[one] == 1
