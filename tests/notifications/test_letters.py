"""A letter for who is reached by nothing else, and what messages cost."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.cases.uploads.service import scans
from chalicelib.core.clock import office_time
from chalicelib.core.decisions import DomainEvent
from chalicelib.core.ids import new_id
from chalicelib.identity import service as identity
from chalicelib.identity.service import contacts, profiles
from chalicelib.notifications import jobs, service
from chalicelib.notifications.domain import FIRST_REPORT, FollowUp
from chalicelib.notifications.letters import storage as letters
from chalicelib.notifications.letters.domain import Letter
from chalicelib.notifications.service import sending, statistics
from tests.notifications.texts import Texts, number, post, texts_served
from tests.notifications.world import events_of, paid, somebody, token_of
from tests.support import functions
from tests.support.cases import HALL, application, have_papers, walk, worker
from tests.support.client import Answer, ApiClient
from tests.support.clock import MONDAY, TestClock
from tests.support.people import Citizen, id_number


@pytest.fixture
def texts(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Texts]:
    with texts_served(monkeypatch) as found:
        yield found


@pytest.fixture
def desk(client: ApiClient, morning: TestClock, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(
        scans, "adopt", lambda _staff, citizen, _ids: have_papers(Citizen(citizen, "", ""))
    )
    return worker(client)


def taken_in(client: ApiClient, desk: str, **person: str) -> str:
    given = {"name": "王奶奶", "id_number": id_number(), **person}
    made = post(client, desk, "/v1/admin/cases", {**application("elder-card"), "person": given})
    assert made.status == 201, made.body
    case_id: str = made.json()["case_id"]
    return case_id


def letter(client: ApiClient, desk: str, case_id: str) -> Answer:
    pdf = {"accept": "application/pdf"}
    return client.get(f"/v1/admin/cases/{case_id}/letter", token=desk, headers=pdf)


def test_who_has_nothing_gets_a_letter(client: ApiClient, texts: Texts, desk: str) -> None:
    case_id = taken_in(client, desk)
    # Nothing was told yet.
    assert letter(client, desk, case_id).status == 404
    for event in events_of(case_id):
        functions.notify(event, event.moment)
    printed = letter(client, desk, case_id)
    assert (printed.status, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.body.startswith(b"%PDF-")
    assert printed.body == letter(client, desk, case_id).body
    far = worker(client, hall="hall-330203")
    assert letter(client, far, case_id).status == 404


def due(client: ApiClient, desk: str, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/v1/admin/letters?office_id={HALL}&limit=100{query}", token=desk)
    assert answer.status == 200, answer.body
    return dict(answer.json())


def test_the_hall_lists_what_it_is_to_post_until_it_did(
    client: ApiClient, texts: Texts, desk: str
) -> None:
    case_id, other = taken_in(client, desk), taken_in(client, desk, phone=number())
    walk(client, desk, case_id, "accept")
    walk(client, desk, other, "accept")
    for one in (case_id, other):
        for event in [*events_of(one), *events_of(one)]:
            functions.notify(event, event.moment)
    [listed] = [one for one in due(client, desk)["items"] if one["case_id"] in (case_id, other)]
    assert (listed["case_id"], listed["event"]) == (case_id, "case.accepted")
    assert listed.keys() == {"case_id", "notification_id", "event", "created_at"}
    path = f"/v1/admin/cases/{case_id}/letter/posted"
    far = worker(client, hall="hall-330203")
    this = {"notification_id": listed["notification_id"]}
    assert client.post(path, this, token=far).status == 404
    assert client.get(f"/v1/admin/letters?office_id={HALL}", token=far).status == 404
    # What was told since is to be posted yet.
    assert client.post(path, {"notification_id": "0" * 16}, token=desk).status == 204
    assert listed in due(client, desk)["items"]
    for _ in range(2):
        assert client.post(path, this, token=desk).status == 204
    assert listed not in due(client, desk)["items"]
    for wrong in ({}, {"notification_id": ""}, {"notification_id": 1}, {**this, "else": 1}):
        assert client.post(path, wrong, token=desk).status == 422, wrong
    for bad in ("", "?office_id=", f"?office_id={HALL}&limit=0", f"?office_id={HALL}&cursor=x"):
        assert client.get(f"/v1/admin/letters{bad}", token=desk).status == 400, bad


def news(client: ApiClient, desk: str, case_id: str, *steps: str) -> None:
    walk(client, desk, case_id, *steps)
    for event in events_of(case_id):
        functions.notify(event, event.moment)


def listed(client: ApiClient, desk: str, case_id: str) -> list[str]:
    return [one["event"] for one in due(client, desk)["items"] if one["case_id"] == case_id]


def test_a_number_given_after_the_news_told_nothing_until_what_is_next(
    client: ApiClient, texts: Texts, desk: str
) -> None:
    case_id, phone = taken_in(client, desk), number()
    news(client, desk, case_id, "accept")
    contacts.prove_contact(case_id[:8], "phone", phone, "counter", MONDAY)
    news(client, desk, case_id)
    assert texts.shown(phone) == []
    assert listed(client, desk, case_id) == ["case.accepted"]
    assert letter(client, desk, case_id).status == 200
    news(client, desk, case_id, "review", "approve")
    assert "已批准" in str(texts.shown(phone)[0].data)
    assert listed(client, desk, case_id) == []
    assert letter(client, desk, case_id).code == "reached_otherwise"


@pytest.mark.parametrize("mode", ["not_arrived", "dead", "bad_number"])
def test_a_text_that_reaches_nobody_is_written(
    client: ApiClient, texts: Texts, desk: str, mode: str
) -> None:
    case_id = taken_in(client, desk, phone=number())
    texts.mode("alibaba_sms", mode)
    news(client, desk, case_id, "accept")
    [accepted] = [one for one in events_of(case_id) if one.type == "case.accepted"]
    follow_up = FollowUp(
        case_id[:8],
        sending.id_of(accepted.type, accepted.event_id, accepted.moment),
        accepted.moment,
        json.dumps({"event": json.loads(accepted.to_json())}),
    )
    for _ in range(2):
        jobs._followed(follow_up, accepted.moment + FIRST_REPORT)
        assert listed(client, desk, case_id) == ["case.accepted"]
    assert letter(client, desk, case_id).status == 200


def test_who_logs_in_by_now_is_written_nothing(client: ApiClient, texts: Texts, desk: str) -> None:
    taken_over, dead, other = (taken_in(client, desk) for _ in range(3))
    for one in (taken_over, dead, other):
        news(client, desk, one, "accept")
    for one, change in ((taken_over, {"record_link": "a.b"}), (dead, {"deceased": True})):
        profile = identity.me(one[:8]).profile
        event = DomainEvent("profile.changed", {})
        profiles.commit(one[:8], lambda old, c=change: replace(old, **c), event, MONDAY)  # type: ignore[misc]
        assert profile.citizen_id == one[:8]
    assert [listed(client, desk, one) for one in (taken_over, dead, other)] == [
        [], [], ["case.accepted"]
    ]  # fmt: skip


def test_a_case_that_is_handed_over_takes_its_letter_along(
    client: ApiClient, texts: Texts, desk: str
) -> None:
    case_id, far = taken_in(client, desk), worker(client, hall="hall-330203")
    news(client, desk, case_id, "accept")
    path, to = f"/v1/admin/cases/{case_id}/transfer", {"office_id": "hall-330203", "note": "x"}
    moved = post(client, desk, path, to)
    assert moved.status == 200, moved.body
    for _ in range(2):
        news(client, desk, case_id)
        assert listed(client, desk, case_id) == []
    there = client.get("/v1/admin/letters?office_id=hall-330203&limit=100", token=far).json()
    [one] = [one for one in there["items"] if one["case_id"] == case_id]
    this = {"notification_id": one["notification_id"]}
    posted = client.post(f"/v1/admin/cases/{case_id}/letter/posted", this, token=far)
    assert posted.status == 204
    assert letters.load("hall-330203", case_id) is None


def test_a_page_of_letters_leads_to_the_next() -> None:
    office = f"hall-{new_id(6)}"
    for n in (1, 2, 3):
        letters.keep(Letter(office, f"case{n}", f"n{n}", n, "case.accepted", MONDAY))
    # An older notice of the same case changes nothing.
    letters.keep(Letter(office, "case3", "n0", 0, "case.accepted", MONDAY))
    first = letters.list_of(office, None, 2)
    second = letters.list_of(office, first.next_position, 2)
    assert [one.case_id for one in (*first.items, *second.items)] == ["case1", "case2", "case3"]
    assert (second.items[0].notification_id, second.next_position) == ("n3", None)


def test_who_is_reached_otherwise_gets_none(client: ApiClient, texts: Texts, desk: str) -> None:
    case_id = taken_in(client, desk, phone=number())
    for event in events_of(case_id):
        functions.notify(event, event.moment)
    answer = letter(client, desk, case_id)
    assert (answer.status, answer.code) == (409, "reached_otherwise")


def test_what_messages_cost_is_told_by_day_and_channel(
    client: ApiClient, texts: Texts, clock: TestClock
) -> None:
    at = MONDAY + timedelta(days=40)
    day = office_time(at).date()
    texts.now = at
    me, _ = somebody()
    contacts.prove_contact(me, "phone", number(), "code", at)
    for seq in (1, 2):
        for _ in range(2):
            service.on_event(paid(me, seq, at), at)
    # A code is charged as any other text, and as often as it goes out.
    clock.set(at)
    attempt, given = new_id(), {"phone": number()}
    for _ in range(2):
        assert post(client, token_of(me), "/v1/me/phone", given, attempt).status == 202
    rows = list(statistics.messages(frozenset(), day, day))
    assert rows == [
        {"date": str(day), "channel": "sms", "messages": 3, "parts": 3, "cost_mills": 135}
    ]
    following = day + timedelta(days=1)
    assert list(statistics.messages(frozenset(), following, following)) == []
