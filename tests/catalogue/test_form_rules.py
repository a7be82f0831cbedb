"""Forms as values: what each keyword refuses, in which words, and how typed values are read."""

import json
from datetime import date
from typing import Any, get_args

import pytest

from chalicelib.catalogue.domain import form_rules, forms
from chalicelib.core.i18n import Lang
from tests.catalogue.world import service

TODAY = date(2026, 12, 1)
LEAP = date(2028, 2, 29)
ID = "330203198503070012"
TITLE = {"zh-CN": "入住日", "en": "moving in"}
FIELDS: dict[str, Any] = {
    "name": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+( [a-z]+)*$"},
    "note": {"type": "string", "format": "text"},
    "phone": {"type": "string", "format": "phone", "pattern": r"^\+?[0-9]{7,15}$"},
    "id": {"type": "string", "format": "cn-id-number", "pattern": "^[1-9][0-9]{16}[0-9X]$"},
    "paper": {"type": "string", "format": "id-document"},
    "credit": {"type": "string", "format": "uscc", "pattern": "^[0-9A-Z]{18}$"},
    "count": {"type": "integer", "minimum": 1, "maximum": 9},
    "price": {"type": "number"},
    "agreed": {"type": "boolean"},
    "sure": {"const": True},
    "kind": {"oneOf": [{"const": "a", "title": TITLE}, {"const": "b", "title": TITLE}]},
    "list": {"enum": ["x", "y"]},
    "abroad": {"type": "string", "x-options": "destinations"},
    "odd": {"type": "integer", "multipleOf": 2},
    "day": {"type": "string", "format": "date"},
}


def form_of(fields: dict[str, Any] | None = None, **more: Any) -> Any:
    schema = {"type": "object", "properties": fields or FIELDS, **more}
    return service(form=schema)


def wrong(form: dict[str, Any], today: date = TODAY, **more: Any) -> list[tuple[str, str]]:
    found = forms.violations(form_of(**more), form, today)
    return sorted((one.pointer.removeprefix("/form/"), one.code) for one in found)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "ab", None),
        ("name", "abcde", None),
        ("name", "a", "too_short"),
        ("name", "abcdef", "too_long"),
        ("name", "a1", "pattern"),
        ("name", "ab\n", "pattern"),
        ("name", 7, "type"),
        ("name", None, "type"),
        ("name", "\ud800ab", "format"),
        ("note", "a", None),
        ("note", " ", "format"),
        ("note", "a\x00", "format"),
        ("phone", "13800000001", None),
        ("phone", "1380", "pattern"),
        ("id", ID, None),
        ("id", ID[:-1] + "3", "format"),
        ("id", "330203198513070011", "format"),
        ("id", "x", "pattern"),
        ("paper", "E12345678", None),
        ("paper", ID, None),
        ("paper", ID[:-1] + "3", "format"),
        ("credit", "91330200MA2AAAAAAF", None),
        ("credit", "91330200MA2AAAAAAG", "format"),
        # Letters that no code has are for its pattern.
        ("credit", "IIIIIIIIIIIIIIIIII", None),
        ("abroad", "JPN", None),
        ("abroad", "CHN", "not_one_of"),
        ("abroad", "Japan", "not_one_of"),
        ("abroad", 1, "type"),
        ("count", 1, None),
        ("count", 9, None),
        ("count", 0, "out_of_range"),
        ("count", 10, "out_of_range"),
        ("count", 10**20, "out_of_range"),
        ("count", -(10**20), "out_of_range"),
        ("count", 1.5, "type"),
        ("count", "1", "type"),
        ("price", 0.5, None),
        ("price", 2**53, None),
        ("price", 2**53 + 1, "type"),
        ("price", -(2**53) - 1, "type"),
        ("price", float("inf"), "type"),
        ("price", [1], "type"),
        ("agreed", True, None),
        ("agreed", 1, "type"),
        ("sure", True, None),
        ("sure", False, "not_one_of"),
        ("kind", "b", None),
        ("kind", "c", "not_one_of"),
        ("kind", {}, "type"),
        ("list", "x", None),
        ("list", "z", "not_one_of"),
        # A keyword that forms do not use is told in general words.
        ("odd", 2, None),
        ("odd", 3, "type"),
        ("day", "2026-02-28", None),
        ("day", "2026-02-29", "format"),
        ("day", "20260228", "format"),
        ("none", 1, "unknown_field"),
    ],
)
def test_each_keyword_refuses_what_it_must(field: str, value: object, code: str | None) -> None:
    assert wrong({field: value}) == ([] if code is None else [(field, code)])


