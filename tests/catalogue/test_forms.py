"""Forms: what is served is a plain schema, and what is wrong is told at once, never as a crash."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import example as example_of
from hypothesis import strategies as st

from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.domain import Service, forms
from chalicelib.core.i18n import Lang
from infra.local.engine import Engine
from tests.support.client import ApiClient
from tests.support.forms import ID_NUMBERS, SERVICE_IDS, example, strategy

TREES = st.lists(st.integers()) | st.dictionaries(st.text(), st.text())
NOT_A: dict[str, st.SearchStrategy[Any]] = {
    "string": st.none() | st.booleans() | st.integers() | st.floats() | TREES,
    "boolean": st.none() | st.integers() | st.floats() | st.text() | TREES,
    "integer": st.none() | st.booleans() | st.floats(0.1, 0.9) | st.text() | TREES,
    "number": st.none() | st.booleans() | st.text() | TREES,
}
WILD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x" * 5000, "a\n", "\ud800", 10**400, -(10**30), float("nan"), [[[]]], {"a": {}}]
)
TODAY: Final = date(2026, 12, 1)
ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LANGS: tuple[Lang, ...] = ("zh-CN", "en")
QUICK = settings(
    max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.fixture
def services(engine: Engine) -> Mapping[str, Service]:
    return catalogue.current().services


def schema_of(service: Service) -> dict[str, Any]:
    return forms.localized_schema(service, "en", TODAY)


def codes(service: Service, form: Mapping[str, Any]) -> dict[str, str]:
    return {
        e.pointer.removeprefix("/form/"): e.code for e in forms.violations(service, form, TODAY)
    }


def rules(schema: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield each condition of a form, as values that meet it and the fields that it wants."""
    for rule in schema.get("allOf", []):
        for value in _meeting(rule["if"]["properties"]):
            yield value, rule["then"]["required"]


