"""The fields of GB/T 36114: filled for every service in both languages, and open where not seen."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from chalicelib.catalogue.api.standard_views import paper_fields, standard_fields
from chalicelib.catalogue.domain import Service, parse_service
from chalicelib.catalogue.service.publishing import DATA as FOLDER
from chalicelib.catalogue.service.publishing import completed_service, guides
from chalicelib.core.i18n import Lang
from tests.support.client import ApiClient

DATA: Final = json.loads((FOLDER / "catalogue.json").read_text())
SERVICES: Final = [parse_service(completed_service(one, DATA)) for one in DATA["services"]]
DOCS: Final = Path(__file__).parents[2] / "docs" / "catalogue.md"
HAN: Final = re.compile("[\u4e00-\u9fff]")


def words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from words(one)
    elif isinstance(value, list):
        for one in value:
            yield from words(one)


def shown(service: Service, lang: Lang) -> dict[str, Any]:
    fields = standard_fields(service, lang)
    return {
        name: json.loads(json.dumps(value, default=lambda model: model.model_dump()))
        for name, value in fields.items()
    }


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.service_id)
def test_every_field_is_filled_in_both_languages(service: Service) -> None:
    for lang in ("zh-CN", "en"):
        fields = shown(service, lang)
        assert all(fields[name] for name in fields.keys() - {"codes"}), fields
        papers = [paper_fields(paper, lang) for paper in service.materials]
        assert all(one["issued_by"] and one["common_mistakes"] for one in papers)
        if lang == "en":
            assert not [word for word in words([fields, papers]) if HAN.search(word)]
        else:
            said = (fields["audience"], *fields["conditions"], *words(fields["faq"]))
            assert all(HAN.search(word) for word in said)


def test_nothing_is_told_of_what_is_not_in_the_catalogue() -> None:
    told = guides()
    papers = {paper.material_id for service in SERVICES for paper in service.materials}
    assert told["services"].keys() == {one.service_id for one in SERVICES}
    assert told["papers"].keys() == papers
    assert told["phones"].keys() == {one["id"] for one in DATA["departments"]}


def test_articles_that_were_not_seen_are_listed_as_open() -> None:
    unseen = {
        f"`{service.service_id}`"
        for service in SERVICES
        for basis in (service.guide.legal_basis if service.guide else ())
        if basis.article is None
    }
    listed = DOCS.read_text().partition("Not seen in their text")[2].partition("\n\n")[0]
    assert set(re.findall("`[a-z-]+`", listed)) == unseen


def test_a_service_that_was_published_without_a_guide_has_empty_fields(client: ApiClient) -> None:
    service = replace(SERVICES[0], guide=None)
    fields = shown(service, "zh-CN")
    assert fields.keys() == shown(SERVICES[0], "zh-CN").keys()
    assert not any(fields[name] for name in fields.keys() - {"codes"})
    bare = replace(service.materials[0], facts=None)
    assert paper_fields(bare, "en") == {
        "form": "original",
        "issued_by": None,
        "common_mistakes": [],
    }
    known = next(one for one in DATA["services"] if one["id"] == "elder-card")
    unknown = completed_service({**known, "id": "elder-card"}, DATA)
    assert parse_service({**unknown, "guide": None}).guide is None


def test_the_guide_shows_them(client: ApiClient) -> None:
    guide = client.get("/v1/services/id-card-renewal").json()
    assert guide["legal_basis"][0] == {"law": "中华人民共和国居民身份证法", "article": "第 11 条"}
    english = client.get("/v1/services/passport-issue", headers={"accept-language": "en"}).json()
    assert english["legal_basis"] == [{"law": "Passport Law", "article": None}]
    assert english["outcome"]["name"] == "Ordinary passport"
    assert english["codes"] == {"basic": None, "implementation": None}
    assert (english["contact_phone"], english["supervision_phone"]) == ("12367", "12345")
    forms = {one["material_id"]: one["form"] for one in english["materials"]}
    assert forms["id-card"] == "original_and_copy"
    assert forms["photo"] == "copy"
    assert forms["application-form"] == "original"
