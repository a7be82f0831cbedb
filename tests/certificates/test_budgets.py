"""What certificates cost: round trips and capacity units."""

from collections.abc import Callable

import pytest

from chalicelib.identity.service.profiles import keys
from tests.certificates.world import decide, issued, verify
from tests.support.cases import verified, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered

# Write units, read units, round trips.
BUDGETS = {
    "show": (0, 2, 1),
    "list": (0, 3, 3),
    "verify": (0, 1, 1),
    "suspend": (8, 2, 4),
}


@pytest.mark.parametrize("name", BUDGETS)
def test_certificates_cost_what_they_may(client: ApiClient, morning: TestClock, name: str) -> None:
    me, desk = verified(client), worker(client, "supervisor")
    made = issued(client, me, "residence-permit")
    one = made["certificate_id"]
    acts: dict[str, Callable[[], Answer]] = {
        "show": lambda: client.get(f"/v1/me/certificates/{one}", token=me.token),
        "list": lambda: client.get("/v1/me/certificates", token=me.token),
        "verify": lambda: verify(client, made["verification_code"]),
        "suspend": lambda: decide(client, desk, one, "suspend"),
    }
    keys.clear()
    with metered() as cost:
        answer = acts[name]()
    assert answer.status < 300, answer.body
    wcu, rcu, trips = BUDGETS[name]
    told = f"{name}: {cost.wcu} / {cost.rcu} / {cost.trips} {cost.calls}"
    assert cost.trips <= trips, told
    assert cost.wcu <= wcu, told
    assert cost.rcu <= rcu, told