@pytest.mark.parametrize(
    ("field", "value", "zh", "en"),
    [
        ("name", "a", "至少填写 2 个字", "At least 2 characters"),
        ("name", "abcdef", "最多填写 5 个字", "At most 5 characters"),
        ("name", "A1", "格式不正确", "This does not have the right form"),
        ("count", 0, "不能小于 1", "Not below 1"),
        ("count", 10**20, "不能大于 9", "Not above 9"),
        ("count", "1", "请填写整数", "Give a whole number"),
        ("price", "1", "请填写数字", "Give a number"),
        ("price", float("nan"), "请填写数字", "Give a number"),
        ("agreed", 1, "请选择是或否", "Say yes or no"),
        ("name", 7, "请填写文字", "Give this as text"),
        ("kind", [], "内容不正确", "This is not a valid value"),
        ("sure", False, "请确认此项", "Confirm this"),
        ("list", "z", "请从选项中选择", "Choose one of the possible values"),
        ("none", 1, "表单中没有这一项", "The form has no such field"),
        ("id", "x", "身份证号有误，请核对", "This identity number is not right"),
        ("credit", "x", "统一社会信用代码有误，请核对", "This credit code is not right"),
        ("day", "x", "请填写日期，如 2026-12-01", "Give a date, as 2026-12-01"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(field: str, value: object, zh: str, en: str) -> None:
    [error] = forms.violations(form_of(), {field: value}, TODAY)
    assert (error.detail.zh, error.detail.en) == (zh, en)


def test_what_is_missing_is_told_by_its_field() -> None:
    assert wrong({}, required=["name", "day"]) == [("day", "required"), ("name", "required")]
    assert wrong({"name": "ab"}, required=["name", "day"]) == [("day", "required")]
    both: dict[str, Any] = {"dependentRequired": {"name": ["day", "note"], "kind": ["list"]}}
    assert wrong({"name": "ab", "note": "x"}, **both) == [("day", "required")]
    assert wrong({"note": "x"}, **both) == []
    # What was given and cannot be read is not missing beside.
    assert wrong({"name": []}, required=["name"]) == [("name", "type")]


def test_a_field_is_told_once_and_what_is_wrong_first_is_told() -> None:
    assert wrong({"name": "A1B2C3D4"}) == [("name", "too_long")]
    assert wrong({"name": "1"}) == [("name", "too_short")]
    many = {f"x{number}": 1 for number in range(150)}
    assert len(wrong(many)) == 100
    assert len(wrong({**dict(list(many.items())[:99]), "name": 1, "day": 1})) == 100
    [long] = wrong({"y" * 70: 1})
    assert long == ("y" * 64, "unknown_field")


@pytest.mark.parametrize("lang", get_args(Lang))
def test_a_form_is_served_in_one_language(lang: Lang) -> None:
    served = forms.localized_schema(form_of(), lang, TODAY)
    assert served["properties"]["kind"]["oneOf"][0] == {"const": "a", "title": TITLE[lang]}
    # What is not two languages alone stays as it is.
    odd = form_of({"f": {"title": {"zh-CN": "一", "en": "one", "fr": "un"}, "list": [1, TITLE]}})
    kept = forms.localized_schema(odd, lang, TODAY)["properties"]["f"]
    assert kept == {"title": {"zh-CN": "一", "en": "one", "fr": "un"}, "list": [1, TITLE[lang]]}
    assert forms.localized_schema(service(form={}), lang, TODAY) == {"properties": {}}


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [
        ("name", "ab", "ab"),
        ("name", "  ab  cd ", "ab cd"),
        ("name", "ａｂ", "ab"),
        ("name", "AB", "AB"),
        ("id", "330203 19850307 0012", ID),
        ("id", "11010519491231002x", "11010519491231002X"),
        ("phone", "+852 9123-4567", "+85291234567"),
        ("phone", "0574 8765 4321", "057487654321"),
        ("note", " a\u0301 ", "á"),
        ("note", "a\x00", "a\x00"),
        ("kind", " a ", " a "),
        ("abroad", " jpn ", "JPN"),
        ("abroad", "Japan", "Japan"),
        ("day", "x" * 401, "x" * 401),
        ("day", " 2026-12-01 ", " 2026-12-01 "),
        ("none", " x ", " x "),
    ],
)
def test_what_is_typed_is_read_as_it_is_meant(field: str, typed: str, read: str) -> None:
    assert forms.normalized(form_of(), {field: typed}) == {field: read}


def test_what_is_no_text_is_not_read() -> None:
    given = {"name": 7, "note": None, "kind": [" a "]}
    assert forms.normalized(form_of(), given) == given
    long = {"name": " " + "a" * 399}
    assert forms.normalized(form_of(), long) == {"name": "a" * 399}
    assert forms.normalized(form_of(), {"name": " " + "a" * 400}) == {"name": " " + "a" * 400}


def bounded(*, before: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return fields of which `day` lies not before, and not after, these bounds."""
    bounds = {"x-not-before": list(before), "x-not-after": list(after)}
    return {
        "day": {"type": "string", **{name: bound for name, bound in bounds.items() if bound}},
        "other": {"type": "string", "title": TITLE},
        "id": {"type": "string", "format": "cn-id-number", "title": TITLE},
    }


def beyond(
    fields: dict[str, Any], form: dict[str, Any], today: date = TODAY, *unchanged: str
) -> list[tuple[str, str, str]]:
    found = form_rules.dates_out_of_bounds(fields, form, today, unchanged)
    return [(name, words.zh, words.en) for name, words in found]


@pytest.mark.parametrize(
    ("bound", "last_out", "first_in"),
    [
        ("2026-12-01", "2026-11-30", "2026-12-01"),
        ("today", "2026-11-30", "2026-12-01"),
        ("today+P1Y", "2027-11-30", "2027-12-01"),
        ("today+P90D", "2027-02-28", "2027-03-01"),
        ("other", "2026-11-14", "2026-11-15"),
    ],
)
def test_a_day_may_not_be_before_its_bound(bound: str, last_out: str, first_in: str) -> None:
    fields, other = bounded(before=(bound,)), {"other": "2026-11-15"}
    assert [one[0] for one in beyond(fields, {"day": last_out, **other})] == ["day"]
    assert beyond(fields, {"day": first_in, **other}) == []


@pytest.mark.parametrize(
    ("bound", "last_in", "first_out"),
    [
        ("2026-12-01", "2026-12-01", "2026-12-02"),
        ("today", "2026-12-01", "2026-12-02"),
        ("today+P5Y", "2031-12-01", "2031-12-02"),
        ("id", "1985-03-07", "1985-03-08"),
        ("other", "2026-11-01", "2026-11-02"),
    ],
)
def test_a_day_may_not_be_after_its_bound(bound: str, last_in: str, first_out: str) -> None:
    # A month is read as its first day.
    fields, others = bounded(after=(bound,)), {"other": "2026-11", "id": ID}
    assert beyond(fields, {"day": last_in, **others}) == []
    assert [one[0] for one in beyond(fields, {"day": first_out, **others})] == ["day"]


def test_a_bound_of_a_leap_day_is_the_day_before_in_other_years() -> None:
    fields = bounded(after=("today+P1Y",))
    assert beyond(fields, {"day": "2029-02-28"}, LEAP) == []
    assert len(beyond(fields, {"day": "2029-03-01"}, LEAP)) == 1
    assert beyond(bounded(after=("today+P4Y",)), {"day": "2032-02-29"}, LEAP) == []


@pytest.mark.parametrize("bound", ["other", "nothing", "today+1Y", "today+P1000Y", "2026-02-30"])
def test_what_is_no_bound_binds_nothing(bound: str) -> None:
    for form in ({"day": "1900-01-01"}, {"day": "1900-01-01", "other": "x"}):
        assert beyond(bounded(before=(bound,)), form) == []


def test_what_is_no_day_is_not_compared() -> None:
    fields = bounded(before=("today",), after=("2026-12-31",))
    for value in (None, 7, "x", "2026-13", ""):
        assert beyond(fields, {"day": value}) == []
    assert beyond(fields, {}) == []


def test_each_day_is_compared_whatever_stands_before_it() -> None:
    day = bounded(before=("today",))["day"]
    fields = {"note": {"type": "string"}, "none": day, "first": day, "second": day}
    form = {"note": "x", "first": "2026-11-30", "second": "2026-11-29"}
    assert [one[0] for one in beyond(fields, form)] == ["first", "second"]
    both = bounded(before=("2026-12-01", "today+P1D"))
    assert [one[0] for one in beyond(both, {"day": "2026-11-30"})] == ["day", "day"]


def test_a_day_that_lay_ahead_may_have_passed() -> None:
    fields = bounded(before=("today", "2026-11-15"))
    assert len(beyond(fields, {"day": "2026-11-30"})) == 1
    assert beyond(fields, {"day": "2026-11-30"}, TODAY, "day") == []
    assert len(beyond(fields, {"day": "2026-11-30"}, TODAY, "other")) == 1
    # Other bounds than today hold all the same.
    assert len(beyond(fields, {"day": "2026-11-01"}, TODAY, "day")) == 1
    later = bounded(after=("today",))
    assert len(beyond(later, {"day": "2026-12-02"}, TODAY, "day")) == 1


@pytest.mark.parametrize(
    ("bound", "zh", "en"),
    [
        ("today", "日期不能早于今天", "The date must not be before today"),
        ("2030-01-02", "日期不能早于 2030-01-02", "The date must not be before 2030-01-02"),
        ("today+P1D", "日期不能早于 2026-12-02", "The date must not be before 2026-12-02"),
        ("other", "日期不能早于“入住日”", "The date must not be before “moving in”"),
        (
            "id",
            "日期不能早于“入住日”中的出生日期",
            "The date must not be before the birth date in “moving in”",
        ),
    ],
)
def test_a_bound_is_said_in_words(bound: str, zh: str, en: str) -> None:
    others = {"other": "2030-01-01", "id": ID}
    form = {"day": "1900-01-01", **others}
    assert beyond(bounded(before=(bound,)), form) == [("day", zh, en)]


def test_a_birth_date_is_said_to_be_one() -> None:
    for format_ in ("cn-id-number", "id-document"):
        fields = {"id": {"format": format_, "x-not-after": ["1985-03-06"]}}
        assert beyond(fields, {"id": ID}) == [
            (
                "id",
                "号码中的出生日期不能晚于 1985-03-06",
                "The birth date in this number must not be after 1985-03-06",
            )
        ]


def test_fields_are_served_as_they_are_on_a_day() -> None:
    fields = bounded(before=("today", "other"), after=("today+P1Y",))
    fields["day"]["examples"] = ["today", "today+P2D", "2020-01-01", 7]
    day = form_rules.resolved_on(fields, TODAY)["day"]
    assert day["examples"] == ["2026-12-01", "2026-12-03", "2020-01-01", 7]
    assert (day["x-not-before"], day["x-not-after"]) == (["2026-12-01", "other"], ["2027-12-01"])
    assert day["x-messages"] == {
        "x-not-before": [
            {"zh-CN": "日期不能早于今天", "en": "The date must not be before today"},
            {"zh-CN": "日期不能早于“入住日”", "en": "The date must not be before “moving in”"},
        ],
        "x-not-after": [
            {"zh-CN": "日期不能晚于 2027-12-01", "en": "The date must not be after 2027-12-01"},
        ],
    }
    # What has neither examples nor bounds is served as it is, and nothing of the form changes.
    assert form_rules.resolved_on(fields, TODAY)["other"] == fields["other"]
    assert fields["day"]["x-not-before"] == ["today", "other"]


@pytest.mark.parametrize(
    ("value", "plain"),
    [("a", True), ("", False), (" ", False), ("a\x07", False), (7, True), (None, True)],
)
def test_a_text_shows_something(value: object, *, plain: bool) -> None:
    assert form_rules.is_plain(value) is plain


def test_violations_count_bounds_after_what_is_wrong_already() -> None:
    fields = bounded(before=("today",))
    fields["day"]["maxLength"] = 4
    found = forms.violations(form_of(fields), {"day": "2020-01-01"}, TODAY)
    assert [one.code for one in found] == ["too_long"]
    found = forms.violations(form_of(bounded(before=("today",))), {"day": "2020-01-01"}, TODAY)
    assert [(one.pointer, one.code) for one in found] == [("/form/day", "out_of_range")]
    assert json.loads(form_of().form)["type"] == "object"
