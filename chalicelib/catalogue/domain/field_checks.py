"""Whether the fields of a form keep the rules of docs/catalogue.md, each at its place."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from chalicelib.catalogue.domain.check_words import At
from chalicelib.catalogue.domain.options import LISTS
from chalicelib.catalogue.domain.sections import Data
from chalicelib.core.errors import FieldError, pointer
from chalicelib.core.i18n import Text
from chalicelib.core.text import NotPlainError, read_text

_OF_ALL: Final = frozenset({"title", "type", "examples", "description", "x-key", "x-occasion"})
_OF_TYPE: Final = {
    "string": frozenset(
        {
            *("minLength", "maxLength", "pattern", "format", "oneOf", "x-options"),
            *("x-not-before", "x-not-after"),
        }
    ),
    "integer": frozenset({"minimum", "maximum"}),
    "number": frozenset({"minimum", "maximum"}),
    "boolean": frozenset({"const"}),
}
_FORMATS: Final = ("date", "cn-id-number", "id-document", "uscc", "phone", "text")
_DATED: Final = ("date", "cn-id-number", "id-document")
_NAME: Final = re.compile("[a-z][a-z0-9_]{0,39}")
_BOUND: Final = re.compile(
    r"today(\+P[0-9]{1,3}[YD])?|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{2}"
)
_LONGEST: Final = 300
_LARGEST: Final = 2**53
_LANGS: Final = frozenset({"zh-CN", "en"})
_LONGEST_WORDS: Final = 500
_FIELD_NAME: Final = Text(
    "字段名只能用小写字母、数字和下划线", "A field's name has small letters, digits and underscores"
)
_WORDS: Final = Text("须有中文和英文", "This needs words in Chinese and in English")
_LENGTH: Final = Text("须有 1 到 300 的 maxLength", "A maxLength from 1 to 300 is needed")
_SHORTEST: Final = Text("minLength 不能大于 maxLength", "minLength is not above maxLength")
_OPEN: Final = Text(
    "文字须有选项（oneOf 或 x-options）、pattern 或 format",
    "Text needs choices (oneOf or x-options), a pattern or a format",
)
_LIST: Final = Text("没有这个选项表", "There is no such list of choices")
_FORMAT: Final = Text("没有这种 format", "There is no such format")
_PATTERN: Final = Text(
    "pattern 无法使用：须是正则表达式，且不能有嵌套的重复",
    "This pattern cannot be used: it is no expression, or repeats what repeats",
)
_CHOICES: Final = Text(
    "选项须有不同的 const 和双语 title",
    "Choices have different consts, and titles in both languages",
)
_NUMBERS: Final = Text(
    "须有 minimum 和 maximum，且前者较小", "A minimum and a larger maximum are needed"
)
_CONST: Final = Text("const 只能为 true", "A const is true")
_EXAMPLES: Final = Text("须有示例", "Examples are needed")
_BOUNDS: Final = Text(
    "日期须有 x-not-before 和 x-not-after：日期、today、today+P5Y 或其他字段",
    "A date needs x-not-before and x-not-after: dates, today, today+P5Y or other fields",
)
# A repeated group of nothing but repeats, as (a+)+: it would take for ever to tell what is none.
_REPEATS_TWICE: Final = re.compile(r"\((\?:)?((\[[^]]*\]|\\?[^()])([+*?]|\{[0-9,]+\}))+\)[+*{]")
_KEYWORD: Final = Text("表单不用这个关键字", "Forms have no such keyword")
_TYPE: Final = Text("类型不正确", "This has not the right type")


def check(fields: Data) -> Iterator[FieldError]:
    """Yield all that is wrong in the fields of a form, each by itself."""
    for name, field in fields.items():
        at: At = ("properties", name)
        if not _NAME.fullmatch(name):
            yield form_error("pattern", _FIELD_NAME, *at)
        if not isinstance(field, Mapping):
            yield form_error("type", _TYPE, *at)
            continue
        kind = field.get("type")
        if not isinstance(kind, str) or kind not in _OF_TYPE:
            yield form_error("type", _TYPE, *at, "type")
            continue
        yield from _said_of_every(field, kind, at)
        match kind:
            case "string":
                yield from _string(field, fields, at)
            case "boolean":
                if field.get("const", True) is not True:
                    yield form_error("not_one_of", _CONST, *at, "const")
            case _:
                yield from _number(field, at)


def _said_of_every(field: Data, kind: str, at: At) -> Iterator[FieldError]:
    known = _OF_ALL | _OF_TYPE[kind]
    yield from (
        form_error("unknown_keyword", _KEYWORD, *at, one) for one in field if one not in known
    )
    yield from words_faults(field.get("title"), *at, "title")
    if "description" in field:
        yield from words_faults(field["description"], *at, "description")
    if not isinstance(field.get("x-key", ""), str):
        yield form_error("type", _TYPE, *at, "x-key")
    if field.get("x-occasion", True) is not True:
        yield form_error("type", _TYPE, *at, "x-occasion")
    if not isinstance(field.get("examples"), list) or not field["examples"]:
        yield form_error("required", _EXAMPLES, *at, "examples")


def _string(field: Data, fields: Data, at: At) -> Iterator[FieldError]:
    longest: Any = field.get("maxLength")
    shortest: Any = field.get("minLength", 0)
    if not _is_whole(longest) or not 1 <= longest <= _LONGEST:
        yield form_error("out_of_range", _LENGTH, *at, "maxLength")
    elif not _is_whole(shortest) or not 0 <= shortest <= longest:
        yield form_error("out_of_range", _SHORTEST, *at, "minLength")
    if not {"oneOf", "x-options", "pattern", "format"} & field.keys():
        yield form_error("required", _OPEN, *at)
    if field.get("format", "text") not in _FORMATS:
        yield form_error("not_one_of", _FORMAT, *at, "format")
    if "pattern" in field and not _is_pattern(field["pattern"]):
        yield form_error("pattern", _PATTERN, *at, "pattern")
    if "oneOf" in field and not _are_choices(field["oneOf"]):
        yield form_error("not_one_of", _CHOICES, *at, "oneOf")
    if field.get("x-options", LISTS[0]) not in LISTS:
        yield form_error("not_one_of", _LIST, *at, "x-options")
    for keyword in ("x-not-before", "x-not-after"):
        bounds = field.get(keyword, [] if field.get("format") in _DATED else ["today"])
        right = are_texts(bounds) and bool(bounds)
        if not right or not all(one in fields or _is_bound(one) for one in bounds):
            yield form_error("required", _BOUNDS, *at, keyword)


def _number(field: Data, at: At) -> Iterator[FieldError]:
    least, most = field.get("minimum"), field.get("maximum")
    for one in (least, most):
        if isinstance(one, bool) or not isinstance(one, int | float) or abs(one) > _LARGEST:
            yield form_error("required", _NUMBERS, *at)
            return
    if not least < most:  # type: ignore[operator] # both were seen to be numbers
        yield form_error("out_of_range", _NUMBERS, *at, "maximum")


def _is_pattern(pattern: Any) -> bool:
    if not isinstance(pattern, str):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return _REPEATS_TWICE.search(pattern) is None


def _are_choices(choices: Any) -> bool:
    if not isinstance(choices, list) or not choices:
        return False
    values = [one.get("const") for one in choices if isinstance(one, Mapping)]
    texts = [value for value in values if isinstance(value, str)]
    return len(set(texts)) == len(choices) and all(
        one.keys() == {"const", "title"} and not list(words_faults(one["title"])) for one in choices
    )


def _is_bound(said: str) -> bool:
    if not _BOUND.fullmatch(said):
        return False
    try:
        return said.startswith("today") or bool(date.fromisoformat(f"{said}-01"[:10]))
    except ValueError:
        return False


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def are_texts(value: Any) -> bool:
    """Tell whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def words_faults(words: Any, *at: str | int) -> Iterator[FieldError]:
    """Yield the fault of words that are not in both languages."""
    right = isinstance(words, Mapping) and words.keys() == _LANGS
    for said in words.values() if right else ():
        try:
            right &= isinstance(said, str) and 0 < len(read_text(said)) <= _LONGEST_WORDS
        except NotPlainError:
            right = False
    if not right:
        yield form_error("required", _WORDS, *at)


def form_error(code: str, words: Text, *at: str | int) -> FieldError:
    """Return what is wrong at a place in a form."""
    return FieldError(pointer("form", *at), code, words)
