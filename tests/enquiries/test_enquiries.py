"""Enquiries from asking to the last word."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import events
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from chalicelib.enquiries import jobs, storage
from chalicelib.enquiries.service import statistics
from chalicelib.supervision import service as supervision
from tests.enquiries.world import FAR, HALL, MONDAY, asked, listed, say, submit, take, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in, log_in_again

KINDS = ("question", "complaint", "suggestion", "praise", "report", "data_correction")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_heard_and_answered(client: ApiClient, kind: str) -> None:
    me, clerk = log_in(client), worker(client)
    made = asked(client, me, kind=kind, text=f"关于{kind}\n第二行")
    assert (made["status"], made["answers"], made["kind"]) == ("received", [], kind)
    one = made["enquiry_id"]
    assert one in listed(client, clerk, f"&kind={kind}&office_id={HALL}")
    assert take(client, clerk, one, "claim").json()["status"] == "assigned"
    answered = take(client, clerk, one, "answer", text="已处理。").json()
    assert [answer["text"] for answer in answered["answers"]] == ["已处理。"]
    mine = client.get(f"/v1/enquiries/{one}", token=me.token).json()
    assert mine["status"] == "answered"
    assert mine["text"] == f"关于{kind}\n第二行"
    assert mine["answers"] == answered["answers"]
    closed = say(client, me, one, "confirm", satisfaction=4).json()
    assert (closed["status"], closed["satisfaction"]) == ("closed", 4)
    assert one not in listed(client, clerk)
    assert one in listed(client, clerk, "&status=closed")


# Thursday 2026-10-01 to Wednesday 10-07 are off, Saturday 10-10 is worked (the calendar's table).
@pytest.mark.parametrize(
    ("kind", "day", "due"),
    [
        ("question", "2026-09-28", "2026-09-29"),
        ("question", "2026-09-30", "2026-10-08"),
        ("question", "2026-10-09", "2026-10-10"),
        ("complaint", "2026-09-28", "2026-10-10"),
        ("complaint", "2026-10-03", "2026-10-13"),
        ("suggestion", "2026-09-28", "2026-10-16"),
        ("data_correction", "2026-09-28", "2026-10-16"),
    ],
)
def test_deadlines_are_working_days_of_the_calendar(
    client: ApiClient, clock: TestClock, kind: str, day: str, due: str
) -> None:
    clock.set(datetime.fromisoformat(f"{day}T02:00:00+00:00"))
    made = asked(client, log_in(client), kind=kind)
    assert made["due_at"].startswith(due)


def test_a_transfer_keeps_the_deadline_and_an_extension_is_given_once(
    client: ApiClient, clock: TestClock
) -> None:
    clock.set(MONDAY)
    me, clerk, far = log_in(client), worker(client), worker(client, hall=FAR)
    made = asked(client, me, kind="complaint")
    one, key = made["enquiry_id"], new_id()
    passed = take(client, clerk, one, "transfer", key, office_id=FAR, note="属于该厅")
    assert (passed.status, passed.json()["due_at"]) == (200, made["due_at"])
    again = take(client, clerk, one, "transfer", key, office_id=FAR, note="属于该厅")
    assert (again.status, again.headers["idempotency-replayed"]) == (200, "true")
    assert client.get(f"/v1/admin/enquiries/{one}", token=clerk).status == 404
    for until in ("2026-10-10", "2026-10-01", "2020-01-01", "2027-12-31"):
        assert take(client, far, one, "extend", until=until, reason="等").status == 422
    # A holiday moves on to the next working day.
    longer = take(client, far, one, "extend", until="2026-10-18", reason="需现场核实").json()
    assert longer["due_at"].startswith("2026-10-19")
    twice = take(client, far, one, "extend", until="2026-10-30", reason="再等")
    assert twice.code == "already_extended"
    mine = client.get(f"/v1/enquiries/{one}", token=me.token).json()
    assert [m["text"] for m in mine["messages"]] == ["需现场核实"]
    assert mine["extended"]


def test_what_is_overdue_is_told_once_and_comes_first(client: ApiClient, clock: TestClock) -> None:
    clock.set(MONDAY)
    me = log_in(client)
    one = asked(client, me)["enquiry_id"]
    other = asked(client, me, kind="suggestion")["enquiry_id"]
    clock.advance(2 * 86400)
    now = MONDAY + timedelta(days=2)
    assert jobs.watch_enquiries(now) >= 1
    assert jobs.watch_enquiries(now) == 0
    alert = supervision.find_alert(one, "enquiry_overdue")
    assert alert
    assert (alert.times, alert.kind, alert.office_id, alert.cleared_at) == (
        1,
        "time_limit",
        HALL,
        None,
    )
    assert supervision.find_alert(other, "enquiry_overdue") is None
    clerk = worker(client)
    order = listed(client, clerk)
    assert order.index(one) < order.index(other)
    late = take(client, clerk, one, "extend", until="2026-10-20", reason="忙")
    assert late.code == "deadline_passed"
    take(client, clerk, one, "transfer", office_id=FAR, note="转办")
    moved = supervision.find_alert(one, "enquiry_overdue")
    assert moved
    assert moved.office_id == FAR
    assert take(client, worker(client, hall=FAR), one, "answer", text="好").status == 200
    done = supervision.find_alert(one, "enquiry_overdue")
    assert done
    assert done.cleared_at


def test_twice_the_hall_answers_anew_and_then_a_supervisor_for_good(client: ApiClient) -> None:
    me, clerk, boss = log_in(client), worker(client), worker(client, "supervisor")
    one = asked(client, me)["enquiry_id"]
    assert say(client, me, one, "reopen", text="?").code == "wrong_status"
    for time in (1, 2):
        assert take(client, clerk, one, "answer", text="如此").status == 200
        again = say(client, me, one, "reopen", text="没有解决").json()
        assert (again["status"], again["reopened"]) == ("reopened", time)
    take(client, clerk, one, "answer", text="如此")
    assert say(client, me, one, "reopen", text="没有解决").json()["reopened"] == 3
    assert take(client, clerk, one, "claim").code == "forbidden"
    assert take(client, clerk, one, "answer", text="如此").code == "forbidden"
    alert = supervision.find_alert(one, "enquiry_escalated")
    assert alert
    assert alert.cleared_at is None
    assert take(client, boss, one, "answer", text="已核实").json()["status"] == "answered"
    alert = supervision.find_alert(one, "enquiry_escalated")
    assert alert
    assert alert.cleared_at
    assert say(client, me, one, "reopen", text="还是").code == "reopened_too_often"


def test_steps_out_of_order_are_refused(client: ApiClient) -> None:
    me, clerk, other = log_in(client), worker(client), worker(client)
    one = asked(client, me)["enquiry_id"]
    assert say(client, me, one, "confirm", satisfaction=5).code == "wrong_status"
    assert say(client, me, one, "allow").status == 200
    take(client, clerk, one, "claim")
    assert take(client, clerk, one, "claim").status == 200
    assert take(client, other, one, "answer", text="我来").code == "already_claimed"
    assert take(client, worker(client, "supervisor"), one, "claim").status == 200
    assert say(client, me, one, "reply", text="补充").json()["messages"][-1]["text"] == "补充"
    assert say(client, me, one, "withdraw").json()["status"] == "withdrawn"
    assert say(client, me, one, "withdraw").json()["status"] == "withdrawn"
    assert say(client, me, one, "reply", text="补充").code == "wrong_status"
    for step, body in (
        ("claim", {}),
        ("answer", {"text": "好"}),
        ("transfer", {"office_id": FAR, "note": "转"}),
        ("extend", {"until": "2027-01-01", "reason": "等"}),
        ("not-ours", {"note": "不是"}),
        ("publish", {"text": "好"}),
    ):
        found = take(client, worker(client, "supervisor"), one, step, **body)
        assert found.code == "wrong_status", step


def test_what_is_not_ours_says_whose_and_can_be_objected_to(client: ApiClient) -> None:
    me, clerk = log_in(client), worker(client)
    one = asked(client, me)["enquiry_id"]
    assert take(client, clerk, one, "not-ours", note="请联系 12366").json()["status"] == "not_ours"
    mine = client.get(f"/v1/enquiries/{one}", token=me.token).json()
    assert [m["text"] for m in mine["messages"]] == ["请联系 12366"]
    assert say(client, me, one, "reopen", text="他们说是你们").json()["status"] == "reopened"


WRONG: list[dict[str, Any]] = [
    {"kind": "gossip"},
    {"text": ""},
    {"text": " \n\t "},
    {"text": "长" * 2001},
    {"text": "a\x00b"},
    {"office_id": "hall-0"},
    {"subject": {"type": "service", "id": "none"}},
    {"subject": {"type": "office", "id": "none"}},
    {"subject": {"type": "person", "id": "x"}},
    {"place": {"lat": 91, "lng": 0}},
    {"place": {"lat": 1}},
    {"attachments": ["no-such-upload"]},
    {"attachments": ["x"] * 11},
    {"more": 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_bad_input_is_named(client: ApiClient, wrong: dict[str, Any]) -> None:
    answer = submit(client, log_in(client), **wrong)
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert answer.json()["errors"]


@pytest.mark.parametrize("type_", ["case", "appointment", "delivery"])
def test_a_thing_of_another_is_not_found(client: ApiClient, type_: str) -> None:
    from tests.support.cases import lodge, verified

    other = verified(client)
    case_id = lodge(client, other).json()["case_id"]
    subject = {"type": type_, "id": case_id}
    assert submit(client, log_in(client), subject=subject).status == 404
    assert submit(client, None, subject=subject).status == 404
    assert submit(client, other, subject=subject).status == (201 if type_ == "case" else 404)


def test_the_hall_is_the_subjects_or_offers_its_service(client: ApiClient) -> None:
    me = log_in(client)
    subject = {"type": "service", "id": "id-card-renewal"}
    made = asked(client, me, office_id=None, subject=subject)
    assert (made["service_id"], made["office_id"]) == ("id-card-renewal", HALL)
    made = asked(client, me, office_id=None, subject={"type": "office", "id": FAR})
    assert made["office_id"] == FAR


def test_a_retry_finds_what_the_first_made(client: ApiClient) -> None:
    me = log_in(client)
    for who in (me, None):
        key = new_id()
        first, again = (submit(client, who, key) for _ in range(2))
        assert first.json() == again.json()
        assert again.headers["idempotency-replayed"] == "true"
        assert submit(client, who, key, text="另一个").code == "idempotency_key_reused"
    one, key = first_of(client, me), new_id()
    clerk = worker(client)
    first, again = (take(client, clerk, one, "answer", key, text="好") for _ in range(2))
    assert first.json() == again.json()
    assert len(again.json()["answers"]) == 1
    different = take(client, clerk, one, "answer", key, text="不好")
    assert different.code == "idempotency_key_reused"


def first_of(client: ApiClient, me: Any) -> str:
    return str(client.get("/v1/enquiries", token=me.token).json()["items"][0]["enquiry_id"])


def test_mine_are_listed_page_by_page_newest_first(client: ApiClient, clock: TestClock) -> None:
    clock.set(MONDAY)
    me = log_in(client)
    made = []
    for _ in range(5):
        made.append(asked(client, me)["enquiry_id"])
        clock.advance(1)
    seen: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"/v1/enquiries?limit=2{cursor}", token=me.token).json()
        seen += [one["enquiry_id"] for one in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == made[::-1]
    me = log_in_again(client, me)
    assert client.get("/v1/enquiries", token=log_in(client).token).json()["items"] == []


def test_what_is_taken_by_telephone_has_a_code_and_a_callback(client: ApiClient) -> None:
    clerk = worker(client)
    body = {
        "kind": "question",
        "text": "几点开门？",
        "name": "王小明",
        "phone": "138 0013 8000",
        "callback_at": "2030-01-02T15:00:00+08:00",
    }
    headers = {"Idempotency-Key": new_id()}
    path = "/v1/admin/enquiries"
    made = client.post(path, body, token=clerk, headers=headers)
    assert (made.status, made.json()["channel"]) == (201, "phone")
    assert client.post(path, body, token=clerk, headers=headers).json() == made.json()
    one = made.json()
    whole = client.get(f"{path}/{one['enquiry_id']}", token=clerk).json()
    assert whole["enquirer"] == {
        "name": "王小明",
        "phone": "13800138000",
        "callback_at": "2030-01-02T15:00:00+08:00",
    }
    take(client, clerk, one["enquiry_id"], "answer", text="九点")
    found = client.get(f"/v1/enquiry-progress/{one['number']}?code={one['code']}")
    assert found.json()["answers"][0]["text"] == "九点"


@pytest.mark.parametrize("told", [{}, {"callback_at": "2030-01-02T15:00:00+08:00"}, {"name": "李"}])
def test_who_telephones_need_not_tell_their_name(client: ApiClient, told: dict[str, str]) -> None:
    clerk, path = worker(client), "/v1/admin/enquiries"
    body = {"kind": "report", "text": "电梯坏了", "phone": "13800138000", **told}
    made = client.post(path, body, token=clerk)
    assert made.status == 201
    whole = client.get(f"{path}/{made.json()['enquiry_id']}", token=clerk)
    assert (whole.status, whole.json()["text"]) == (200, "电梯坏了")
    known = {"name": None, "phone": "13800138000", "callback_at": None}
    assert whole.json()["enquirer"] == {**known, **told}


@pytest.mark.parametrize(
    "at", ["2020-01-02T15:00:00+08:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
)
def test_nobody_is_called_back_in_the_past_or_beyond_all_time(client: ApiClient, at: str) -> None:
    body = {"kind": "question", "text": "几点开门？", "phone": "13800138000", "callback_at": at}
    refused = client.post("/v1/admin/enquiries", body, token=worker(client))
    assert refused.status == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/callback_at"]


def test_the_citizen_sees_who_looked(client: ApiClient) -> None:
    me, clerk = log_in(client), worker(client)
    one = asked(client, me)["enquiry_id"]
    assert client.get(f"/v1/admin/enquiries/{one}", token=clerk).status == 200
    looks = client.get("/v1/me/accesses", token=me.token).json()["items"]
    assert [look["what"] for look in looks] == [f"enquiry:{one}"]


def test_files_come_along_for_those_who_are_logged_in(client: ApiClient) -> None:
    from tests.support.cases import verified

    me, clerk = verified(client), worker(client)
    made = asked(client, me, attachments=["upload-new"])
    assert made["attachments"] == ["upload-new"]
    path = f"/v1/admin/enquiries/{made['enquiry_id']}/attachments"
    assert client.get(f"{path}/upload-new", token=clerk).json()["upload_id"] == "upload-new"
    assert client.get(f"{path}/upload-photo", token=clerk).status == 404
    assert submit(client, None, attachments=["upload-new"]).status == 422


def test_a_transfer_names_another_hall_of_the_city(client: ApiClient) -> None:
    one, clerk = asked(client, log_in(client))["enquiry_id"], worker(client)
    for office_id, code in (("hall-0", "unknown"), (HALL, "same_office")):
        refused = take(client, clerk, one, "transfer", office_id=office_id, note="属于该厅")
        [error] = refused.json()["errors"]
        assert (refused.status, error["pointer"], error["code"]) == (422, "/office_id", code)


def test_the_list_of_another_hall_is_not_found(client: ApiClient) -> None:
    path = f"/v1/admin/enquiries?office_id={FAR}"
    assert client.get(path, token=worker(client)).status == 404
    assert client.get(path, token=worker(client, hall=FAR)).status == 200


def test_reports_are_of_ones_own_halls_and_name_what_was_asked(client: ApiClient) -> None:
    me, desk = log_in(client), worker(client)
    one = asked(client, me, kind="suggestion")["enquiry_id"]
    take(client, desk, one, "answer", text="谢谢")
    found = storage.load_file(one[8:])
    assert found
    now = events.of_entry(found.entries[0]).moment
    for entry in found.entries:
        statistics.count(events.of_entry(entry), now)
    day = office_time(now).date()
    assert not list(statistics.rows(frozenset(), day, day))
    rows: list[dict[str, Any]] = [dict(one) for one in statistics.rows(frozenset({HALL}), day, day)]
    [row] = [one for one in rows if (one["kind"], one["service_id"]) == ("suggestion", "-")]
    assert row["date"] == str(day)
    assert row["received"] >= row["answered"] >= 1
    assert 0 <= row["in_time_share"] <= 1
    topics: list[dict[str, Any]] = [
        dict(one) for one in statistics.topics(frozenset({HALL}), day, day)
    ]
    assert all(one["received"] > 0 for one in topics)
    assert {one["week"] for one in topics} == {f"{day:%G-W%V}"}