def _meeting(conditions: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    ((name, wanted),) = conditions.items()
    assert wanted.keys() in ({"const"}, {"enum"}), "pages know no other conditions"
    for value in wanted.get("enum", [wanted.get("const")]):
        yield {name: value}


@pytest.mark.parametrize("service_id", SERVICE_IDS)
def test_a_form_is_served_as_a_plain_schema(client: ApiClient, service_id: str) -> None:
    for lang in LANGS:
        answer = client.get(f"/v1/services/{service_id}", headers={"accept-language": lang})
        schema = answer.json()["form_schema"]
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False
        assert "zh-CN" not in json.dumps(schema)
        assert isinstance(schema["title"], str)
        for name, field in schema["properties"].items():
            assert field["title"], name
            assert field["type"] in ("string", "integer", "number", "boolean"), name
            if field["type"] == "string":
                assert 0 < field["maxLength"] <= 300, name
                assert {"oneOf", "pattern", "format"} & field.keys(), name
            if field["type"] in ("integer", "number"):
                assert field["minimum"] < field["maximum"], name
            jsonschema.validate(field["examples"][0], field)
        assert set(schema["required"]) <= set(schema["properties"])
        wanted = {name for _, names in rules(schema) for name in names}
        assert wanted <= set(schema["properties"])


@pytest.mark.parametrize("service_id", SERVICE_IDS)
def test_the_examples_make_a_form_that_is_right(
    services: Mapping[str, Service], service_id: str
) -> None:
    service = services[service_id]
    assert codes(service, example(schema_of(service))) == {}
    assert codes(service, example(schema_of(service), whole=True)) == {}


@pytest.mark.parametrize("service_id", SERVICE_IDS)
def test_a_condition_wants_its_fields(services: Mapping[str, Service], service_id: str) -> None:
    service = services[service_id]
    for value, wanted in rules(schema_of(service)):
        form = {**example(schema_of(service)), **value}
        for name in wanted:
            form.pop(name, None)
        assert codes(service, form).items() >= dict.fromkeys(wanted, "required").items()


def test_many_forms_have_conditions(services: Mapping[str, Service]) -> None:
    conditional = [s for s in services.values() if schema_of(s).keys() & {"allOf"}]
    assert len(conditional) >= 6


def test_words_are_in_the_asked_language(client: ApiClient) -> None:
    def titles(lang: str) -> tuple[str, str]:
        headers = {"accept-language": lang}
        schema = client.get("/v1/services/id-card-renewal", headers=headers).json()["form_schema"]
        return schema["title"], schema["properties"]["reason"]["oneOf"][0]["title"]

    assert titles("zh-CN") == ("居民身份证换领申请", "有效期满")
    assert titles("en") == ("Renewal of a resident identity card", "It expires or has expired")


@pytest.mark.parametrize("service_id", SERVICE_IDS)
@QUICK
@given(data=st.data())
def test_what_a_schema_allows_is_accepted(
    services_once: Mapping[str, Service], service_id: str, data: st.DataObject
) -> None:
    service = services_once[service_id]
    form = data.draw(strategy(schema_of(service)))
    assert forms.violations(service, form, TODAY) == []


@pytest.mark.parametrize("service_id", SERVICE_IDS)
@QUICK
@given(data=st.data())
def test_what_was_spoilt_is_refused_at_its_place(
    services_once: Mapping[str, Service], service_id: str, data: st.DataObject
) -> None:
    service = services_once[service_id]
    form = example(schema_of(service), whole=True)
    name = data.draw(st.sampled_from(sorted(form)))
    field = schema_of(service)["properties"][name]
    value = data.draw(NOT_A[field["type"]] | WILD)
    found = codes(service, {**form, name: value})
    assert set(found) == {name}


@given(
    form=st.dictionaries(
        st.text(max_size=20), st.recursive(st.none() | st.text() | st.floats(), st.lists)
    )
)
@QUICK
def test_anything_at_all_gets_an_answer(
    services_once: Mapping[str, Service], form: dict[str, Any]
) -> None:
    for service in services_once.values():
        assert forms.violations(service, form, TODAY)


@pytest.fixture(scope="session")
def services_once(engine: Engine) -> Mapping[str, Service]:
    return catalogue.current().services


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("contact_phone", "1380000000", "pattern"),
        ("contact_phone", "13800000001\n", "pattern"),
        ("contact_phone", 13800000001, "type"),
        ("contact_phone", "138000000011", "pattern"),
        ("price_yuan", 0, "out_of_range"),
        ("price_yuan", 1.5, "type"),
        ("price_yuan", True, "type"),
        ("price_yuan", 10**5000, "out_of_range"),
        ("area_m2", float("nan"), "type"),
        ("area_m2", float("-inf"), "type"),
        ("area_m2", 10001, "out_of_range"),
        ("purpose", "castle", "not_one_of"),
        ("is_only_home", "yes", "type"),
        ("contract_signed_on", "2026-02-30", "format"),
        ("contract_signed_on", "20260203", "format"),
        ("contract_signed_on", "2026-W01-1", "format"),
        ("other_party_id_number", ID_NUMBERS[0][:-1] + "3", "format"),
        ("other_party_id_number", "330203198513070011", "format"),
        ("other_party_name", "   ", "pattern"),
        ("other_party_name", "李\n芳", "pattern"),
        ("other_party_name", "李" * 51, "too_long"),
        ("certificate_number", "浙", "too_short"),
        ("nothing", 1, "unknown_field"),
        ("a/b~c", 1, "unknown_field"),
    ],
    ids=lambda given: given[:20] if isinstance(given, str) else type(given).__name__,
)
def test_each_mistake_has_its_code(
    services: Mapping[str, Service], field: str, value: object, code: str
) -> None:
    service = services["property-transfer"]
    found = forms.violations(
        service, {**example(schema_of(service), whole=True), field: value}, TODAY
    )
    assert [error.code for error in found] == [code]
    assert found[0].pointer == f"/form/{field.replace('~', '~0').replace('/', '~1')}"
    assert found[0].detail.zh != found[0].detail.en


def test_everything_wrong_is_told_at_once(services: Mapping[str, Service]) -> None:
    service = services["property-transfer"]
    found = codes(service, {"has_mortgage": True, "area_m2": -1, "x": 1, "purpose": "castle"})
    assert found["x"] == "unknown_field"
    assert (found["area_m2"], found["purpose"]) == ("out_of_range", "not_one_of")
    assert {found[name] for name in ("mortgagee", "loan_yuan", "address")} == {"required"}


def test_fields_that_belong_together(services: Mapping[str, Service]) -> None:
    schema = schema_of(services["elder-card"])
    schema |= {"required": [], "dependentRequired": {"contact_phone": ["emergency_contact"]}}
    service = replace(services["elder-card"], form=json.dumps(schema))
    phone = {"contact_phone": "13800000001"}
    assert codes(service, phone) == {"emergency_contact": "required"}
    assert codes(service, {**phone, "emergency_contact": "李芳"}) == {}


def test_deep_and_large_values_cost_little(services: Mapping[str, Service]) -> None:
    service = services["property-transfer"]
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    many = {str(number): 1 for number in range(10_000)}
    form = {"address": deep, "other_party_name": " " * 200_000, "area_m2": [1] * 50_000}
    found = codes(service, {**form, **many})
    assert len(found) <= 100


