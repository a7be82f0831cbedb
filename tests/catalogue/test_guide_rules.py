"""What a guide says beside papers, fee and limits, and what is wrong with one that is edited."""

from datetime import date
from typing import Any

import pytest

from chalicelib.catalogue.domain import guide_checks
from chalicelib.catalogue.domain.guides import (
    Faq,
    LegalBasis,
    Outcome,
    PaperFacts,
    SampleLine,
    ServiceGuide,
    form_of,
    parse_guide,
    parse_paper_facts,
)
from chalicelib.core.i18n import Text
from tests.catalogue.world import guide

WORDS = {"zh-CN": "文", "en": "text"}
READ = Text("文", "text")
GUIDE = guide()


@pytest.mark.parametrize(
    ("original", "form"),
    [("none", "copy"), ("show", "original_and_copy"), ("keep", "original")],
)
def test_a_paper_is_given_in_the_form_in_which_it_is_needed(original: str, form: str) -> None:
    assert form_of(original) == form


def test_a_guide_is_read_from_json() -> None:
    read = ServiceGuide(
        date(2026, 12, 1),
        READ,
        (READ,),
        (LegalBasis(READ, 9), LegalBasis(READ, None)),
        Outcome(READ, (SampleLine(READ, READ),)),
        (Faq(READ, READ),),
        "0574-12345",
        "+8612345",
    )
    assert parse_guide(GUIDE) == read
    coded = parse_guide(guide(basic_code="000125", implementation_code="11330200"))
    assert coded
    assert (coded.basic_code, coded.implementation_code) == ("000125", "11330200")
    assert (read.basic_code, read.implementation_code) == (None, None)


def test_what_was_published_without_a_guide_has_none() -> None:
    assert (parse_guide(None), parse_guide({}), parse_paper_facts(None)) == (None, None, None)
    facts = {"issued_by": WORDS, "mistakes": [WORDS, WORDS]}
    assert parse_paper_facts(facts) == PaperFacts(READ, (READ, READ))


def told(**changed: Any) -> list[tuple[str, str]]:
    found = guide_checks.check(guide(**changed))
    return [(one.pointer.removeprefix("/guide/"), one.code) for one in found]


def in_chinese(length: int) -> dict[str, str]:
    return {"zh-CN": "文" * length, "en": "text"}


def law(length: int = 1, article: int | None = None) -> list[dict[str, Any]]:
    return [{"law": in_chinese(length), "article": article}]


def result(length: int = 1, lines: int = 1, value: int = 1) -> dict[str, Any]:
    line = {"name": in_chinese(value), "value": in_chinese(value)}
    return {"name": in_chinese(length), "sample": [line] * lines}


def asked(length: int = 1, number: int = 1) -> list[dict[str, Any]]:
    return [{"question": in_chinese(length), "answer": WORDS}] * number


@pytest.mark.parametrize(
    ("part", "longest", "beyond", "place", "code"),
    [
        ("audience", in_chinese(1000), in_chinese(1001), "audience/zh-CN", "too_long"),
        ("conditions", [WORDS] * 30, [WORDS] * 31, "conditions", "too_many"),
        ("conditions", [in_chinese(1000)], [in_chinese(1001)], "conditions/0/zh-CN", "too_long"),
        ("legal_basis", law() * 30, law() * 31, "legal_basis", "too_many"),
        ("legal_basis", law(200), law(201), "legal_basis/0/law/zh-CN", "too_long"),
        ("legal_basis", law(1, 2000), law(1, 2001), "legal_basis/0/article", "out_of_range"),
        ("legal_basis", law(1, 1), law(1, 0), "legal_basis/0/article", "out_of_range"),
        ("outcome", result(100), result(101), "outcome/name/zh-CN", "too_long"),
        ("outcome", result(1, 30), result(1, 31), "outcome/sample", "too_many"),
        ("faq", asked(1, 30), asked(1, 31), "faq", "too_many"),
        ("faq", asked(1000), asked(1001), "faq/0/question/zh-CN", "too_long"),
        ("contact_phone", "110", "11", "contact_phone", "pattern"),
        ("supervision_phone", "1" * 20, "1" * 21, "supervision_phone", "pattern"),
        ("supervision_phone", "+12-345", "12+345", "supervision_phone", "pattern"),
        ("basic_code", "x" * 100, "x" * 101, "basic_code", "too_long"),
        ("implementation_code", None, " ", "implementation_code", "required"),
    ],
)
def test_each_part_of_a_guide_goes_up_to_its_limit(
    part: str, longest: object, beyond: object, place: str, code: str
) -> None:
    assert told(**{part: longest}) == []
    assert told(**{part: beyond}) == [(place, code)]


def test_a_text_may_have_lines_and_nothing_that_steers() -> None:
    assert told(audience={"zh-CN": "第一行\n第二行", "en": "One\nTwo"}) == []
    for sign in ("\x00", "\x1b", "\u202e"):
        found = told(audience={"zh-CN": f"文{sign}", "en": "text"})
        assert found == [("audience/zh-CN", "not_plain_text")]


def test_a_line_of_a_sample_has_two_short_texts() -> None:
    assert told(outcome=result(1, 1, 100)) == []
    assert told(outcome=result(1, 1, 101)) == [
        (f"outcome/sample/0/{name}/zh-CN", "too_long") for name in ("name", "value")
    ]


def test_no_part_of_a_guide_is_left_out_and_no_draft_takes_it_away() -> None:
    parts = sorted(GUIDE.keys() - {"updated_on"})
    assert sorted(told(**dict.fromkeys(parts))) == [(name, "required") for name in parts]
    assert told(audience=None, contact_phone="x") == [("audience", "required")]
    assert [(one.pointer, one.code) for one in guide_checks.check(None)] == [("/guide", "required")]
