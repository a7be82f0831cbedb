"""A limit that is missed is told to the citizen, once each, with the day that is left."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.cases import jobs, storage
from chalicelib.core import history
from chalicelib.core.events import Event, of_entry
from chalicelib.notifications import service as notifications
from chalicelib.notifications.domain import Notice
from chalicelib.notifications.service.wording import worded
from tests.appointments.world import at_once
from tests.support.cases import lodge, take, verified, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.meter import metered

SECOND = timedelta(seconds=1)


def missed(case_id: str) -> list[Event]:
    found = [of_entry(entry) for entry in storage.load_entries(case_id)]
    return [event for event in found if event.type.endswith("_missed")]


def notices(citizen_id: str, case_id: str, now: datetime) -> list[Notice]:
    """Deliver what happened twice; return the notices of missed limits, oldest first."""
    for event in [*missed(case_id), *missed(case_id)]:
        notifications.on_event(event, now)
    found = notifications.inbox(citizen_id, None, 50).items
    return [one for one in reversed(found) if one.event.endswith("_missed")]


def moments(made: dict[str, Any]) -> tuple[datetime, datetime]:
    promised, due = (datetime.fromisoformat(made[name]) for name in ("promised_at", "due_at"))
    return promised, due


@pytest.mark.parametrize("service", ["passport-issue", "id-card-renewal", "no-criminal-record"])
def test_a_missed_promise_is_told_with_the_new_date(
    client: ApiClient, morning: TestClock, service: str
) -> None:
    me = verified(client)
    made = lodge(client, me, service=service).json()
    promised, due = moments(made)
    assert promised < due
    for early in (promised - SECOND, promised):
        jobs.watch_deadlines(early - SECOND)
        assert missed(made["case_id"]) == []
    for late in (promised + SECOND, promised + 2 * SECOND):
        jobs.watch_deadlines(late)
    [notice] = notices(me.citizen_id, made["case_id"], promised + SECOND)
    assert f"{due.year}年{due.month}月{due.day}日" in worded(notice, "zh-CN").body
    assert f"{due.day} {due:%b %Y, %H:%M}" in worded(notice, "en").body
    assert worded(notice, "en").title == "Your case is late"
    jobs.watch_deadlines(due + SECOND)
    jobs.watch_deadlines(due + timedelta(days=30))
    [_, law] = notices(me.citizen_id, made["case_id"], due + SECOND)
    assert (law.event, "until" in law.facts) == ("case.law_missed", False)
    assert worded(law, "zh-CN").title == "未在法定期限内办结"


@pytest.mark.parametrize("service", ["elder-card", "property-transfer"])
def test_a_promise_that_is_the_laws_limit_is_told_once_without_a_date(
    client: ApiClient, morning: TestClock, service: str
) -> None:
    me = verified(client)
    made = lodge(client, me, service=service).json()
    promised, due = moments(made)
    jobs.watch_deadlines(due + timedelta(days=9))
    told = {one.event for one in notices(me.citizen_id, made["case_id"], due + SECOND)}
    assert told == {"case.promise_missed", *(["case.law_missed"] if promised < due else [])}
    [event, *_] = missed(made["case_id"])
    assert "until" not in event.data


def test_runs_at_once_tell_a_citizen_once_and_keep_the_chain_whole(
    client: ApiClient, morning: TestClock
) -> None:
    me = verified(client)
    made = lodge(client, me, service="passport-issue").json()
    late = moments(made)[1] + timedelta(days=1)

    def run(_number: int) -> None:
        jobs.watch_deadlines(late)

    at_once(6, run)
    jobs.watch_deadlines(late)
    entries = storage.load_entries(made["case_id"])
    names = [entry.type for entry in entries]
    assert names == ["case.submitted", "case.promise_missed", "case.law_missed"]
    case = storage.load(made["case_id"])
    assert case
    assert history.check(made["case_id"], entries, case.head) is None
    assert case.version == 3


@pytest.mark.parametrize("step", ["request-correction", "decline", "withdraw"])
def test_who_waits_or_is_decided_is_told_of_no_miss(
    client: ApiClient, morning: TestClock, step: str
) -> None:
    me = verified(client)
    made = lodge(client, me, service="passport-issue").json()
    case_id = made["case_id"]
    if step == "withdraw":
        path = f"/v1/cases/{case_id}/withdraw"
        answer = client.post(path, {}, token=me.token, headers={"Idempotency-Key": "withdraw"})
        assert answer.status == 200, answer.body
    else:
        walk(client, worker(client), case_id, step)
    jobs.watch_deadlines(moments(made)[1] + timedelta(days=9))
    assert missed(case_id) == []


def test_telling_a_miss_is_one_write_and_who_works_on_the_case_goes_on(
    client: ApiClient, morning: TestClock
) -> None:
    made = lodge(client, verified(client), service="passport-issue").json()
    late = moments(made)[0] + SECOND
    jobs.watch_deadlines(late - 2 * SECOND)
    with metered() as idle:
        jobs.watch_deadlines(late - SECOND)
    with metered() as cost:
        jobs.watch_deadlines(late)
    assert len(missed(made["case_id"])) == 1
    # The case is read, and written with its entry and its alert.
    assert cost.trips - idle.trips <= 2
    assert take(client, worker(client), made["case_id"], "accept").status == 200
