"""A low rating is asked about, and becomes one complaint that others than its handlers see."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.core import history
from chalicelib.core.ids import new_id
from chalicelib.enquiries import handlers, jobs, storage
from tests.enquiries.world import HALL, asked, entries, follow, listed, rated, say, submit, take
from tests.supervision.world import about
from tests.support.cases import verified, worker, worker_of
from tests.support.client import ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.faults import Crash, crash_after
from tests.support.people import Citizen, log_in


def mine(client: ApiClient, who: Citizen) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/enquiries", token=who.token).json()["items"]
    return found


@pytest.mark.parametrize(("score", "is_asked"), [(1, True), (2, True), (3, False), (5, False)])
def test_one_who_rates_low_is_asked_once(client: ApiClient, score: int, is_asked: bool) -> None:
    me = verified(client)
    case_id = rated(client, me, worker(client), score, "没有人理我")
    follow(case_id)
    follow(case_id)
    found = mine(client, me)
    assert len(found) == is_asked
    for one in found:
        assert (one["kind"], one["asks_leave"], one["text"]) == ("complaint", True, "没有人理我")
        assert one["subject"] == {"type": "case", "id": case_id}


def test_who_handled_it_reads_the_words_of_a_rating_nowhere(client: ApiClient) -> None:
    me, desk = verified(client), worker_of(client, "supervisor", {HALL})
    case_id, words = rated(client, me, desk, 1, "没有人理我"), "没有人理我"
    seen = client.get(f"/v1/admin/cases/{case_id}", token=desk)
    assert seen.json()["score"] is None
    assert seen.json()["timeline"][-1]["event"] == "case.rated"
    assert words not in seen.body.decode()
    own = client.get(f"/v1/cases/{case_id}", token=me.token).json()
    assert (own["score"], own["timeline"][-1]["note"]) == (1, words)


def test_nobody_sees_it_without_leave_and_no_deadline_runs(client: ApiClient) -> None:
    me, boss = verified(client), worker(client, "supervisor")
    follow(rated(client, me, worker(client), 1))
    one = mine(client, me)[0]["enquiry_id"]
    assert one not in listed(client, boss)
    assert client.get(f"/v1/admin/enquiries/{one}", token=boss).status == 404
    assert take(client, boss, one, "claim").status == 404
    assert say(client, me, one, "withdraw").json()["status"] == "withdrawn"
    assert say(client, me, one, "allow").code == "wrong_status"
    assert client.get(f"/v1/admin/enquiries/{one}", token=boss).status == 200
    follow(mine(client, me)[0]["subject"]["id"])
    assert len(mine(client, me)) == 1


def test_with_leave_supervisors_who_did_not_handle_it_see_it(client: ApiClient) -> None:
    me, handler = verified(client), worker_of(client, "supervisor", {HALL})
    case_id = rated(client, me, handler, 1)
    follow(case_id)
    one = mine(client, me)[0]["enquiry_id"]
    given = say(client, me, one, "allow", text="请查一查").json()
    assert (given["asks_leave"], given["status"], given["text"]) == (False, "received", "请查一查")
    path = f"/v1/admin/enquiries/{one}"
    for token in (handler, worker(client)):
        assert client.get(path, token=token).status == 404
        assert one not in listed(client, token)
        for step, body in (("claim", {}), ("answer", {"text": "x"})):
            assert take(client, token, one, step, **body).status == 404
    for role in ("supervisor", "admin"):
        token = worker(client, role)
        assert client.get(path, token=token).json()["text"] == "请查一查"
        assert one in listed(client, token)
    assert take(client, worker(client, "admin"), one, "answer", text="已纠正").status == 200


def test_who_handled_it_does_not_learn_of_a_complaint_by_its_alert(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(MONDAY)
    me, handler, other = verified(client), *(worker_of(client, "supervisor", {HALL}) for _ in "ab")
    follow(rated(client, me, handler, 1))
    one = mine(client, me)[0]["enquiry_id"]
    assert say(client, me, one, "allow").status == 200
    jobs.watch_enquiries(MONDAY + timedelta(days=20))
    alert = {"subject_id": one, "code": "enquiry_overdue"}

    hall = f"&office_id={HALL}"
    assert about(client, handler, one, hall) == []
    assert client.post("/v1/admin/alerts/clear", alert, token=handler).code == "not_found"
    [shown] = about(client, other, one, hall)
    assert (shown["code"], shown["facts"]) == ("enquiry_overdue", {"kind": "complaint"})
    assert client.post("/v1/admin/alerts/clear", alert, token=other).code == "alert_stands"


def test_a_complaint_in_ones_own_words_is_that_one(client: ApiClient) -> None:
    for asked_first in (True, False):
        me, desk = verified(client), worker(client)
        case_id = rated(client, me, desk, 2)
        if asked_first:
            follow(case_id)
        subject, key = {"type": "case", "id": case_id}, new_id()
        made = submit(client, me, key, kind="complaint", text="态度差", subject=subject)
        assert made.status == 201
        again = submit(client, me, key, kind="complaint", text="态度差", subject=subject)
        assert again.json() == made.json()
        follow(case_id)
        [one] = mine(client, me)
        assert (one["asks_leave"], one["text"]) == (False, "态度差")
        assert one["enquiry_id"] not in listed(client, worker(client))
        assert one["enquiry_id"] in listed(client, worker(client, "supervisor"))
        # What they complain of then is something else.
        submit(client, me, kind="complaint", text="又来了", subject=subject)
        assert len(mine(client, me)) == 2


def test_who_is_complained_about_finds_nothing(client: ApiClient) -> None:
    me, handler, other = verified(client), worker(client), worker(client)
    case_id = rated(client, me, handler, 5)
    subject = {"type": "case", "id": case_id}
    complaint = asked(client, me, kind="complaint", subject=subject)["enquiry_id"]
    question = asked(client, me, kind="question", subject=subject)["enquiry_id"]
    assert client.get(f"/v1/admin/enquiries/{complaint}", token=handler).status == 404
    assert take(client, handler, complaint, "answer", text="没有的事").status == 404
    assert complaint not in listed(client, handler)
    assert complaint in listed(client, other)
    assert client.get(f"/v1/admin/enquiries/{question}", token=handler).status == 200


@pytest.mark.parametrize("calls", range(8))
def test_crashes_make_one_complaint(client: ApiClient, calls: int) -> None:
    me = verified(client)
    case_id = rated(client, me, worker(client), 1)
    for step in (partial(follow, case_id), partial(allow, client, me, case_id)):
        with suppress(Crash), crash_after(calls):
            step()
        step()
    [one] = mine(client, me)
    assert not one["asks_leave"]
    kept = storage.load(one["enquiry_id"][8:])
    assert kept
    assert history.check(one["enquiry_id"], entries(one["enquiry_id"]), kept.head) is None
    assert [entry.type for entry in entries(one["enquiry_id"])] == [
        "enquiry.leave_asked",
        "enquiry.received",
    ]


def allow(client: ApiClient, me: Citizen, case_id: str) -> None:
    from chalicelib.enquiries.service import ratings

    one = me.citizen_id + ratings.number_of(case_id)
    answer = say(client, me, one, "allow", key=f"allow-{case_id[:20]}")
    assert answer.status == 200


def test_what_was_asked_is_known_to_have_arrived(client: ApiClient) -> None:
    from chalicelib.cases import storage as of_cases
    from chalicelib.core.events import of_entry

    me = verified(client)
    case_id = rated(client, me, worker(client), 1)
    event = of_entry(of_cases.load_entries(case_id)[-1])
    assert not handlers.arrived(event)
    follow(case_id)
    assert handlers.arrived(event)


def test_a_citizen_who_left_is_not_asked(client: ApiClient) -> None:
    me = verified(client)
    case_id = rated(client, me, worker(client), 1)
    assert client.delete("/v1/me", token=me.token).status in (200, 204)
    follow(case_id)
    assert storage.list_of(me.citizen_id, None, 10).items == ()
    assert log_in(client)
