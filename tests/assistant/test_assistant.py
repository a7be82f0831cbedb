"""The assistant over HTTP: sources, context, what is kept and for how long, retries and floods."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.assistant import storage
from chalicelib.assistant.domain.passages import passages_of
from chalicelib.assistant.service import questions, statistics
from chalicelib.catalogue import service as catalogue
from chalicelib.core import dependencies
from chalicelib.core.clock import office_time
from chalicelib.core.ids import new_id
from chalicelib.enquiries.service import published
from tests.assistant.world import ask, told
from tests.support.client import Answer, ApiClient
from tests.support.clock import TestClock
from tests.support.faults import Outage, outage
from tests.support.meter import metered
from tests.support.people import id_number

KEPT_SECONDS = 30 * 24 * 3600


@pytest.fixture
def clock(client: ApiClient) -> Iterator[TestClock]:
    file = dependencies.clock()._offset_file
    assert file
    moved = TestClock(file)
    yield moved
    moved.reset()


def resolved(document: Any, pointer: str) -> Any:
    for name in pointer.strip("/").split("/"):
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


def unanswered() -> list[dict[str, Any]]:
    today = office_time(dependencies.clock().now()).date()
    return [dict(row) for row in statistics.unanswered(frozenset(), today, today)]


def counted(service: str, topic: str) -> dict[str, Any]:
    today = office_time(dependencies.clock().now()).date()
    rows = statistics.rows(frozenset(), today, today)
    none = dict.fromkeys(("asked", "unanswered", "helpful", "unhelpful"), 0)
    mine = [dict(row) for row in rows if (row["service_id"], row["topic"]) == (service, topic)]
    return mine[0] if mine else none


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_sentence_stands_where_its_source_says(client: ApiClient, lang: str) -> None:
    for service in catalogue.current().services.values():
        headers = {"Accept-Language": lang}
        guide = client.get(f"/v1/services/{service.service_id}", headers=headers).json()
        found = questions._knowledge()
        for one in passages_of(service, found.offices_of(service), "zh-CN"):
            assert one.source.service_id == service.service_id
            resolved(guide, one.source.pointer)
    answer = told(client, "passport fee" if lang == "en" else "护照多少钱", lang=lang)
    sentence = answer["answer"][0]
    assert sentence["source"] == {"service_id": "passport-issue", "pointer": "/fee/cents"}
    assert "120" in sentence["text"]
    assert answer["confidence"] >= 0.9
    assert [one["kind"] for one in answer["actions"]] == ["guide", "apply", "book", "enquire"]


def test_a_question_follows_on_the_one_before_for_half_an_hour(
    client: ApiClient, clock: TestClock
) -> None:
    context = told(client, "护照要带什么")["context"]
    assert told(client, "多少钱", context=context)["answer"][0]["source"]["service_id"]
    clock.advance(29 * 60)
    assert told(client, "多少钱", context=context)["answer"]
    clock.advance(61)
    assert told(client, "多少钱", context=context)["answer"] == []


@pytest.mark.parametrize("wrong", ["x", "", "a" * 5000, "changed", "%00", "cursor"])
def test_a_context_that_we_did_not_give_is_refused(client: ApiClient, wrong: str) -> None:
    good = told(client, "护照多少钱")["context"]
    forged = {"changed": good[:-2] + ("AA" if good[-2:] != "AA" else "BB")}
    forged["cursor"] = dependencies.cursors().seal("services//None", "20") or ""
    answer = ask(client, "多少钱", context=forged.get(wrong, wrong))
    assert (answer.status, answer.code) == (422, "invalid_request")
    assert answer.json()["errors"][0]["pointer"] == "/context"


@pytest.mark.parametrize("text", ["", " ", "a" * 301, "\u200b", None, 5, ["护照"]])
def test_what_is_no_question_is_refused(client: ApiClient, text: Any) -> None:
    assert ask(client, text).status == 422


def test_what_is_not_known_is_said_so_and_an_enquiry_is_offered(client: ApiClient) -> None:
    for lang, text in (("zh-CN", "量子力学怎么学"), ("en", "what is the meaning of life")):
        answer = told(client, text, lang=lang)
        assert answer["answer"] == []
        assert answer["notice"]
        assert answer["confidence"] < 0.5
        assert answer["actions"] == [{"kind": "enquire", "target": "question"}]


def test_a_retry_has_the_same_answer_and_counts_once(client: ApiClient) -> None:
    key, before = new_id(), counted("taiwan-permit", "cost")
    first = ask(client, "台湾通行证多少钱", key)
    again = ask(client, "台湾通行证多少钱", key)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = ask(client, "台湾通行证要带什么", key)
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert counted("taiwan-permit", "cost")["asked"] == before["asked"] + 1


def test_two_that_come_at_once_are_one_question(client: ApiClient) -> None:
    key = new_id()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(client, "居住证多少钱", key), range(4)))
    assert len({json.dumps(one.json()) for one in answers}) == 1
    assert sum("idempotency-replayed" in one.headers for one in answers) == 3


def test_after_a_lost_answer_the_same_question_is_there(client: ApiClient) -> None:
    key, before = new_id(), counted("elder-card", "bring")
    with outage(Outage.LOSES):
        assert ask(client, "老年证要带什么", key).status == 503
    assert ask(client, "老年证要带什么", key).status == 200
    assert counted("elder-card", "bring")["asked"] == before["asked"] + 1


@pytest.mark.parametrize("number", ["id", "13912345678", "+86 139-1234-5678", "me@example.com"])
def test_nothing_that_tells_a_person_is_kept(client: ApiClient, number: str) -> None:
    secret = id_number() if number == "id" else number
    answer = told(client, f"我叫王小明，{secret}，查一下量子力学")
    kept = storage.load(answer["question_id"], dependencies.clock().now())
    assert kept
    for private in (secret, "王小明"):
        assert private not in kept.text
        assert private not in json.dumps(unanswered(), ensure_ascii=False)
    assert "量子力学" in kept.text


def test_a_question_is_forgotten_after_thirty_days(client: ApiClient, clock: TestClock) -> None:
    text = f"量子力学怎么学 {new_id(6)}"
    path = f"/v1/assistant/questions/{told(client, text)['question_id']}/feedback"
    [listed] = [row for row in unanswered() if row["text"] == text]
    assert listed["why"] == "unanswered"
    day = office_time(dependencies.clock().now()).date()
    clock.advance(KEPT_SECONDS - 60)
    assert client.post(path, {"helpful": False}).status == 200
    clock.advance(61)
    assert client.post(path, {"helpful": True}).status == 404
    later = dependencies.clock().now()
    assert text not in [one.text for one in storage.load_unhelped(day, day, later)]


def test_feedback_is_counted_once_and_the_last_word_counts(client: ApiClient) -> None:
    before = counted("no-criminal-record", "long")
    text = f"无犯罪记录证明几天{'？' * 3}"
    path = f"/v1/assistant/questions/{told(client, text)['question_id']}/feedback"
    for helpful in (True, True, False, False):
        assert client.post(path, {"helpful": helpful}).json()["helpful"] is helpful
    after = counted("no-criminal-record", "long")
    assert after["unhelpful"] == before["unhelpful"] + 1
    assert after["helpful"] == before["helpful"]
    assert {"why": "unhelpful", "text": text}.items() <= unanswered_of(text).items()
    assert client.post(path, {"helpful": True}).status == 200
    assert text not in [row["text"] for row in unanswered()]
    assert client.post(path, {"helpful": "yes"}).status == 422
    nobody = client.post("/v1/assistant/questions/nobody/feedback", {"helpful": True})
    assert (nobody.status, nobody.code) == (404, "not_found")


def unanswered_of(text: str) -> dict[str, Any]:
    return next(row for row in unanswered() if row["text"] == text)


def test_a_flood_from_one_source_is_refused_and_only_that(
    client: ApiClient, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(3600)
    settings = type("Few", (), {"assistant_questions_a_minute": 3})
    monkeypatch.setattr(questions, "SETTINGS", settings)
    answers = [ask(client, "护照多少钱") for _ in range(6)]
    refused = [one for one in answers if one.status == 429]
    assert len(refused) >= 2
    assert (refused[0].code, 1 <= int(refused[0].headers["retry-after"]) <= 60) == (
        "too_many_requests",
        True,
    )
    clock.advance(60)
    assert ask(client, "护照多少钱").status == 200


# Write units, read units, round trips.
BUDGETS = {"ask": (8, 0, 2), "ask what is not known": (8, 0, 2), "feedback": (6, 1, 2)}


@pytest.mark.parametrize("name", BUDGETS)
def test_questions_cost_what_they_may(client: ApiClient, name: str) -> None:
    question_id = told(client, "护照多少钱")["question_id"]
    path = f"/v1/assistant/questions/{question_id}/feedback"
    acts: dict[str, Callable[[], Answer]] = {
        "ask": lambda: ask(client, "护照要带什么"),
        "ask what is not known": lambda: ask(client, "量子力学怎么学"),
        "feedback": lambda: client.post(path, {"helpful": False}),
    }
    # What is published is remembered for half a minute, which begins now.
    published.forget()
    published.likest("护照")
    with metered() as cost:
        answer = acts[name]()
    assert answer.status == 200, answer.body
    wcu, rcu, trips = BUDGETS[name]
    bill = f"{name}: {cost.wcu} / {cost.rcu} / {cost.trips} {cost.calls}"
    assert cost.trips <= trips, bill
    assert cost.wcu <= wcu, bill
    assert cost.rcu <= rcu, bill