ID = "330203198503070012"


@pytest.mark.parametrize(
    ("service_id", "field", "typed", "read"),
    [
        ("marriage-registration", "partner_id_number", "11010519491231002x", "11010519491231002X"),
        ("marriage-registration", "partner_id_number", "330203 19850307 0012", ID),
        ("marriage-registration", "partner_id_number", "３３０２０３１９８５０３０７００１２", ID),
        ("birth-registration", "mother_id_number", "e12345678", "E12345678"),
        ("food-business-licence", "credit_code", "91330200 ma2aaaaaaf", "91330200MA2AAAAAAF"),
        ("elder-card", "old_card_number", "3302 0320 1600 1234", "3302032016001234"),
        ("no-criminal-record", "name_in_pinyin", "muhetaer", "MUHETAER"),
        ("no-criminal-record", "name_in_pinyin", "O'Brien-Smith  Lü", "O'BRIEN-SMITH LÜ"),
        ("id-card-renewal", "contact_phone", "+852 9123-4567", "+85291234567"),
        ("id-card-renewal", "contact_phone", "00886 912 345 678", "+886912345678"),
        ("id-card-renewal", "contact_phone", "+86 138 0000 0001", "13800000001"),
        ("passport-issue", "work_unit_phone", "0574 8765 4321", "057487654321"),
        ("property-transfer", "other_party_name", " Ana\u0301 ", "Aná"),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_as_it_is_meant(
    services: Mapping[str, Service], service_id: str, field: str, typed: str, read: str
) -> None:
    service = services[service_id]
    form = forms.normalized(service, {**example(schema_of(service), whole=True), field: typed})
    assert form[field] == read
    assert forms.normalized(service, form) == form
    assert codes(service, form) == {}


DOCUMENTS: Final = {
    "330203 19850307 0012": ID,
    "810000 19900307 0816": "810000199003070816",
    "83000019900307081ｘ": "83000019900307081X",
    "911124198108030024": "911124198108030024",
    "deu 1981 0803 0617": "DEU198108030617",
    "e12345678": "E12345678",
    "C01X00T47": "C01X00T47",
    "h 1234 5678": "H12345678",
    "M12345678-02": "M1234567802",
    "0123 4567": "01234567",
    "01234567 01b": "0123456701B",
}
WRONG: Final = ("1234", "330203198503070011", "E1234567890123456", "E1234567证", "X" * 19)


@pytest.mark.parametrize(("typed", "number"), [*DOCUMENTS.items(), *((w, None) for w in WRONG)])
def test_other_people_are_named_by_any_document(
    services: Mapping[str, Service], typed: str, number: str | None
) -> None:
    asked = [
        (service, name)
        for service in services.values()
        for name, rules_ in schema_of(service)["properties"].items()
        if rules_.get("format") == "id-document"
    ]
    assert {"mother_id_number", "father_id_number"} < {name for _, name in asked}
    for service, name in asked:
        right = example(schema_of(service), whole=True)
        form = forms.normalized(service, {**right, name: typed})
        if number is None:
            assert codes(service, form).keys() == {name}, name
        else:
            assert (form[name], codes(service, form)) == (number, {}), name


@pytest.mark.parametrize("service_id", ["marriage-registration", "divorce-registration"])
def test_residents_marry_here_and_others_where_the_province_says(
    services: Mapping[str, Service], service_id: str
) -> None:
    """Regulation on Marriage Registration (State Council Order 804 of 2025), article 2."""
    service = services[service_id]
    right = example(schema_of(service), whole=True)
    for other in ("E12345678", "H12345678", "01234567", "DEU198108030617"):
        found = codes(service, {**right, "partner_id_number": other})
        assert found == {"partner_id_number": "pattern"}, other


@pytest.mark.parametrize(
    ("service_id", "field", "value"),
    [
        ("id-card-replacement", "lost_on", "2036-01-01"),
        ("id-card-replacement", "lost_on", "2026-12-02"),
        ("id-card-replacement", "lost_on", "1026-12-02"),
        ("marriage-registration", "partner_id_number", "330203209901010119"),
        ("birth-registration", "born_on", "1980-01-01"),
        ("birth-registration", "born_on", "2027-01-01"),
        ("divorce-registration", "agreement_signed_on", "2010-01-01"),
        ("medical-remote-filing", "ends_on", "2026-11-30"),
        ("no-criminal-record", "period_to", "2015-12-31"),
        ("residence-permit", "registered_on", "2024-01-01"),
        ("passport-issue", "departs_on", "2999-01-01"),
        ("passport-issue", "departs_on", "2026-11-30"),
        ("taiwan-permit", "travels_from", "2026-11-30"),
        ("open-a-restaurant", "opens_on", "2000-01-01"),
        ("flexible-employment-insurance", "starts_in", "2099-01"),
    ],
)
def test_a_date_that_makes_no_sense_is_refused_at_its_place(
    services: Mapping[str, Service], service_id: str, field: str, value: str
) -> None:
    if field.endswith("id_number"):
        from stdnum.cn import ric

        value = value[:-1] + ric.calc_check_digit(value)
    service = services[service_id]
    form = {**example(schema_of(service), whole=True), field: value}
    [error] = forms.violations(service, form, TODAY)
    assert (error.pointer, error.code) == (f"/form/{field}", "out_of_range")
    assert "不能" in error.detail.zh
    assert "must not be" in error.detail.en


@pytest.mark.parametrize("service_id", SERVICE_IDS)
def test_each_date_has_bounds_and_all_examples_keep_them(
    services: Mapping[str, Service], service_id: str
) -> None:
    service = services[service_id]
    schema = schema_of(service)
    whole = example(schema, whole=True)
    for name, field in schema["properties"].items():
        if field.get("format") in ("date", "cn-id-number", "id-document"):
            assert field["x-not-before"], name
            assert field["x-not-after"], name
        for value in field["examples"]:
            form = {**whole, name: value}
            assert codes(service, form) == {}
            assert forms.normalized(service, form) == form


@pytest.mark.parametrize(
    "text",
    ["\u200b", "\u202eabc", "a\x1b[31m", "a\x00", "\u3164", "\u2066x\u2069"],
)
def test_text_that_cannot_be_seen_or_steers_is_refused(
    services: Mapping[str, Service], text: str
) -> None:
    service = services["property-transfer"]
    form = {**example(schema_of(service), whole=True), "other_party_name": text}
    assert set(codes(service, forms.normalized(service, form))) == {"other_party_name"}


def test_jsonschema_is_imported_only_when_a_form_is_checked() -> None:
    code = "import sys, chalicelib.catalogue.api.services; sys.exit('jsonschema' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0


@QUICK
@given(today=st.dates(date(2026, 11, 1), date(2045, 12, 31)))
@example_of(today=date(2028, 2, 29))
def test_all_examples_are_right_on_the_day_of_asking(
    services_once: Mapping[str, Service], today: date
) -> None:
    for service in services_once.values():
        schema = forms.localized_schema(service, "en", today)
        whole = example(schema, whole=True)
        assert forms.violations(service, whole, today) == [], service.service_id
        for name, field in schema["properties"].items():
            for value in field["examples"]:
                assert forms.violations(service, {**whole, name: value}, today) == []


@pytest.mark.parametrize("service_id", SERVICE_IDS)
@pytest.mark.parametrize("today", [TODAY, date(2028, 2, 29), date(2031, 12, 31)], ids=str)
def test_the_bounds_that_are_served_are_those_that_are_checked(
    services: Mapping[str, Service], service_id: str, today: date
) -> None:
    service = services[service_id]
    schema = forms.localized_schema(service, "zh-CN", today)
    whole = example(schema, whole=True)

    def told(name: str, day: date) -> list[str]:
        found = forms.violations(service, {**whole, name: day.isoformat()}, today)
        return [error.detail.zh for error in found if error.pointer == f"/form/{name}"]

    for name, field in schema["properties"].items():
        for keyword, step in (("x-not-before", -1), ("x-not-after", 1)):
            messages = field.get("x-messages", {}).get(keyword, ())
            for bound, words in zip(field.get(keyword, ()), messages, strict=True):
                limit = whole.get(bound, bound)
                if field.get("format") == "date" and ISO_DATE.fullmatch(limit):
                    at = date.fromisoformat(limit)
                    assert told(name, at + timedelta(step)) == [words]
                    assert words not in told(name, at)


def test_a_day_that_was_ahead_may_have_passed_when_something_else_is_corrected(
    services: Mapping[str, Service],
) -> None:
    service = services["passport-issue"]
    form = {**example(schema_of(service), whole=True), "departs_on": "2026-12-20"}
    later = date(2027, 1, 4)
    [error] = forms.violations(service, form, later)
    assert error.pointer == "/form/departs_on"
    assert forms.violations(service, form, later, unchanged=["departs_on"]) == []
    assert forms.violations(
        service, {**form, "departs_on": "2099-01-01"}, later, unchanged=["departs_on"]
    )
