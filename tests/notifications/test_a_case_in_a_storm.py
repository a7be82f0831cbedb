"""A case while everything breaks: calls die after any write, workers too, events come anyhow."""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chalicelib.cases import storage as cases
from chalicelib.core import events, history
from chalicelib.core.ids import new_id
from chalicelib.notifications import storage
from chalicelib.notifications.domain import LEASE, PushState
from tests.cases.uploads.world import PDF, sent
from tests.cases.world import events as steps_of
from tests.cases.world import go_on, post
from tests.notifications.world import Platforms, subscribe
from tests.support import functions
from tests.support.cases import application, take, verify, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, log_in, new_code

_STEPS = ("accept", "review", "approve", "issue", "complete")
_ASKED = {"items": [{"pointer": "/materials/photo", "detail": "不清晰"}]}
_TOLD = ["submitted", "correction_requested", "accepted", "approved", "issued", "completed"]


@dataclass
class Storm:
    """Kills whom it meets after a few calls of the database; the same seed, the same storm."""

    chance: random.Random
    clock: TestClock
    phones: Platforms
    citizen_id: str
    account: str
    rung_and_killed: int = 0
    kills: int = 0
    crashed: Counter[str] = field(default_factory=Counter)

    def call(self, act: Callable[[], Answer], what: str) -> Answer:
        """Call until an answer comes, with the same key each time, as a phone does."""
        while True:
            try:
                with crash_after(self.chance.randrange(7)):
                    answer = act()
            except Crash:
                self.crashed[what] += 1
                continue
            assert answer.status in (200, 201), answer.body
            return answer

    def deliver(self, case_id: str) -> None:
        """Let workers take all events so far, doubled and shuffled, until the queue is empty."""
        entries = cases.load_entries(case_id)
        queue = [*entries, *self.chance.choices(entries, k=len(entries))]
        self.chance.shuffle(queue)
        while queue:
            batch, queue = queue[:5], queue[5:]
            queue += self._work(batch)
            # Whoever was killed over a notice holds it until the lease is over.
            self.clock.advance(LEASE.total_seconds() + 1)

    def _work(self, batch: list[history.Entry]) -> list[history.Entry]:
        records = [
            {
                "messageId": str(at),
                "body": json.dumps({"detail": json.loads(events.of_entry(entry).to_json())}),
            }
            for at, entry in enumerate(batch)
        ]
        before = len(self.phones.shown(self.account))
        calls = self.chance.choice((2, 4, 6, 8, 12, 99, 99))
        try:
            with crash_after(calls):
                failed = functions.call("send_notifications", {"Records": records}, None)
        except Crash:
            self.kills += 1
            self.rung_and_killed += self._rung_unnoted(before)
            return batch
        names = {one["itemIdentifier"] for one in failed["batchItemFailures"]}
        return [entry for at, entry in enumerate(batch) if str(at) in names]

    def _rung_unnoted(self, before: int) -> bool:
        """Tell whether the kill fell between a platform's answer and the note of it."""
        notices = storage.list_notices(self.citizen_id, None, 100).items
        noted = sum(notice.push_state is PushState.SENT for notice in notices)
        rung = len(self.phones.shown(self.account))
        return rung > before and rung - self.rung_and_killed > noted


def lodge(client: ApiClient, me: Citizen, papers: dict[str, str], key: str) -> Answer:
    given = [{"material_id": name, "upload_id": paper} for name, paper in papers.items()]
    return post(client, me, "/v1/cases", application("elder-card", materials=given), key)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_timeline_and_the_notices_are_the_same(
    client: ApiClient, phones: Platforms, morning: TestClock, seed: int
) -> None:
    account = new_code()
    me = log_in(client, account)
    verify(client, me)
    me = log_in(client, account)
    subscribe(client, me.citizen_id, "case", 20)
    storm = Storm(random.Random(seed), morning, phones, me.citizen_id, account)

    papers = {name: sent(client, me) for name in ("id-card", "photo")}
    key = new_id()
    made: dict[str, Any] = storm.call(lambda: lodge(client, me, papers, key), "lodge").json()
    case_id = made["case_id"]
    storm.deliver(case_id)
    desk = worker(client)
    asking = new_id()
    storm.call(lambda: take(client, desk, case_id, "request-correction", asking, **_ASKED), "step")
    storm.deliver(case_id)
    me = go_on(client, me)
    better = [{"material_id": "photo", "upload_id": sent(client, me, PDF + b"better")}]
    correcting, path = new_id(), f"/v1/cases/{case_id}/corrections"
    storm.call(lambda: post(client, me, path, {"materials": better}, correcting), "correct")
    for step in _STEPS:
        desk, pressing = worker(client), new_id()
        storm.call(lambda: take(client, desk, case_id, step, pressing), "step")  # noqa: B023 - called at once.
        storm.deliver(case_id)
    storm.deliver(case_id)

    assert storm.kills > 0
    assert sum(storm.crashed.values()) > 0
    me = log_in(client, account)
    shown = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    done = ["submitted", "correction_requested", "corrected", "accepted", "reviewed", "approved"]
    assert steps_of(shown) == [*done, "issued", "completed"]
    [mine] = client.get("/v1/cases", token=me.token).json()["items"]
    assert mine["case_id"] == case_id
    case = cases.load(case_id)
    assert case
    assert history.check(case_id, cases.load_entries(case_id), case.head) is None
    notices = storage.list_notices(me.citizen_id, None, 100).items
    assert sorted(one.event.removeprefix("case.") for one in notices) == sorted(_TOLD)
    assert {one.push_state for one in notices} == {PushState.SENT}
    # A kill in the moment between the platform's answer and our note of it rings twice: nobody
    # can tell it from one before the answer. All others ring once.
    assert len(phones.shown(account)) == len(_TOLD) + storm.rung_and_killed
