"""What a guide says to each topic, sentence by sentence, with the place where it stands."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from chalicelib.assistant.domain.passages import halls, often_asked, passages_of, sentences_of
from chalicelib.assistant.domain.topics import TOPICS, Topic
from chalicelib.catalogue.domain import Office, Service
from tests.catalogue.world import guide, office, service

WORDS = {"zh-CN": "某条", "en": "A line"}
GUIDE = guide(
    audience={"zh-CN": "本市居民", "en": "Residents"},
    conditions=[WORDS, {"zh-CN": "年满十八", "en": "Of age"}],
    legal_basis=[
        {"law": {"zh-CN": "某法", "en": "Some Law"}, "article": 9},
        {"law": WORDS, "article": None},
    ],
    faq=[
        {"question": WORDS, "answer": {"zh-CN": "可以", "en": "You can"}},
        {"question": WORDS, "answer": {"zh-CN": "不可以", "en": "You cannot"}},
    ],
    contact_phone="12345",
)


def made(**more: Any) -> Service:
    return service(**{"guide": GUIDE, **more})


def paper(name: str, original: str, *, required: bool = True) -> dict[str, Any]:
    words = {"zh-CN": name, "en": name}
    return {"id": name, "name": words, "required": required, "original": original}


def told(topic: Topic, of: Service, *offices: Office) -> dict[str, str]:
    """Return what is said in English, by the places where it stands."""
    said = sentences_of(of, offices, topic, "en")
    assert {one.source.service_id for one in said} <= {"x"}
    assert len(sentences_of(of, offices, topic, "zh-CN")) == len(said)
    return {one.source.pointer: one.text for one in said}


PAPERS = [
    paper("id", "none"),
    paper("deed", "show"),
    paper("card", "keep"),
    paper("photo", "none", required=False),
    paper("proof", "keep", required=False),
]


def test_each_paper_is_told_with_what_the_counter_does_with_it() -> None:
    assert told("bring", made(materials=PAPERS)) == {
        "/materials": "Something: papers needed, 5:",
        "/materials/0": "id.",
        "/materials/1": "deed; the counter looks at the original.",
        "/materials/2": "card; the counter keeps the original.",
        "/materials/3": "photo (if you have it).",
        "/materials/4": "proof (if you have it); the counter keeps the original.",
    }
    assert told("bring", made()) == {"/materials": "Something: no papers are needed."}


@pytest.mark.parametrize(
    ("fee", "said"),
    [
        (None, {"/fee": "Something: no fee."}),
        ({"cents": 2000}, {"/fee/cents": "Something: the fee is 20 yuan."}),
        ({"cents": 2050}, {"/fee/cents": "Something: the fee is 20.50 yuan."}),
        (
            {"cents": 1, "basis": "Decree 1"},
            {"/fee/cents": "Something: the fee is 0.01 yuan.", "/fee/basis": "Set by: Decree 1."},
        ),
    ],
)
def test_a_fee_is_told_in_yuan_with_what_sets_it(
    fee: dict[str, Any] | None, said: dict[str, str]
) -> None:
    assert told("cost", made(fee=fee and {"currency": "cny", **fee})) == said


@pytest.mark.parametrize(
    ("promised", "limit", "promise", "law"),
    [
        (5, {"value": 20, "unit": "days"}, "promised within 5 working days", "20 days"),
        (1, {"value": 3, "unit": "working_days"}, "promised within 1", "3 working days"),
        (0, {"value": 0, "unit": "same_day"}, "done at once", "the same day"),
    ],
)
def test_how_long_it_takes_is_told_as_promised_and_by_law(
    promised: int, limit: dict[str, Any], promise: str, law: str
) -> None:
    said = told("long", made(promised_working_days=promised, legal_time_limit=limit))
    assert said["/promised_working_days"].startswith(f"Something: {promise}")
    assert said["/legal_time_limit"] == f"The law allows: {law}."


@pytest.mark.parametrize(
    ("trips", "said"),
    [(0, "all online, with no trip"), (1, "come to a hall once"), (2, "come to a hall 2 times")],
)
def test_how_often_one_comes_is_told(trips: int, said: str) -> None:
    assert said in told("online", made(trips=trips))["/trips"]


def test_what_can_be_sent_home_is_told_so() -> None:
    for deliverable, said in ((True, "can be sent home"), (False, "cannot be sent")):
        assert said in told("deliver", made(deliverable=deliverable))["/deliverable"]


def test_who_by_which_law_and_whom_to_call_is_told_of_a_guide() -> None:
    assert told("who", made()) == {
        "/audience": "Residents.",
        "/conditions/0": "A line.",
        "/conditions/1": "Of age.",
    }
    assert told("law", made()) == {
        "/legal_basis/0": "By: Some Law, article 9.",
        "/legal_basis/1": "By: A line.",
    }
    assert told("call", made()) == {"/contact_phone": "Telephone: 12345."}


def test_what_one_needs_is_told_with_who_decides_and_how_it_goes() -> None:
    places = ["/name", "/trips", "/promised_working_days", "/legal_time_limit", "/fee"]
    said = told("find", made())
    assert list(said) == places
    assert said["/name"] == "What you need is “Something”, by Police."
    assert list(told("how", made())) == ["/trips", "/materials"]


def test_three_halls_are_told_and_of_more_how_many_there_are() -> None:
    one = office(name=replace(office().name, en="Hall"))
    in_two = replace(one, weekdays=((time(9), time(12)), (time(13, 30), time(17))), saturday=())
    assert told("where", made(trips=1), one, in_two) == {
        "/trips": "Something: apply online, then come to a hall once.",
        "/offices/0": "Hall, weekdays 09:00–17:00, Saturdays 09:00–12:00.",
        "/offices/1": "Hall, weekdays 09:00–12:00, 13:30–17:00.",
    }
    three = told("where", made(), one, one, one)
    assert list(three) == ["/trips", "/offices/0", "/offices/1", "/offices/2"]
    four = told("where", made(), one, one, one, one)
    assert four == {**three, "/offices": "Halls in the city that do it: 4."}
    named = halls([one] * 4, "en")
    assert [(s.source.service_id, s.source.pointer) for s in named] == [
        (None, "/offices/hall-330200")
    ] * 3
    assert named[0].text == three["/offices/0"]
    never = replace(one, weekdays=())
    assert halls([never], "en")[0].text.startswith("Hall, weekdays -,")


def test_all_that_is_said_is_each_topic_and_what_is_often_asked() -> None:
    every = passages_of(made(), [office()], "en")
    of_topics = [s for topic in TOPICS for s in sentences_of(made(), [office()], topic, "en")]
    assert list(every) == [*of_topics, often_asked(made(), 0, "en"), often_asked(made(), 1, "en")]
    assert (every[-1].text, every[-1].source.pointer) == ("You cannot", "/faq/1/answer")
    bare = service()
    assert passages_of(bare, [], "en")[-1].source.pointer != "/faq/0/answer"
    assert often_asked(bare, 0, "en").text == ""
