"""What is kept from whom: codes, floods, erasure, export, logs and events."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core.logs import JsonLines
from chalicelib.enquiries.service import progress
from tests.enquiries.world import asked, entries, submit, take, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.people import log_in


@pytest.fixture(autouse=True)
def _own_window(clock: TestClock) -> None:
    """Tries are counted by the hour: each test has hours of its own."""
    clock.advance(next(_HOURS) * 7200)


_HOURS = iter(range(1, 1000))


def test_the_code_opens_the_progress_and_nothing_else_does(client: ApiClient) -> None:
    made = submit(client, None).json()
    path = f"/v1/enquiry-progress/{made['number']}?code="
    found = client.get(path + made["code"]).json()
    assert (found["status"], found["due_at"]) == ("received", made["due_at"])
    assert "text" not in found
    wrong = f"{(int(made['code']) + 1) % 10**6:06}"
    unknown = client.get(f"/v1/enquiry-progress/0000-0000-0000?code={wrong}")
    for answer in (client.get(path + wrong), client.get(path), unknown):
        assert (answer.status, answer.code) == (404, "not_found")
    written = (made["number"].lower(), made["number"].replace("-", "%20"))
    for number in written:
        assert client.get(f"/v1/enquiry-progress/{number}?code={made['code']}").status == 200


def test_guessing_is_slowed_and_many_at_once_are_no_more_tries(client: ApiClient) -> None:
    made = submit(client, None).json()
    path = f"/v1/enquiry-progress/{made['number']}?code="
    guesses = [f"{(int(made['code']) + n) % 10**6:06}" for n in range(1, 13)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda guess: client.get(path + guess).status, guesses))
    assert answers.count(404) <= progress._TRIES_OF_NUMBER
    assert set(answers) == {404, 429}
    # Who has the code waits as well, or a guess would be known by its answer.
    assert client.get(path + made["code"]).status == 429


def test_a_flood_of_people_who_are_not_logged_in_is_stopped(client: ApiClient) -> None:
    statuses = [submit(client, None).status for _ in range(23)]
    assert statuses[:20] == [201] * 20
    assert statuses[20:] == [429] * 3
    assert int(submit(client, None).headers["retry-after"]) > 0
    assert submit(client, log_in(client)).status == 201


def test_a_retry_is_answered_in_a_flood_too(client: ApiClient) -> None:
    key = "flood-key-1"
    first = submit(client, None, key)
    while submit(client, None).status != 429:
        pass
    assert submit(client, None, key).json() == first.json()


def test_nothing_personal_is_in_events_and_logs(
    client: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "我的邻居 13800138000 太吵"
    made = asked(client, log_in(client), kind="report", text=secret)
    take(client, worker(client), made["enquiry_id"], "answer", text=secret)
    kept = json.dumps([dict(entry.data) for entry in entries(made["enquiry_id"])])
    logged = "".join(JsonLines().format(record) for record in caplog.records)
    for part in (secret, "13800138000", "邻居"):
        assert part not in kept.encode().decode("unicode_escape")
        assert part not in logged


def test_erasure_takes_back_what_is_open_and_nobody_reads_it_again(client: ApiClient) -> None:
    me, clerk = log_in(client), worker(client)
    answered, still_open = (asked(client, me)["enquiry_id"] for _ in range(2))
    take(client, clerk, answered, "answer", text="好的")
    held = client.get("/v1/me/export", token=me.token).json()["enquiries"]
    assert {one["enquiry_id"] for one in held} == {answered, still_open}
    assert "办理身份证要多久？" in json.dumps(held, ensure_ascii=False)
    assert client.delete("/v1/me", token=me.token).status in (200, 204)
    for one, status in ((answered, "answered"), (still_open, "withdrawn")):
        seen = client.get(f"/v1/admin/enquiries/{one}", token=clerk).json()
        assert (seen["status"], seen["text"], seen["answers"]) == (status, None, [])
        assert seen["enquirer"]["name"] is None
    assert take(client, clerk, answered, "answer", text="再补充").status == 404


def test_an_auditor_verifies_the_history(client: ApiClient) -> None:
    made = asked(client, log_in(client))
    path = f"/v1/admin/audit/{made['enquiry_id']}"
    found = client.get(path, token=worker(client, "auditor")).json()
    assert [one["type"] for one in found["items"]] == ["enquiry.received"]
