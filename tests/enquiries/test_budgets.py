"""What enquiries cost: round trips and capacity units."""

from collections.abc import Callable

import pytest

from tests.enquiries.world import asked, say, submit, take, worker
from tests.support.client import Answer, ApiClient
from tests.support.meter import metered
from tests.support.people import log_in

# Write units, read units, round trips.
BUDGETS = {
    "ask": (8, 1, 2),
    "ask, not logged in": (8, 0, 2),
    "answer": (8, 1, 2),
    "claim": (7, 1, 2),
    "look": (1, 2, 3),
    "reply": (6, 1, 2),
    "list": (0, 3, 1),
    "progress": (4, 1, 3),
    "published": (0, 1, 1),
}


@pytest.mark.parametrize("name", BUDGETS)
def test_enquiries_cost_what_they_may(client: ApiClient, name: str) -> None:
    me, clerk = log_in(client), worker(client)
    one = asked(client, me)
    enquiry_id = one["enquiry_id"]
    acts: dict[str, Callable[[], Answer]] = {
        "ask": lambda: submit(client, me),
        "ask, not logged in": lambda: submit(client, None),
        "answer": lambda: take(client, clerk, enquiry_id, "answer", text="三个工作日内办结。"),
        "claim": lambda: take(client, clerk, enquiry_id, "claim"),
        "look": lambda: client.get(f"/v1/admin/enquiries/{enquiry_id}", token=clerk),
        "reply": lambda: say(client, me, enquiry_id, "reply", text="请尽快。"),
        "list": lambda: client.get("/v1/admin/enquiries", token=clerk),
        "progress": lambda: client.get(f"/v1/enquiry-progress/{one['number']}?code={one['code']}"),
        "published": lambda: client.get("/v1/questions?query=身份证"),
    }
    with metered() as cost:
        answer = acts[name]()
    assert answer.status < 300, answer.body
    wcu, rcu, trips = BUDGETS[name]
    told = f"{name}: {cost.wcu} / {cost.rcu} / {cost.trips} {cost.calls}"
    assert cost.trips <= trips, told
    assert cost.wcu <= wcu, told
    assert cost.rcu <= rcu, told
