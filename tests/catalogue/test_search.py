"""Search: a service is found by its name, its papers and what people call them, however typed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from chalicelib.catalogue.domain import Service, parse_service
from chalicelib.catalogue.domain.search import SearchIndex
from chalicelib.catalogue.domain.services import LIFE_EVENTS
from chalicelib.catalogue.service.publishing import DATA as FOLDER
from chalicelib.catalogue.service.publishing import completed_service
from infra import make_pinyin, make_simplified
from tests.support.client import ApiClient

DATA: Final = json.loads((FOLDER / "catalogue.json").read_text())
CALLED: Final[Mapping[str, list[str]]] = DATA["also_called"]
SERVICES: Final = [parse_service(completed_service(one, DATA)) for one in DATA["services"]]
INDEX: Final = SearchIndex(SERVICES)
WRITINGS: Final = [OpenCC(writing) for writing in ("s2t", "s2tw", "s2hk")]


def found(query: str) -> list[str]:
    return [hit.service.service_id for hit in INDEX.find(query, None)]


def names(service: Service) -> Iterator[str]:
    yield from (service.name.zh, service.name.en, *service.also_called)
    for paper in service.materials:
        yield from (paper.name.zh, paper.name.en, *paper.also_called)


def typed(name: str) -> Iterator[str]:
    """Yield a name as people type it: written traditionally, in full width, in capitals, spaced."""
    yield name
    yield from (writing.convert(name) for writing in WRITINGS)
    yield "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in name)
    yield name.upper()
    yield "\u3000".join(["", *name.split(), ""])
    if not name.isascii():
        yield " ".join(name)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.service_id)
def test_a_service_is_found_by_all_its_names_and_papers_however_typed(service: Service) -> None:
    for name in names(service):
        for query in typed(name):
            assert service.service_id in found(query), query


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("護照", "passport-issue"),
        ("護 照", "passport-issue"),
        ("駕照", "driving-licence-renewal"),
        ("駕駛執照", "driving-licence-replacement"),
        ("driver’s license", "driving-licence-renewal"),
        ("港澳通行證", "hk-macau-permit"),
        ("臺灣通行證", "taiwan-permit"),
        ("台灣", "taiwan-permit"),
        ("房產證", "property-transfer"),
        ("老年卡", "elder-card"),
        ("開店", "sole-trader-registration"),
        ("生孩子", "birth-registration"),
        ("baby", "birth-registration"),
        ("社保", "flexible-employment-insurance"),
        ("医保", "medical-remote-filing"),
    ],
)
def test_what_people_say_finds_what_offices_call_it(query: str, wanted: str) -> None:
    assert wanted in found(query)[:3]


@pytest.mark.parametrize("query", ["户口本", "戶口本", "户口薄", "戶口名簿", "HUKOU", "ｈｕｋｏｕ"])
def test_a_paper_finds_each_service_that_asks_for_it(query: str) -> None:
    asking = {
        one.service_id
        for one in SERVICES
        if "household-register" in [paper.material_id for paper in one.materials]
    }
    assert asking == {"id-card-replacement", "passport-issue", "birth-registration"}
    assert asking <= set(found(query))


def test_what_is_called_by_other_names_is_in_the_catalogue() -> None:
    papers = {paper.material_id for service in SERVICES for paper in service.materials}
    assert CALLED.keys() <= papers | {service.service_id for service in SERVICES}


def test_the_table_of_characters_is_as_it_is_made() -> None:
    assert make_simplified.TARGET.read_text() == make_simplified.written()


def test_the_table_of_sounds_is_as_it_is_made() -> None:
    assert make_pinyin.TARGET.read_text() == make_pinyin.written()


def sayings(name: str) -> list[tuple[str, str]]:
    """Return what people say and the service that it means, as collected before the index was."""
    lines = (Path(__file__).parent / name).read_text().splitlines()
    pairs = (line.split(": ", 1) for line in lines if line and not line.startswith("#"))
    return [(saying, service) for service, said in pairs for saying in said.split(" | ")]


@pytest.mark.parametrize(
    "name", ["sayings.txt", "sayings_en.txt", "sayings_later.txt", "sayings_unseen.txt"]
)
@pytest.mark.parametrize("half", [0, 1], ids=["tuned on", "held out"])
def test_what_people_say_is_found(name: str, half: int) -> None:
    said = sayings(name)[half::2]
    places = [found(saying)[:3] for saying, _ in said]
    wanted = [service for _, service in said]
    first = sum(place[:1] == [one] for place, one in zip(places, wanted, strict=True))
    among_three = sum(one in place for place, one in zip(places, wanted, strict=True))
    assert first / len(said) >= 0.85
    # One that is missed weighs more than three per cent of a small half.
    assert len(said) - among_three <= max(1, 0.03 * len(said))


@pytest.mark.parametrize(
    ("letters", "wanted"),
    [
        ("sfz", "id-card-renewal"),
        ("shenfenzheng", "id-card-replacement"),
        ("huzhao", "passport-issue"),
        ("HU ZHAO", "passport-issue"),
        ("jhdj", "marriage-registration"),
        ("gjj", "housing-fund-rent-withdrawal"),
        ("juzhuzheng", "residence-permit"),
        ("身份正", "id-card-renewal"),
        ("居注证", "residence-permit"),
        ("passprot", "passport-issue"),
        ("drving licence", "driving-licence-renewal"),
        # Names with what is said around them, and pairs of names, however they are spaced.
        ("bushenfenzheng", "id-card-replacement"),
        ("sfz diu le", "id-card-replacement"),
        ("tiqu gongjijin", "housing-fund-rent-withdrawal"),
        ("jiazaodaoqi", "driving-licence-renewal"),
    ],
)
def test_letters_sounds_and_misspelt_words_are_understood(letters: str, wanted: str) -> None:
    assert wanted in found(letters)[:3]


@pytest.mark.parametrize(
    "query", ["量子力学", "xyzzy", "qqqqq", "zzzzzz", "sfzsfz", "火星移民登陆", "!!!", "木星"]
)
def test_what_is_nowhere_finds_nothing_but_what_to_search_instead(query: str) -> None:
    assert found(query) == []
    suggested = INDEX.suggestions(query)
    assert suggested
    assert all(found(one) for one in suggested)


@pytest.mark.parametrize(
    ("query", "match"),
    [("身份证", "exact"), ("护照", "exact"), ("换身份证 火星", "near"), ("passport mars", "near")],
)
def test_a_hit_says_whether_all_of_the_query_is_in_it(query: str, match: str) -> None:
    assert INDEX.find(query, None)[0].match == match


@given(st.text(max_size=100))
def test_any_query_is_answered(query: str) -> None:
    hits = INDEX.find(query, None)
    assert len({hit.service.service_id for hit in hits}) == len(hits)
    INDEX.suggestions(query)


def test_a_name_stands_before_a_paper_of_that_name() -> None:
    assert found("结婚证")[0] == "marriage-registration"
    assert found("营业执照")[0] == "sole-trader-registration"


def test_life_events_lead_to_services(client: ApiClient) -> None:
    events = client.get("/v1/life-events").json()["items"]
    assert [event["life_event_id"] for event in events] == list(LIFE_EVENTS)
    known = {service.service_id for service in SERVICES}
    assert {one["service_id"] for event in events for one in event["services"]} <= known
    assert all(event["services"] for event in events)
    for event in events:
        assert found(event["name"]), event


def test_search_over_http_says_near_and_suggests(client: ApiClient) -> None:
    def ask(query: str) -> Any:
        return client.get(f"/v1/services?query={quote(query)}").json()

    assert ask("我要换身份证")["items"][0]["service_id"] == "id-card-renewal"
    assert ask("我要换身份证")["items"][0]["match"] == "exact"
    assert ask("身份证 月球")["items"][0]["match"] == "near"
    nothing = ask("量子力学")
    assert nothing["items"] == []
    assert ask(nothing["suggestions"][0])["items"]
    assert ask("身份证")["suggestions"] == []
