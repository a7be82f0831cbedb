"""What the everyday requests cost of which no other benchmark tells, and how often KMS is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.crypto import Vault
from tests.appointments.world import HALL, book, new_slot
from tests.load.report import table
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered
from tests.support.people import log_in, log_in_again, new_code

pytestmark = pytest.mark.slow


def test_what_every_day_costs(
    client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("key_of", "new_key"):
        original = getattr(Vault, name)

        def counted(*given: Any, original: Callable[..., Any] = original) -> Any:
            asked.append("kms")
            return original(*given)

        monkeypatch.setattr(Vault, name, counted)
    rows: list[list[object]] = []

    def read(path: str) -> Callable[[], Any]:
        def ask() -> Any:
            answer = client.get(path, token=me.token)
            assert answer.status == 200, path
            return answer

        return ask

    def bill(name: str, act: Callable[[], Any]) -> Any:
        asked.clear()
        with metered() as cost:
            answer = act()
        rows.append([name, f"{cost.wcu:g} / {cost.rcu:g} / {cost.trips}", len(asked)])
        return answer

    code = new_code()
    bill("log in, for the first time", lambda: log_in(client, code))
    me = bill("log in", lambda: log_in(client, code))
    me = bill("renew the log-in", lambda: log_in_again(client, me))
    bill("see the own profile", read("/v1/me"))
    bill("list halls", read("/v1/offices"))
    bill("list services", read("/v1/services"))
    guide = "/v1/services/id-card-renewal"
    bill("read a guide", read(guide))
    week = f"/v1/offices/{HALL}/availability?service_id=id-card-renewal&days=7"
    bill("availability, 7 days", read(week))
    bill("read the inbox", read("/v1/notifications"))
    full = new_slot(1)
    assert book(client, log_in(client), full).status == 201
    refused = bill("book, not known to this process to be full", lambda: book(client, me, full))
    assert refused.code == "slot_full"
    title = "Every day: write units / read units / round trips, and calls of KMS"
    table("everyday", title, ["operation", "measured", "KMS"], rows)
