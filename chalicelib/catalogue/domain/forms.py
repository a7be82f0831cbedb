"""Forms as data: what each service asks, and whether what was filled in answers it.

A form is a JSON Schema (2020-12) whose words are maps of languages; docs/catalogue.md says which
part of JSON Schema forms use. Everything that is wrong is said at once, in plain words.
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from chalicelib.catalogue.domain import Service, form_rules, options
from chalicelib.core.errors import FieldError, pointer
from chalicelib.core.i18n import Lang, Text

_ERRORS_SHOWN: Final = 100
_LARGEST: Final = 2**53
_NAME_SHOWN: Final = 64
_FORMS_CACHED: Final = 256
_LANGS: Final = {"zh-CN", "en"}
_TYPES: Final = {
    "string": Text("请填写文字", "Give this as text"),
    "integer": Text("请填写整数", "Give a whole number"),
    "number": Text("请填写数字", "Give a number"),
    "boolean": Text("请选择是或否", "Say yes or no"),
}
_WRONG_KIND: Final = Text("内容不正确", "This is not a valid value")
_REQUIRED: Final = Text("此项必填", "This field is required")
_UNKNOWN: Final = Text("表单中没有这一项", "The form has no such field")
_NOT_ONE_OF: Final = Text("请从选项中选择", "Choose one of the possible values")
_CONFIRM: Final = Text("请确认此项", "Confirm this")
_PATTERN: Final = Text("格式不正确", "This does not have the right form")
_FORMATS: Final = {
    "date": Text("请填写日期，如 2026-12-01", "Give a date, as 2026-12-01"),
    "cn-id-number": Text("身份证号有误，请核对", "This identity number is not right"),
    "id-document": Text("证件号码有误，请核对", "This document number is not right"),
    "phone": Text(
        "电话号码有误；境外号码请加国际区号，如 +852",
        "This is not a phone number; from outside the mainland give its country, as +852",
    ),
    "text": Text(
        "请填写可见的文字，不能有控制字符",
        "Give text that can be seen, without control characters",
    ),
    "uscc": Text("统一社会信用代码有误，请核对", "This credit code is not right"),
}
_LIMITS: Final = {
    "minLength": ("too_short", "至少填写 {n} 个字", "At least {n} characters"),
    "maxLength": ("too_long", "最多填写 {n} 个字", "At most {n} characters"),
    "minimum": ("out_of_range", "不能小于 {n}", "Not below {n}"),
    "maximum": ("out_of_range", "不能大于 {n}", "Not above {n}"),
}
# What is wrong first is said first, and only that: a text that is too long is not matched as well.
_ORDER: Final = ("type", "maxLength", "minLength", "pattern", "format")


@dataclass(frozen=True, slots=True)
class _CompiledForm:
    """A compiled form: the rules of each field, which must be filled in, and what checks all."""

    fields: Mapping[str, Any]
    required: frozenset[str]
    validator: Any


def localized_schema(service: Service, lang: Lang, today: date) -> dict[str, Any]:
    """Return a service's form as a plain JSON Schema in a language, as it is on a day."""
    form = json.loads(service.form)
    form["properties"] = form_rules.resolved_on(form.get("properties", {}), today)
    plain = dict(_in_language(form, lang))
    fields = plain["properties"].items()
    return {**plain, "properties": {name: _listed(rules, lang) for name, rules in fields}}


def fields_of(service: Service) -> Mapping[str, Any]:
    """Return the rules of a form's fields by their names; `x-key` says what a field means."""
    fields: Mapping[str, Any] = _compiled(service.form).fields
    return fields


def required_of(service: Service) -> frozenset[str]:
    """Return the names of the fields that every application fills in."""
    return _compiled(service.form).required


