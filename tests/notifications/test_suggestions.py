"""What is due is told to who wants it, once, at most weekly, whatever stops; and says why."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from chalicelib.notifications import storage as notices
from chalicelib.notifications.storage._records import SuggestionsRecord
from chalicelib.notifications.suggestions import jobs, service, storage
from tests.mandates.world import person as known_person
from tests.support.cases import have_papers, lodge, walk, worker
from tests.support.client import ApiClient
from tests.support.clock import TestClock
from tests.support.faults import crashes
from tests.support.meter import metered
from tests.support.people import Citizen, id_number, number_of

PREFERENCES, SUGGESTIONS = "/v1/me/notice-preferences", "/v1/me/suggestions"
# A minute before and at the first of December in Shanghai, 30 days before a 60th birthday.
BEFORE = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
FIRST = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


def senior(client: ApiClient) -> Citizen:
    """Return somebody who turns 60 on 31 December 2026."""
    return known_person(client, number_of(date(1966, 12, 31)))


def want(client: ApiClient, me: Citizen, **given: Any) -> dict[str, Any]:
    answer = client.put(PREFERENCES, {"suggestions": True, **given}, token=me.token)
    assert answer.status == 200, answer.body
    return dict(answer.json())


def told(client: ApiClient, me: Citizen, lang: str = "zh-CN") -> list[dict[str, Any]]:
    headers = {"Accept-Language": lang}
    items = client.get("/v1/notifications", token=me.token, headers=headers).json()["items"]
    return [one for one in items if one["event"].startswith("suggestion.")]


def test_an_age_is_told_at_midnight_in_shanghai_and_says_why(client: ApiClient) -> None:
    me, silent = senior(client), senior(client)
    want(client, me)
    assert not service.suggest(me.citizen_id, BEFORE)
    assert not service.suggest(silent.citizen_id, FIRST)
    assert service.suggest(me.citizen_id, FIRST)
    for night in range(1, 9):
        assert not service.suggest(me.citizen_id, FIRST + timedelta(days=night))
    [notice] = told(client, me)
    assert (notice["event"], notice["subject_id"]) == ("suggestion.age", "elder-card")
    assert "自2026年12月31日起" in notice["body"]
    assert "提示依据：您填写的证件号码中的出生日期" in notice["body"]
    assert "We know it from the birth date" in told(client, me, "en")[0]["body"]
    assert told(client, silent) == []
    shown = client.get(SUGGESTIONS, token=me.token).json()["items"]
    assert {one["kind"]: one["told"] for one in shown}["age"] == [
        {"service_id": "elder-card", "told_on": "2026-12-01"}
    ]
    exported = client.get("/v1/me/export", token=me.token).json()["notifications"]
    assert exported["suggested"] == {"age/elder-card/self": "2026-12-01"}
    assert exported["preferences"]["suggestions"] == ["certificate", "age", "newborn", "move"]


def test_a_newborn_is_known_from_the_family_and_named_to_the_reader(client: ApiClient) -> None:
    me = known_person(client, id_number(years=(1980, 1990)))
    number = f"K33{random.randrange(10**7):07}"
    child = {"name": "王小宝", "relation": "child", "document_type": "birth_certificate"}
    body = {**child, "id_number": number}
    assert client.post("/v1/me/family", body, token=me.token).status == 201
    want(client, me, suggestion_kinds=["newborn"])
    now = datetime.now(UTC)
    [member] = [one for one in service.known_of(me.citizen_id, now).people if one.member_id]
    assert (member.is_child, member.is_newborn, member.born) == (True, True, None)
    assert service.suggest(me.citizen_id, now)
    [notice] = told(client, me)
    assert notice["body"].startswith("为 王小宝 办理：出生登记：现在可以办理。")
    assert "“我的家人”" in notice["body"]


def test_what_was_asked_for_and_granted_is_known_from_cases(
    client: ApiClient, morning: TestClock
) -> None:
    me = known_person(client)
    have_papers(me)
    case_id = lodge(client, me).json()["case_id"]
    now = dependencies.clock().now()
    today = office_time(now).date()
    [matter] = service.known_of(me.citizen_id, now).matters
    assert (matter.case_id, matter.lodged_on, matter.granted_on) == (case_id, today, None)
    walk(client, worker(client), case_id, "accept", "review", "approve", "issue")
    [matter] = service.known_of(me.citizen_id, now).matters
    assert matter.granted_on == today


def test_kinds_are_chosen_shown_and_ended_by_one_tap(client: ApiClient) -> None:
    me, key = known_person(client), {"Idempotency-Key": new_id()}
    assert client.get(PREFERENCES, token=me.token).json()["suggestion_kinds"] == []
    assert want(client, me)["suggestion_kinds"] == ["certificate", "age", "newborn", "move"]
    given = {"suggestions": True, "suggestion_kinds": ["move", "age", "move"]}
    first, again = (client.put(PREFERENCES, given, token=me.token, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert first.json()["suggestion_kinds"] == ["age", "move"]
    assert again.headers["idempotency-replayed"] == "true"
    other = {**given, "suggestion_kinds": ["age"]}
    assert client.put(PREFERENCES, other, token=me.token, headers=key).status == 422
    for _ in range(2):
        assert client.send("DELETE", f"{SUGGESTIONS}/age", b"", token=me.token).status == 204
    for nothing in ("gossip", "AGE", "certificates"):
        path = f"{SUGGESTIONS}/{nothing}"
        assert client.send("DELETE", path, b"", token=me.token).status == 404
    shown = client.get(SUGGESTIONS, token=me.token).json()["items"]
    assert [one["kind"] for one in shown if one["wanted"]] == ["move"]
    assert client.send("DELETE", f"{SUGGESTIONS}/move", b"", token=me.token).status == 204
    assert client.get(PREFERENCES, token=me.token).json()["suggestions"] is False
    english = client.get(SUGGESTIONS, token=me.token, headers={"Accept-Language": "en"}).json()
    assert english["items"][1]["why"].startswith("From the birth dates")
    for wrong in (["gossip"], "age", [1], [None], ["age"] * 21):
        body = {"suggestions": True, "suggestion_kinds": wrong}
        assert client.put(PREFERENCES, body, token=me.token).status == 422, wrong
    with metered() as meter:
        client.get(SUGGESTIONS, token=me.token)
    assert meter.trips == 1


def test_a_run_that_is_stopped_anywhere_tells_once(client: ApiClient) -> None:
    me = senior(client)
    want(client, me)
    for _ in crashes(lambda: service.suggest(me.citizen_id, FIRST)):
        pass
    service.suggest(me.citizen_id, FIRST + timedelta(days=1))
    assert len(told(client, me)) == 1


def test_who_wants_no_more_is_looked_at_no_more_and_not_told_again(client: ApiClient) -> None:
    me = senior(client)
    want(client, me)
    assert service.suggest(me.citizen_id, FIRST)
    client.send("DELETE", f"{SUGGESTIONS}/age", b"", token=me.token)
    client.put(PREFERENCES, {"suggestions": False}, token=me.token)
    assert not service.suggest(me.citizen_id, FIRST + timedelta(days=7))
    watched = storage.load(me.citizen_id)
    assert (watched.due_at, watched.told.last_on) == (None, FIRST.date() + timedelta(days=1))
    want(client, me)
    assert not service.suggest(me.citizen_id, FIRST + timedelta(days=9))
    assert len(told(client, me)) == 1


@pytest.mark.fresh_index("asks the list whether what is done has left it")
def test_one_bad_account_does_not_stop_the_others(client: ApiClient) -> None:
    good, bad = senior(client), senior(client)
    for one in (good, bad):
        want(client, one)
        storage.plan(one.citizen_id, FIRST - timedelta(days=3650))
    broken = SuggestionsRecord(f"C#{bad.citizen_id}", "P#suggestions")
    broken.update([SuggestionsRecord.telling.set({"kind": "age"})])
    assert jobs.suggest(FIRST - timedelta(days=3000)) in (0, 1)
    assert storage.load(good.citizen_id).due_at != FIRST - timedelta(days=3650)
    assert bad.citizen_id in storage.list_due(FIRST - timedelta(days=3000), 10)
    notices.erase(bad.citizen_id)
    assert bad.citizen_id not in storage.list_due(FIRST, 10_000)


def test_who_is_not_there_is_looked_at_no_more(client: ApiClient) -> None:
    storage.plan("nobody00", FIRST)
    assert not service.suggest("nobody00", FIRST)
    assert storage.load("nobody00").due_at is None
