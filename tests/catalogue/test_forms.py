"""The forms of all services: examples that are right, and everything wrong told at once."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema
from jsonschema import Draft202012Validator, FormatChecker

from chalicelib.catalogue import forms, service
from infra.local.engine import Engine
from tests.support.client import ApiClient

SERVICES = sorted(json.loads((service._DATA / "forms.json").read_text()))


def schema(name: str, lang: Any = "en") -> dict[str, Any]:
    return forms.schema(service.service(name), lang)


def example(name: str, *, only_required: bool) -> dict[str, Any]:
    """Fill a form in as a program would: each field by its first example."""
    from tests.support.cases import form_of

    return form_of(name, only_required=only_required)


def codes(name: str, form: Any) -> set[tuple[str, str]]:
    return {(e.pointer, e.code) for e in forms.check(service.service(name), form)}


@pytest.fixture(autouse=True)
def published(engine: Engine) -> None:
    """The forms come with the catalogue."""


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_served_form_is_plain_json_schema(client: ApiClient, name: str, lang: str) -> None:
    path = f"/v1/services/{name}"
    served = client.get(path, headers={"accept-language": lang}).json()["form_schema"]
    Draft202012Validator.check_schema(served)
    assert served["additionalProperties"] is False
    assert served["properties"]
    for field in served["properties"].values():
        assert isinstance(field["title"], str)
        assert field["examples"]
        checker = FormatChecker(formats=("date",))
        assert Draft202012Validator(field, format_checker=checker).is_valid(field["examples"][0])
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in field["title"])
        assert chinese == (lang == "zh-CN") or field["title"].isascii()


@pytest.mark.parametrize("name", SERVICES)
def test_its_examples_make_a_whole_form(name: str) -> None:
    assert codes(name, example(name, only_required=False)) == set()
    assert codes(name, example(name, only_required=True)) == set()


def test_most_forms_ask_by_what_was_said() -> None:
    conditional = [n for n in SERVICES if schema(n).keys() & {"allOf", "dependentRequired"}]
    assert len(conditional) >= 6


@pytest.mark.parametrize("name", SERVICES)
def test_everything_wrong_is_told_at_once(name: str) -> None:
    required = schema(name)["required"]
    expected = {(f"/form/{field}", "required") for field in required}
    assert codes(name, {"nothing~/here": 1}) == {
        *expected,
        ("/form/nothing~0~1here", "unknown_field"),
    }


def test_a_condition_asks_for_more() -> None:
    lost = example("id-card-replacement", only_required=True) | {"circumstances": "stolen"}
    lost.pop("police_report", None)
    assert codes("id-card-replacement", lost) == {("/form/police_report", "required")}
    lost["circumstances"] = "lost"
    assert codes("id-card-replacement", lost) == set()
    record: Any = example("no-criminal-record", only_required=True) | {"from_date": "2020-01-01"}
    assert codes("no-criminal-record", record) == {("/form/to_date", "required")}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("phone", "12", "pattern"),
        ("phone", 13800000000, "wrong_type"),
        ("reason", "because", "not_one_of"),
        ("valid_until", "2027-02-30", "format"),
        ("valid_until", "20270203", "format"),
        ("residence", "", "too_short"),
        ("residence", "x" * 121, "too_long"),
        ("fingerprint", "yes", "wrong_type"),
        ("residence", "\ud800", "invalid"),
        ("residence", float("nan"), "out_of_range"),
        ("residence", 10**400, "out_of_range"),
        ("residence", [[[[[[[[1]]]]]]]], "invalid"),
    ],
    ids=str,
)
def test_each_kind_of_mistake_has_its_word(field: str, value: Any, code: str) -> None:
    form = example("id-card-renewal", only_required=False) | {field: value}
    found = forms.check(service.service("id-card-renewal"), form)
    assert code in {e.code for e in found if e.pointer.startswith(f"/form/{field}")}
    assert all(e.detail.zh and e.detail.en for e in found)


def test_numbers_have_a_range_and_lists_no_repeats() -> None:
    record: Any = example("no-criminal-record", only_required=True) | {"copies": 6}
    assert codes("no-criminal-record", record) == {("/form/copies", "out_of_range")}
    food = example("food-business-licence", only_required=True) | {"items": ["hot", "hot"]}
    assert codes("food-business-licence", food) == {("/form/items", "repeated")}


def test_a_form_of_a_hundred_kilobytes_is_refused() -> None:
    found = forms.check(service.service("elder-card"), {"residence": "居" * 40_000})
    assert [(e.pointer, e.code) for e in found] == [("/form", "too_long")]


@st.composite
def filled(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Fill a form in with whatever its fields allow, and leave out what it does not ask for."""
    fields = _without_examples(schema(name))["properties"]
    whole = draw(st.fixed_dictionaries({f: from_schema(one) for f, one in fields.items()}))
    kept = draw(st.sets(st.sampled_from(sorted(fields))))
    form = {field: value for field, value in whole.items() if field in kept}
    while missing := [pointer for pointer, code in codes(name, form) if code == "required"]:
        form |= {field: whole[field] for p in missing if (field := p.rpartition("/")[2])}
    return form


@pytest.mark.parametrize("name", SERVICES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_a_form_allows_is_accepted_and_one_change_more_is_told(
    name: str, data: st.DataObject
) -> None:
    form = data.draw(filled(name))
    assert codes(name, form) == set()
    field = data.draw(st.sampled_from(sorted(schema(name)["properties"])))
    form[field] = data.draw(st.sampled_from([None, [], {}, -(10**13), "长" * 4000]))
    assert any(pointer.startswith(f"/form/{field}") for pointer, _ in codes(name, form))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_nothing_at_all_breaks_the_check(value: Any) -> None:
    assert forms.check(service.service("passport-issue"), {"kind": value, "x": value})


def _without_examples(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k: _without_examples(v) for k, v in value.items() if k not in ("examples", "$schema")
        }
    return [_without_examples(one) for one in value] if isinstance(value, list) else value
