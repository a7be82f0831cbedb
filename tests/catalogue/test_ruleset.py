"""Rules as data: read whole or not at all, and nothing in them that could not be decided."""

from typing import Any

import pytest

from chalicelib.catalogue.domain import Ruleset
from chalicelib.catalogue.domain.rules import GENERAL, decidable, parse_ruleset

WORDS = {"zh-CN": "规则", "en": "A rule"}
RULE: dict[str, Any] = {"id": "kind", "text": WORDS, "expression": "form.kind == 'a'"}
FORM = {
    "properties": {
        "kind": {"type": "string", "oneOf": [{"const": "a"}]},
        "day": {"type": "string", "format": "date"},
        "why": {"type": "string", "format": "text"},
    }
}


def ruleset(*rules: dict[str, Any], **extra: Any) -> Ruleset:
    found = parse_ruleset(
        {"id": "x", "form": FORM, "rules": [RULE | one for one in rules], **extra}
    )
    assert found
    return found


def test_a_service_without_rules_is_decided_by_people() -> None:
    assert parse_ruleset({"id": "x", "form": FORM}) is None
    assert parse_ruleset({"id": "x", "form": FORM, "rules": []}) is None


def test_rules_are_read_with_the_general_ones_behind_them() -> None:
    found = ruleset({"legal_basis": WORDS}, {"id": "b", "if_not": "correct", "field": "kind"})
    assert [one.rule_id for one in found.rules[:2]] == ["kind", "b"]
    assert found.rules[2:] == GENERAL
    first, second = found.rules[:2]
    assert (first.if_not, first.field) == ("refer", None)
    assert first.legal_basis
    assert first.legal_basis.en == "A rule"
    assert (second.if_not, second.field, second.legal_basis) == ("correct", "kind", None)
    assert found.rule("b") is second
    assert found.rule("c") is None


def test_other_rules_are_another_version_and_other_words_are_not() -> None:
    versions = {
        ruleset(one).version
        for one in (
            {},
            {"expression": "form.kind == 'b'"},
            {"id": "b"},
            {"if_not": "correct", "field": "kind"},
        )
    }
    assert len(versions) == 4
    assert ruleset({"text": {"zh-CN": "别的", "en": "Other"}}).version in versions


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"id": "Kind"}, "is no id"),
        ({"id": ""}, "is no id"),
        ({"id": "no-originals"}, "two rules are called no-originals"),
        ({"if_not": "reject"}, "if_not is none of"),
        ({"if_not": "correct"}, "no field is named"),
        ({"if_not": "correct", "field": "gone"}, "no field is named"),
        ({"expression": "form.gone == 1"}, "gone is no field"),
        ({"expression": "form.why == 'because'"}, "why is no field"),
        ({"expression": "!has(form.why)"}, "why is no field"),
        ({"expression": "days_until.kind < 3"}, "kind is no day"),
        ({"expression": "pictures.face == 1"}, "pictures is no fact"),
        (
            {"expression": "applicant.age > 1", "if_not": "correct", "field": "kind"},
            "applicant is no",
        ),
    ],
)
def test_rules_that_could_not_mean_what_they_say_are_refused(
    wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        ruleset(wrong)


def test_what_is_said_in_quotation_marks_is_no_name() -> None:
    assert ruleset({"expression": "form.kind == 'pictures.face' || form.kind == \"a.b\""})


def test_what_several_departments_decide_is_nobody_elses() -> None:
    with pytest.raises(ValueError, match="several departments"):
        ruleset({}, parts=[{"id": "one"}])


def test_free_text_is_not_decided_by() -> None:
    assert decidable(FORM["properties"]) == {"kind", "day"}
