"""Whether a form keeps the rules of docs/catalogue.md: all that is wrong at once, at its place.

What a form may say is less than JSON Schema: other keywords are refused, so that nothing is written
that no page would show. Its own examples must fill it in.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from chalicelib.catalogue.domain import field_checks, form_rules, forms
from chalicelib.catalogue.domain.field_checks import are_texts, form_error, words_faults
from chalicelib.catalogue.domain.sections import Data
from chalicelib.catalogue.domain.services import Service, parse_service
from chalicelib.core.errors import FieldError
from chalicelib.core.i18n import Text

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TOP: Final = frozenset(
    {"$schema", "title", "type", "properties", "required", "additionalProperties", "allOf"}
)
_MOST_FIELDS: Final = 60

_KEYWORD: Final = Text("表单不用这个关键字", "Forms have no such keyword")
_REQUIRED: Final = Text("此项必填", "This is required")
_TYPE: Final = Text("类型不正确", "This has not the right type")
_DIALECT_WORDS: Final = Text("须为 JSON Schema 2020-12", "This must be JSON Schema 2020-12")
_CLOSED: Final = Text("须为 false", "This must be false")
_TOO_MANY: Final = Text("最多 60 个字段", "At most 60 fields")
_UNKNOWN: Final = Text("没有这个字段", "There is no such field")
_CONDITION: Final = Text(
    "条件须为：if 一个字段等于某值，then 必填若干字段",
    "A condition is: if one field has a value, then fields are required",
)
_WHOLE: Final = Text("全部示例合在一起填不对：{why}", "All examples together are not right: {why}")
_EXAMPLE: Final = Text("这个示例不对：{why}", "This example is not right: {why}")
_PARTS: Final = Text(
    "多部门联办：每个字段须由某个部门查看，增减字段须先调整部门分工：{some}",
    "Each field must be seen by a department: change what the departments see first: {some}",
)
_KEYS: Final = Text(
    "部门核验要用到含义为 {some} 的字段", "A register is asked by the fields {some}"
)


def check(service: Data, form: Data, today: date) -> list[FieldError]:
    """Return all that is wrong in a form of a service, on a day; pointers begin with /form."""
    fields = form.get("properties")
    found = list(_top(form))
    if isinstance(fields, Mapping):
        found += field_checks.check(fields)
    if not found:
        found += _conditions(form)
    if not found:
        found += _examples(form, _service(service, form), today)
        found += _used(service, form["properties"])
    return found


def _top(form: Data) -> Iterator[FieldError]:
    yield from (form_error("unknown_keyword", _KEYWORD, name) for name in form if name not in _TOP)
    if form.get("$schema") != _DIALECT:
        yield form_error("not_one_of", _DIALECT_WORDS, "$schema")
    if form.get("type") != "object":
        yield form_error("type", _TYPE, "type")
    if form.get("additionalProperties") is not False:
        yield form_error("not_one_of", _CLOSED, "additionalProperties")
    yield from words_faults(form.get("title"), "title")
    fields, required = form.get("properties"), form.get("required")
    if not isinstance(fields, Mapping):
        yield form_error("type", _TYPE, "properties")
    elif len(fields) > _MOST_FIELDS:
        yield form_error("too_many", _TOO_MANY, "properties")
    if not are_texts(required):
        yield form_error("type", _TYPE, "required")
        return
    for place, name in enumerate(required or ()):
        if name not in (fields or ()):
            yield form_error("unknown_field", _UNKNOWN, "required", place)


def _conditions(form: Data) -> Iterator[FieldError]:
    rules, fields = form.get("allOf", []), form["properties"]
    if not isinstance(rules, list):
        yield form_error("type", _TYPE, "allOf")
        return
    for place, rule in enumerate(rules):
        if not _is_condition(rule):
            yield form_error("not_one_of", _CONDITION, "allOf", place)
            continue
        wanted = [*rule["if"]["properties"], *rule["then"]["required"]]
        if not all(name in fields for name in wanted):
            yield form_error("unknown_field", _UNKNOWN, "allOf", place)


def _is_condition(rule: Any) -> bool:
    match rule:
        case {
            "if": {"properties": Mapping() as asked, "required": [str() as name]},
            "then": {"required": [*wanted]},
        } if list(asked) == [name] and wanted and are_texts(wanted):
            match asked[name]:
                case {"const": str() | bool()} | {"enum": [_, *_]}:
                    return len(rule) == len(rule["if"]) == 2 and len(asked[name]) == 1  # noqa: PLR2004
    return False


def _examples(form: Data, service: Service, today: date) -> Iterator[FieldError]:
    """Yield which examples are wrong: the first ones together, and each of them among these."""
    fields = form_rules.resolved_on(form["properties"], today)
    first = {name: field["examples"][0] for name, field in fields.items()}
    short = {name: first[name] for name in form["required"]}
    told = set()
    for filled in (short, first):
        for wrong in forms.violations(service, filled, today):
            if wrong.pointer not in told:
                told.add(wrong.pointer)
                name = wrong.pointer.split("/")[-1]
                yield _wrong(_WHOLE, wrong, "properties", name, "examples", 0)
    for name, field in fields.items() if not told else ():
        for place, example in enumerate(field["examples"][1:], 1):
            wrongs = forms.violations(service, {**first, name: example}, today)
            own = [one for one in wrongs if one.code != "required" or one.pointer.endswith(name)]
            if own:
                yield _wrong(_EXAMPLE, own[0], "properties", name, "examples", place)


def _used(service: Data, fields: Data) -> Iterator[FieldError]:
    """Yield what departments or registers would miss."""
    parts = service.get("parts", ())
    seen = {name for part in parts for name in part["fields"]}
    differ = sorted(seen ^ set(fields)) if parts else []
    if differ:
        yield form_error("not_in_parts", _filled(_PARTS, some=", ".join(differ)), "properties")
    keys = {field["x-key"] for field in fields.values() if "x-key" in field}
    needed = {key for one in service.get("registers", ()) for key in one.get("fields", ())}
    if needed - keys:
        words = _filled(_KEYS, some=", ".join(sorted(needed - keys)))
        yield form_error("required", words, "properties")


def _service(service: Data, form: Data) -> Service:
    """Return a service as far as its form goes."""
    alone = {"parts": (), "rules": (), "registers": (), "materials": (), "guide": None, "fee": None}
    return parse_service({**service, **alone, "form": form})


def _wrong(words: Text, why: FieldError, *at: str | int) -> FieldError:
    filled = Text(words.zh.format(why=why.detail.zh), words.en.format(why=why.detail.en))
    return form_error("example", filled, *at)


def _filled(words: Text, some: str) -> Text:
    return Text(words.zh.format(some=some), words.en.format(some=some))
