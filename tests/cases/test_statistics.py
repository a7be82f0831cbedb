"""What a hall's cases say: times against promises, and ratings."""

from datetime import timedelta
from typing import Any

from chalicelib.core.ids import new_id
from tests.cases.world import go_on, move, post
from tests.support.cases import lodge, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered


def test_times_and_ratings_of_a_hall(client: ApiClient, morning: TestClock) -> None:
    me, hall = verified(client), f"hall-{new_id(5)}"
    on_time, late, open_ = (
        lodge(client, me, service="no-criminal-record").json()["case_id"] for _ in range(3)
    )
    for case_id in (on_time, late, open_):
        move(case_id, hall)
    desk = worker(client, hall=hall)
    morning.advance(timedelta(hours=2).total_seconds())
    desk = worker(client, hall=hall)
    walk(client, desk, on_time, "accept", "review", "approve", "issue", "complete")
    morning.advance(timedelta(days=2).total_seconds())
    desk, me = worker(client, hall=hall), go_on(client, me)
    walk(client, desk, late, "decline")
    for case_id, score in ((on_time, 5), (late, 2)):
        rated = post(client, me, f"/v1/cases/{case_id}/rating", {"score": score})
        assert rated.status == 200
    boss = worker(client, "supervisor", hall)

    def rows(name: str, span: str = "from=2027-03-01&to=2027-03-03") -> list[dict[str, Any]]:
        with metered() as cost:
            answer = client.get(f"/v1/admin/reports/{name}?{span}", token=boss)
        assert answer.status == 200, answer.body
        assert cost.trips <= 5
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    times = rows("case-times")
    shared = {"office_id": hall, "service_id": "no-criminal-record", "decided": 1}
    assert times == [
        {
            **shared,
            "date": "2027-03-01",
            "in_promise": 1,
            "in_law": 1,
            "share_in_promise": 1.0,
            "mean_hours": 2.0,
        },
        {
            **shared,
            "date": "2027-03-03",
            "in_promise": 0,
            "in_law": 1,
            "share_in_promise": 0.0,
            "mean_hours": 50.0,
        },
    ]
    [rated_row] = rows("ratings")
    assert (rated_row["ratings"], rated_row["mean_score"]) == (2, 3.5)
    assert rows("case-times", "from=2027-02-01&to=2027-02-28") == []
