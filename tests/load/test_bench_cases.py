"""What cases cost, and that it stays the same when there are a hundred times as many."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest

from chalicelib.cases import storage
from chalicelib.core import tables
from chalicelib.core.ids import new_id
from tests.load.report import table
from tests.support.cases import HALL, lodge, take, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.meter import Cost, metered

pytestmark = pytest.mark.slow
Bill = tuple[str, Cost, str]
FEW, MANY = 50, 5000


def bills(client: ApiClient, clock: TestClock) -> list[Bill]:
    """Meter each operation once."""
    me, desk, second = verified(client), worker(client), worker(client, "supervisor")
    lodge(client, me)
    found: list[Bill] = []

    def bill(name: str, budget: str, act: Callable[[], Any]) -> Any:
        with metered() as cost:
            answer = act()
        assert answer.status < 300
        found.append((name, cost, budget))
        return answer

    made = bill("lodge", "14 / 1 / 2", lambda: lodge(client, me)).json()
    case_id = made["case_id"]
    for step in ("claim", "accept", "review", "approve", "issue", "complete"):
        by = second if step == "approve" else desk
        bill(f"step: {step}", "6 / 1 / 2", partial(take, client, by, case_id, step))
    path = f"/v1/progress/{made['receipt_number']}?code={made['progress_code']}"
    bill("progress", "0 / 1 / 1", lambda: client.get(path))
    work = f"/v1/admin/cases?office_id={HALL}"
    bill(
        "work list of a status",
        "0 / 2 / 1",
        lambda: client.get(f"{work}&status=submitted", token=desk),
    )
    bill("work list, all that runs", "0 / 8 / 4", lambda: client.get(work, token=desk))
    refused = lodge(client, me).json()["case_id"]
    ask: dict[str, Any] = {"items": [{"pointer": "/materials/id-card", "detail": "请重新拍照上传"}]}
    bill(
        "step: request-correction",
        "6 / 1 / 2",
        lambda: take(client, desk, refused, "request-correction", **ask),
    )
    given = {"materials": [{"material_id": "id-card", "upload_id": "upload-id-card"}]}
    answers = f"/v1/cases/{refused}/corrections"
    clock.advance(60)
    bill("answer a correction", "", lambda: client.post(answers, given, token=me.token))
    walk(client, desk, refused, "decline")
    rating = {"score": 5}
    bill("rate", "", lambda: client.post(f"/v1/cases/{refused}/rating", rating, token=me.token))
    return found


def test_what_cases_cost(client: ApiClient, morning: TestClock) -> None:
    _grow(FEW)
    before = bills(client, morning)
    _grow(MANY)
    after = bills(client, morning)
    title = f"Cases: write units / read units / round trips, {FEW} open in the hall, and {MANY}"
    joined = [
        [name, _figures(small), budget, _figures(grown)]
        for (name, small, budget), (_, grown, _) in zip(before, after, strict=True)
    ]
    table("cases", title, ["operation", "measured", "budget", "grown"], joined)
    for (name, small, _), (_, grown, _) in zip(before, after, strict=True):
        assert _figures(small) == _figures(grown), name


def _figures(cost: Cost) -> str:
    return f"{cost.wcu:g} / {cost.rcu:g} / {cost.trips}"


def _grow(count: int) -> None:
    """Put open cases into the hall, as the index sees them."""
    sdk = cast("Any", tables.client())
    statuses = ("submitted", "accepted", "under_review", "approved")
    for begin in range(0, count, 25):
        puts = []
        for number in range(begin, begin + 25):
            status, at = statuses[number % 4], int(MONDAY.timestamp()) + number * 60
            case_id = new_id(20)
            words = {
                "pk": f"K#{case_id[8:]}", "sk": "case", "case": case_id, "status": status,
                "service": "elder-card", "office": HALL, "work": f"{HALL}#{status}",
                "work_at": f"{at:010}#{case_id}",
            }  # fmt: skip
            item: dict[str, Any] = {name: {"S": value} for name, value in words.items()}
            item |= {name: {"N": str(at)} for name in ("lodged", "promised", "due")}
            puts.append({"PutRequest": {"Item": item}})
        sdk.batch_write_item(RequestItems={storage.TABLE.name: puts})
