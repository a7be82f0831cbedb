"""What cases cost: trips and capacity units, the same with a hundred times the cases."""

from datetime import timedelta

import pytest

from chalicelib.cases import jobs
from chalicelib.cases.domain import Case, CaseStatus
from chalicelib.cases.domain.receipts import number_for
from chalicelib.cases.storage._cases import case_record
from chalicelib.cases.storage._records import CaseRecord
from chalicelib.core.ids import new_id
from chalicelib.identity import service as identity
from tests.support.cases import lodge, pay_fee, second_person, take, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import Cost, metered


def test_lodging(client: ApiClient, morning: TestClock) -> None:
    me = verified(client)
    lodge(client, me)
    # The citizen's key is remembered for a minute, which may just have passed.
    identity.key_of(me.citizen_id)
    with metered() as cost:
        assert lodge(client, me).status == 201
    assert cost.wcu <= 14
    assert cost.rcu <= 1
    assert cost.trips <= 2


@pytest.mark.parametrize(
    "steps",
    [
        ("claim",),
        ("claim", "release"),
        ("accept",),
        ("decline",),
        ("request-correction",),
        ("accept", "review"),
        ("accept", "review", "approve"),
        ("accept", "review", "reject"),
        ("accept", "review", "approve", "issue"),
        ("accept", "review", "approve", "issue", "complete"),
    ],
    ids="-".join,
)
def test_a_step(client: ApiClient, morning: TestClock, steps: tuple[str, ...]) -> None:
    me, desk = verified(client), worker(client)
    made = lodge(client, me, service="passport-issue").json()
    pay_fee(made["case_id"])
    walk(client, desk, made["case_id"], *steps[:-1])
    second = second_person(made["case_id"])
    with metered() as cost:
        walk(client, desk, made["case_id"], steps[-1], second=second)
    assert cost.wcu <= 6
    assert cost.rcu <= 1
    assert cost.trips <= 2


def look_up(client: ApiClient, made: dict[str, str]) -> Cost:
    path = f"/v1/progress/{made['receipt_number']}?code={made['progress_code']}"
    with metered() as cost:
        assert client.get(path).status == 200
    return cost


def test_progress(client: ApiClient, morning: TestClock) -> None:
    me, desk = verified(client), worker(client)
    made = lodge(client, me).json()
    walk(client, desk, made["case_id"], "claim", "release", "accept", "review", "approve")
    walk(client, desk, made["case_id"], "issue", "complete")
    cost = look_up(client, made)
    assert (cost.trips, cost.wcu) == (1, 0)
    assert cost.rcu <= 1


@pytest.fixture
def full_hall(client: ApiClient) -> str:
    """A hall with two thousand open cases, a hundred times a page."""
    hall = f"hall-{new_id(6)}"
    with CaseRecord.batch_write() as write:
        for number in range(2000):
            case_id = new_id(8) + number_for(f"{hall}{number}")
            promised = MONDAY + timedelta(hours=number)
            case = Case(
                case_id, "p", "elder-card", hall, CaseStatus.SUBMITTED, MONDAY, promised, promised
            )
            write.save(case_record(case))
    return hall


def test_the_work_list_and_progress_of_a_full_hall(
    client: ApiClient, morning: TestClock, full_hall: str
) -> None:
    desk = worker(client, hall=full_hall)
    path = f"/v1/admin/cases?office_id={full_hall}"
    with metered() as one_status:
        items = client.get(f"{path}&status=submitted&due=week", token=desk).json()["items"]
    assert len(items) == 20
    assert (one_status.trips, one_status.wcu) == (1, 0)
    assert one_status.rcu <= 2
    with metered() as all_running:
        page = client.get(path, token=desk).json()
    assert [item["promised_at"] for item in page["items"]] == sorted(
        item["promised_at"] for item in page["items"]
    )
    # Four statuses, asked side by side.
    assert (all_running.trips, all_running.wcu) == (1, 0)
    assert all_running.rcu <= 4
    me = verified(client)
    assert look_up(client, lodge(client, me).json()).rcu <= 1


def test_watching_costs_nothing_while_nothing_is_due(client: ApiClient, morning: TestClock) -> None:
    jobs.watch_deadlines(MONDAY)
    with metered() as cost:
        assert jobs.watch_deadlines(MONDAY).looked_at == 0
    assert (cost.trips, cost.wcu) == (1, 0)
    assert cost.rcu <= 2


def test_a_stale_step_costs_one_read(client: ApiClient, morning: TestClock) -> None:
    desk = worker(client)
    case_id = lodge(client, verified(client)).json()["case_id"]
    walk(client, desk, case_id, "accept")
    with metered() as cost:
        assert take(client, desk, case_id, "review", version=1).code == "stale_version"
    assert (cost.trips, cost.wcu) == (1, 0)
