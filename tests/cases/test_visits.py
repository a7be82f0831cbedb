"""The visit of a case: booked with its id, shown by the case, named by the check-in."""

from typing import Any

import pytest

from chalicelib.cases import handlers, service
from chalicelib.core.events import of_entry
from chalicelib.core.ids import new_id
from tests.appointments.world import new_slot
from tests.cases.world import post
from tests.support.cases import HALL, lodge, verified, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen

SERVICE = "id-card-renewal"


@pytest.fixture
def me(client: ApiClient, morning: TestClock) -> Citizen:
    return verified(client)


def lodged(client: ApiClient, me: Citizen, service_id: str = SERVICE) -> str:
    return str(lodge(client, me, service=service_id).json()["case_id"])


def visit(client: ApiClient, me: Citizen, case_id: str, key: str | None = None) -> Answer:
    body = {
        "service_id": SERVICE,
        "office_id": HALL,
        "slot_id": SLOT.setdefault("id", new_slot(9)),
        "case_id": case_id,
    }
    return post(client, me, "/v1/appointments", body, key)


SLOT: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def slot(client: ApiClient, morning: TestClock) -> None:
    SLOT.clear()


def hear(appointment_id: str) -> None:
    from chalicelib.appointments import storage

    for entry in storage.load_entries(appointment_id):
        for _ in range(2):
            handlers.follow_up(of_entry(entry), MONDAY)
        assert handlers.arrived(of_entry(entry))


def shown(client: ApiClient, me: Citizen, case_id: str) -> str | None:
    case = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    found: str | None = case["appointment_id"]
    return found


def test_a_case_shows_its_visit_and_the_visit_its_case(client: ApiClient, me: Citizen) -> None:
    case_id, key = lodged(client, me), new_id()
    booked = visit(client, me, case_id, key)
    assert (booked.status, booked.json()["case_id"]) == (201, case_id)
    assert visit(client, me, case_id, key).headers["idempotency-replayed"] == "true"
    appointment_id = booked.json()["appointment_id"]
    hear(appointment_id)
    assert shown(client, me, case_id) == appointment_id
    version = service.load(case_id).version
    hear(appointment_id)
    assert service.load(case_id).version == version
    done = client.post(
        "/v1/admin/checkins", {"appointment_id": appointment_id}, token=worker(client)
    )
    assert done.json()["appointment"]["case_id"] == case_id
    other = client.get(f"/v1/appointments/{appointment_id}", token=me.token).json()
    assert other["case_id"] == case_id


def test_a_visit_that_is_given_up_is_the_cases_no_more(client: ApiClient, me: Citizen) -> None:
    case_id = lodged(client, me)
    first = visit(client, me, case_id).json()["appointment_id"]
    hear(first)
    assert post(client, me, f"/v1/appointments/{first}/cancel", {}).status == 200
    second = visit(client, me, case_id).json()["appointment_id"]
    # In any order: the second is known before the end of the first.
    hear(second)
    hear(first)
    assert shown(client, me, case_id) == second
    assert post(client, me, f"/v1/appointments/{second}/cancel", {}).status == 200
    hear(second)
    assert shown(client, me, case_id) is None


def test_only_an_own_running_case_of_the_service_is_visited(client: ApiClient, me: Citizen) -> None:
    other = verified(client)
    for case_id in (lodged(client, other), "no-such-case-at-all"):
        assert visit(client, me, case_id).status == 404
    wrong = visit(client, me, lodged(client, me, "elder-card"))
    assert (wrong.status, wrong.json()["errors"][0]["pointer"]) == (422, "/case_id")
    ended = lodged(client, me)
    post(client, me, f"/v1/cases/{ended}/withdraw", {})
    refused = visit(client, me, ended)
    assert (refused.code, refused.json()["current"]) == ("wrong_status", "withdrawn")
