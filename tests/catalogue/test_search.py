"""Search: a service is found by its name, its papers and what people call them, however typed."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from opencc import OpenCC

from chalicelib.catalogue.domain import Service, parse_service
from chalicelib.catalogue.domain.search import SearchIndex
from chalicelib.catalogue.service.publishing import DATA as FOLDER
from chalicelib.catalogue.service.publishing import completed_service
from infra import make_simplified

DATA: Final = json.loads((FOLDER / "catalogue.json").read_text())
CALLED: Final[Mapping[str, list[str]]] = DATA["also_called"]
SERVICES: Final = [parse_service(completed_service(one, CALLED)) for one in DATA["services"]]
INDEX: Final = SearchIndex(SERVICES)
WRITINGS: Final = [OpenCC(writing) for writing in ("s2t", "s2tw", "s2hk")]


def found(query: str) -> list[str]:
    return [one.service_id for one in INDEX.find(query, None)]


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
