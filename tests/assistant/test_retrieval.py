"""Which services a question means by how like they are, how sure that is, and what to do next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.assistant.domain.answers import (
    Action,
    Context,
    Findings,
    Sentence,
    Source,
    embedded,
)
from chalicelib.assistant.domain.questions import Question
from chalicelib.assistant.domain.ready_answers import (
    ReadyAnswer,
    likest,
    of_guides,
    of_published,
)
from chalicelib.assistant.domain.retrieval import Knowledge, find
from chalicelib.assistant.domain.topics import topics_of
from chalicelib.catalogue.domain import Service
from chalicelib.catalogue.domain.search import Likeness
from chalicelib.enquiries.domain.published import LikeAnswer
from tests.assistant.measure import published
from tests.catalogue.world import guide, office, service

ENQUIRE = Action("enquire", "question")


def named(id_: str, **more: Any) -> Service:
    return service(id=id_, name={"zh-CN": f"事项{id_}", "en": f"Matter {id_}"}, **more)


def like(id_: str, score: float = 1.0, coverage: float = 1.0, **more: Any) -> Likeness:
    return Likeness(named(id_, **more), score, coverage)


def ready(likeness: float, service_id: str | None = None) -> ReadyAnswer:
    return ReadyAnswer(Sentence("可以。", Source(service_id, "/questions/q1")), likeness)


def known(*likest: Likeness, answer: ReadyAnswer | None = None) -> Knowledge:
    by_id = {one.service.service_id: one.service for one in likest}
    return Knowledge(
        lambda _said, limit: likest[:limit],
        by_id.get,
        lambda _service: [office()],
        lambda: [office()],
        lambda _text, _lang: answer,
    )


def asked(knowledge: Knowledge, text: str = "护照多少钱", **context: Any) -> Findings:
    return find(text, Context(**context), knowledge, "zh-CN")


@pytest.mark.parametrize(
    ("likest", "meant"),
    [
        ([like("a")], ["a"]),
        ([like("a", 1.0), like("b", 0.93)], ["a", "b"]),
        ([like("a", 1.0), like("b", 0.92)], ["a"]),
        # The best score, not the best known, is what others are compared with.
        ([like("a", 0.5), like("b", 1.0)], ["b"]),
        ([like(one) for one in "abcd"], ["a", "b", "c"]),
        ([like("a", 1.0, 0.54), like("b", 0.5, 0.55)], ["b"]),
        ([like("a", 1.0, 0.54)], []),
        ([], []),
    ],
)
def test_what_stands_in_a_service_and_is_as_like_as_the_likest_is_meant(
    likest: list[Likeness], meant: list[str]
) -> None:
    found = asked(known(*likest))
    assert list(found.context.service_ids) == meant
    assert [one.target for one in found.actions if one.kind == "guide"] == meant
    assert found.known is bool(meant)
    assert {one.source.service_id for one in found.sentences} == set(meant)


@pytest.mark.parametrize(("coverage", "sure"), [(0.55, 0.55), (0.95, 0.95), (1.0, 0.95)])
def test_an_answer_is_as_sure_as_the_matter_is_covered(coverage: float, sure: float) -> None:
    assert asked(known(like("a", 1.0, coverage))).confidence == sure


@pytest.mark.parametrize(("confidence", "is_known"), [(0.5, True), (0.49, False), (0.0, False)])
def test_from_a_half_on_a_question_is_understood(confidence: float, *, is_known: bool) -> None:
    assert Findings(confidence=confidence).known is is_known


BOOKED: dict[str, Any] = {"appointment": {"duration_minutes": 20}}


@pytest.mark.parametrize(
    ("likest", "kinds"),
    [
        ([like("a", trips=1, **BOOKED)], ["guide", "apply", "book", "enquire"]),
        ([like("a", trips=0, **BOOKED)], ["guide", "apply", "enquire"]),
        ([like("a", trips=1)], ["guide", "apply", "enquire"]),
        # Which of several is meant, its guide tells.
        ([like("a", trips=1, **BOOKED), like("b")], ["guide", "guide", "enquire"]),
    ],
)
def test_what_one_can_do_next_is_what_the_service_has(
    likest: list[Likeness], kinds: list[str]
) -> None:
    actions = asked(known(*likest)).actions
    assert [one.kind for one in actions] == kinds
    assert actions[-1] == ENQUIRE
    assert {one.target for one in actions if one.kind in ("apply", "book")} <= {"a"}


def test_a_question_without_a_matter_is_about_what_was_talked_about() -> None:
    there = known(like("a"))
    found = asked(there, "多少钱", service_ids=("a", "gone"), topics=("bring",))
    assert (found.confidence, found.context) == (0.8, Context(("a",), ("cost",)))
    # Where neither a matter nor a topic is said, nothing was asked.
    assert asked(there, "你好", service_ids=("a",)).sentences == ()
    # With a matter alone the topics of before are asked of it.
    assert asked(there, "护照", topics=("bring",)).context.topics == ("bring",)
    assert asked(there, "护照").context.topics == ("find",)


@pytest.mark.parametrize(
    ("likeness", "sure", "service_id"), [(0.6, 0.6, "a"), (1.0, 0.95, "a"), (0.7, 0.7, None)]
)
def test_a_published_answer_alone_is_as_sure_as_it_is_like(
    likeness: float, sure: float, service_id: str | None
) -> None:
    found = asked(known(answer=ready(likeness, service_id)))
    of_service = (service_id,) if service_id else ()
    assert (found.confidence, found.context.service_ids) == (sure, of_service)
    guides = [Action("guide", one) for one in of_service]
    assert list(found.actions) == [*guides, ENQUIRE]
    assert found.sentences == found.passages == (ready(likeness, service_id).sentence,)


@pytest.mark.parametrize(
    ("likeness", "is_told", "is_a_passage"),
    [(0.75, True, True), (0.74, False, True), (0.6, False, True), (0.59, False, False)],
)
def test_beside_a_guide_a_published_answer_is_told_when_it_is_very_like(
    likeness: float, *, is_told: bool, is_a_passage: bool
) -> None:
    found = asked(known(like("a"), answer=ready(likeness)))
    said = ready(likeness).sentence
    assert (said in found.sentences, said in found.passages) == (is_told, is_a_passage)
    assert not is_told or found.sentences[0] == said
    assert embedded("", "zh-CN", found) == found.sentences


def test_who_waits_for_a_case_is_told_the_promise_of_the_one_service_that_is_meant() -> None:
    one = asked(known(like("a")), "护照办到哪一步了")
    assert {s.source.pointer for s in one.sentences} == {
        "/promised_working_days",
        "/legal_time_limit",
    }
    assert (one.confidence, one.deed, one.context.service_ids) == (0.95, "progress", ("a",))
    for text, there in (
        ("护照办到哪一步了", [like("a"), like("b")]),
        ("取消护照预约", [like("a")]),
    ):
        assert asked(known(*there), text).sentences == ()


def test_of_several_answers_the_likest_is_ready() -> None:
    assert likest([ready(0.2), None, ready(0.7), ready(0.5)]) == ready(0.7)
    like_one = LikeAnswer(published("q1", "怎么办", "可以。"), 0.4)
    assert of_published(like_one, "en") == ReadyAnswer(
        Sentence("可以。", Source(None, "/questions/q1")), 0.4
    )
    # What the guide of a service is often asked is looked at in both languages.
    words = {"zh-CN": "可以", "en": "Yes"}
    often = guide(
        faq=[
            {"question": {"zh-CN": "狗能上飞机吗", "en": "May dogs fly"}, "answer": words},
            {"question": {"zh-CN": "猫能上火车吗", "en": "May cats ride"}, "answer": words},
        ]
    )
    services = [named("a"), named("b", guide=often)]
    for text in ("猫能上火车吗", "may cats ride"):
        found = of_guides(text, services, "zh-CN")
        assert found
        assert (found.sentence.source, found.likeness) == (Source("b", "/faq/1/answer"), 1.0)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("怎么办理", ["how"]),
        ("要几天，多少钱", ["long", "cost"]),
        ("多少钱，要几天", ["cost", "long"]),
        ("怎么办理，多少钱", ["cost"]),
        ("护照", []),
    ],
)
def test_topics_come_in_the_order_in_which_they_are_said(text: str, topics: list[str]) -> None:
    assert topics_of(text) == topics


def test_a_question_is_kept_for_thirty_days_under_the_day_in_shanghai() -> None:
    at = datetime(2026, 12, 1, 17, tzinfo=UTC)
    question = Question("q", at, "护照", "-", "-", False, {}, "f")
    assert (question.day, question.helpful) == (date(2026, 12, 2), None)
    assert question.kept_until == at + timedelta(days=30)
    assert replace(question, asked_at=at - timedelta(hours=2)).day == date(2026, 12, 1)