def normalized(service: Service, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form with what people typed as they mean it: numbers in groups, small letters."""
    return form_rules.normalized(_compiled(service.form).fields, form)


def violations(
    service: Service, form: Mapping[str, Any], today: date, unchanged: Collection[str] = ()
) -> list[FieldError]:
    """Return everything that is wrong in a form on a day; the pointers begin with /form.

    Days of fields that were `unchanged` since the form was lodged may have passed.
    Codes: required, type, pattern, format, too_short, too_long, out_of_range, not_one_of,
    unknown_field. Whatever the form holds, nothing is raised.
    """
    compiled = _compiled(service.form)
    fields = compiled.fields
    errors = [_error(name, "unknown_field", _UNKNOWN) for name in form if name not in fields]
    unreadable = {
        name: wrong
        for name in fields
        if name in form and (wrong := _unreadable_because(form[name], fields[name])) is not None
    }
    errors += [_error(name, *wrong) for name, wrong in unreadable.items()]
    readable = {name: form[name] for name in fields if name in form and name not in unreadable}
    pointers = {error.pointer for error in errors}
    for error in _schema_errors(compiled, readable):
        if error.pointer not in pointers and len(errors) < _ERRORS_SHOWN:
            pointers.add(error.pointer)
            errors.append(error)
    for name, words in form_rules.dates_out_of_bounds(fields, readable, today, unchanged):
        error = _error(name, "out_of_range", words)
        if error.pointer not in pointers:
            pointers.add(error.pointer)
            errors.append(error)
    return errors[:_ERRORS_SHOWN]


def _unreadable_because(value: object, rules: Mapping[str, Any]) -> tuple[str, Text] | None:
    """Say why a value cannot be what any form asks: validators and JSON itself choke on it."""
    if isinstance(value, str):
        is_text = not any("\ud800" <= letter <= "\udfff" for letter in value)
        return None if is_text else ("format", _PATTERN)
    if isinstance(value, float) and not math.isfinite(value):
        return "type", _TYPES["number"]
    if isinstance(value, (int, float)) and abs(value) > _LARGEST:
        if "maximum" in rules:
            return _limit("maximum", rules["maximum"])
        return "type", _TYPES.get(str(rules.get("type")), _WRONG_KIND)
    if isinstance(value, (dict, list)):
        # Forms are flat: a person fills fields, not trees.
        return "type", _TYPES.get(str(rules.get("type")), _WRONG_KIND)
    return None


def _schema_errors(form: _CompiledForm, readable: Mapping[str, Any]) -> Iterator[FieldError]:
    errors = sorted(form.validator.iter_errors(readable), key=_place)
    for error in errors:
        name = str(error.path[0]) if error.path else ""
        rules = form.fields.get(name, {})
        match error.validator:
            case "required" | "dependentRequired":
                missing = _missing(error, readable)
                yield from (_error(one, "required", _REQUIRED) for one in missing)
            case "type":
                yield _error(name, "type", _TYPES.get(str(rules.get("type")), _WRONG_KIND))
            case "oneOf" | "enum":
                yield _error(name, "not_one_of", _NOT_ONE_OF)
            case "const":
                yield _error(name, "not_one_of", _CONFIRM)
            case "pattern":
                yield _error(name, "pattern", _FORMATS.get(str(rules.get("format")), _PATTERN))
            case "format":
                yield _error(name, "format", _FORMATS.get(error.validator_value, _PATTERN))
            case "minLength" | "maxLength" | "minimum" | "maximum":
                yield _error(name, *_limit(error.validator, error.validator_value))
            case _:
                yield _error(name, "type", _WRONG_KIND)


def _place(error: Any) -> tuple[int, str]:
    kind = str(error.validator)
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), str(list(error.path)))


def _missing(error: Any, readable: Mapping[str, Any]) -> Iterable[str]:
    required = error.validator_value
    if error.validator == "required":
        return [name for name in required if name not in readable]
    return [
        name
        for present, needed in required.items()
        if present in readable
        for name in needed
        if name not in readable
    ]


def _limit(keyword: str, n: object) -> tuple[str, Text]:
    code, zh, en = _LIMITS[keyword]
    return code, Text(zh.format(n=n), en.format(n=n))


def _error(name: str, code: str, detail: Text) -> FieldError:
    clean = name[:_NAME_SHOWN].encode("utf-8", "replace").decode()
    return FieldError(pointer("form", clean), code, detail)


def _listed(rules: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """Return the rules of a field with the choices of the list that it names."""
    plain = {key: value for key, value in rules.items() if key != "x-options"}
    if "x-options" not in rules:
        return plain
    chosen_from = options.options(rules["x-options"], lang)
    choices = [{"const": one.value, "title": one.name.in_language(lang)} for one in chosen_from]
    return {**plain, "oneOf": choices}


def _in_language(part: Any, lang: Lang) -> Any:
    if isinstance(part, dict):
        if part.keys() == _LANGS:
            return part[lang]
        return {name: _in_language(inner, lang) for name, inner in part.items()}
    if isinstance(part, list):
        return [_in_language(inner, lang) for inner in part]
    return part


@lru_cache(maxsize=_FORMS_CACHED)
def _compiled(text: str) -> _CompiledForm:
    """Compile a form, once; jsonschema is imported when a form is checked."""
    import jsonschema  # noqa: PLC0415 - cold start.

    formats = jsonschema.FormatChecker(formats=())
    formats.checks("date")(_is_date)
    formats.checks("cn-id-number")(_is_id_number)
    formats.checks("id-document")(_is_id_number)
    formats.checks("text")(form_rules.is_plain)
    formats.checks("uscc")(_is_credit_code)
    extend: Any = jsonschema.validators.extend
    kind = extend(jsonschema.Draft202012Validator, {"pattern": _check_pattern})
    form = json.loads(text)
    for rules in form.get("properties", {}).values():
        if "x-options" in rules:
            rules["enum"] = options.values(rules["x-options"])
    required = frozenset(form.get("required", ()))
    return _CompiledForm(form.get("properties", {}), required, kind(form, format_checker=formats))


def _check_pattern(_: Any, pattern: str, value: Any, rules: Mapping[str, Any]) -> Iterator[Any]:
    """Match as ECMA-262 does: `$` is the very end. What is too long is refused unmatched."""
    import jsonschema  # noqa: PLC0415 - cold start.

    if not isinstance(value, str) or len(value) > rules.get("maxLength", len(value)):
        return
    strict = rf"{pattern[:-1]}\Z" if pattern.endswith("$") else pattern
    if not re.search(strict, value):
        yield jsonschema.ValidationError("does not match")


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_id_number(value: object) -> bool:
    from stdnum.cn import ric  # noqa: PLC0415 - cold start.

    # Where a form asks for a number, its pattern has said what is not one.
    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", value):
        return True
    try:
        return bool(ric.get_birth_date(value)) and ric.calc_check_digit(value) == value[-1]
    except ValueError:
        return False


def _is_credit_code(value: object) -> bool:
    from stdnum.cn import uscc  # noqa: PLC0415 - cold start.

    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", value):
        return True
    return bool(uscc.is_valid(value))
