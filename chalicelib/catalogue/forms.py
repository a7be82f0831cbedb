"""The forms of services: JSON Schema (2020-12) as data, served in a language and checked against.

In the data every `title` and `description` has a text for each language. A form asks only for what
the office cannot know: name and number come from the verified identity.
"""

import json
import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from chalicelib.catalogue.domain import Service
from chalicelib.core.errors import FieldError
from chalicelib.core.i18n import Lang, Text

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DEEPEST: Final = 6
_LARGEST: Final = 64 * 1024
# Above it a phone cannot tell one number from the next.
_LARGEST_NUMBER: Final = 2**53
_LANGUAGES: Final = frozenset({"zh-CN", "en"})

_WORDS: Final[Mapping[str, Text]] = {
    "required": Text("请填写此项", "This is required"),
    "unknown_field": Text("没有此项", "There is no such field"),
    "not_one_of": Text("请从选项中选择", "Choose one of the options"),
    "wrong_type": Text("填写的类型不对", "This is not the right kind of value"),
    "too_short": Text("内容太短", "This is too short"),
    "too_long": Text("内容太长", "This is too long"),
    "pattern": Text("格式不对,请参照示例", "The format is not right; see the example"),
    "format": Text("日期应为 年-月-日,如 2026-12-01", "Write the date as 2026-12-01"),
    "out_of_range": Text("数值超出范围", "The number is out of range"),
    "repeated": Text("有重复的内容", "Something is given twice"),
    "invalid": Text("填写有误", "This is not right"),
}
# The words of JSON Schema's keywords for the person who fills the form in.
_CODES: Final[Mapping[str, str]] = {
    "type": "wrong_type",
    "oneOf": "not_one_of",
    "enum": "not_one_of",
    "const": "not_one_of",
    "minLength": "too_short",
    "minItems": "too_short",
    "maxLength": "too_long",
    "maxItems": "too_long",
    "pattern": "pattern",
    "format": "format",
    "minimum": "out_of_range",
    "maximum": "out_of_range",
    "multipleOf": "out_of_range",
    "uniqueItems": "repeated",
}


def schema(service: Service, lang: Lang) -> dict[str, Any]:
    """Return a service's form as plain JSON Schema in a language."""
    resolved = _resolved(json.loads(service.form), lang)
    return {"$schema": DIALECT, **resolved}


def check(service: Service, form: Mapping[str, Any]) -> list[FieldError]:
    """Return everything that is missing or wrong in a form, each with a pointer `/form/…`.

    Whatever comes in, an answer comes out: values that no form could ask for are told first.
    """
    strange = _strange(form)
    if strange:
        return [_error(("form", *strange[0]), strange[1])]
    found: dict[tuple[str, str], FieldError] = {}
    for error in _validator(service.form).iter_errors(form):
        for path, code in _told(error):
            found.setdefault((_pointer(path), code), _error(path, code))
    return [found[key] for key in sorted(found)]


def _told(error: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    path = ("form", *error.absolute_path)
    given, asked = error.instance, error.validator_value
    match error.validator:
        case "required":
            yield from (((*path, name), "required") for name in asked if name not in given)
        case "dependentRequired":
            needed = {n for name, names in asked.items() if name in given for n in names}
            yield from (((*path, name), "required") for name in needed if name not in given)
        case "additionalProperties":
            known = error.schema.get("properties", {})
            yield from (((*path, name), "unknown_field") for name in given if name not in known)
        case keyword:
            yield path, _CODES.get(keyword, "invalid")


def _strange(
    value: Any, path: tuple[str | int, ...] = ()
) -> tuple[tuple[str | int, ...], str] | None:
    """Return where a value is that cannot be kept: too deep, too large, no number, no text."""
    if len(path) > _DEEPEST:
        return path[:_DEEPEST], "invalid"
    code = _strange_alone(value)
    if code:
        return path, code
    inner: Any = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, list):
        inner = enumerate(value)
    for name, one in inner:
        found = _strange(one, (*path, name)) if _is_text(str(name)) else (path, "unknown_field")
        if found:
            return found
    large = not path and len(json.dumps(value, ensure_ascii=False).encode()) > _LARGEST
    return (path, "too_long") if large else None


def _strange_alone(value: Any) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return "out_of_range"
    if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
        return "out_of_range"
    return "invalid" if isinstance(value, str) and not _is_text(value) else None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=128)
def _validator(form: str) -> Any:
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415 - cold start.

    checker = FormatChecker(formats=("date",))
    return Draft202012Validator(_resolved(json.loads(form), "en"), format_checker=checker)


def _resolved(value: Any, lang: Lang) -> Any:
    if isinstance(value, dict):
        if value.keys() == _LANGUAGES:
            return value[lang]
        return {name: _resolved(one, lang) for name, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, lang) for one in value]
    return value


def _error(path: tuple[str | int, ...], code: str) -> FieldError:
    return FieldError(_pointer(path), code, _WORDS[code])


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
