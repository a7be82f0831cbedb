"""What forms ask beyond JSON Schema: typed values read as meant, and dates that make sense.

`x-not-before` and `x-not-after` of a field list bounds: a date, `today`, `today+P5Y` (years, or
days: `P90D`, as ISO 8601 writes durations), or another field. The date of an identity number is the
birth date in it (GB 11643).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from chalicelib.core.i18n import Text
from chalicelib.core.text import read_code, read_phone, read_text

_READ_AT_MOST: Final = 400
_TODAY: Final = re.compile(r"today(?:\+P([0-9]{1,3})([YD]))?")
_ID_NUMBER: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
_BOUNDS: Final = {
    "x-not-before": ("不能早于{bound}", "must not be before {bound}"),
    "x-not-after": ("不能晚于{bound}", "must not be after {bound}"),
}


def normalized(fields: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form with what was typed as it is meant; what cannot be read stays as it is."""
    return {
        name: _read(value, fields[name]) if isinstance(value, str) and name in fields else value
        for name, value in form.items()
    }


def is_plain(value: object) -> bool:
    """Tell whether a text shows something, and nothing that steers terminals or reading."""
    try:
        return not isinstance(value, str) or bool(read_text(value))
    except ValueError:
        return False


def dates_out_of_bounds(
    fields: Mapping[str, Any], form: Mapping[str, Any], today: date, unchanged: Collection[str] = ()
) -> Iterator[tuple[str, Text]]:
    """Yield each field whose date is beyond one of its bounds, with the words for it.

    What lay ahead when a form was lodged may lie behind by now: fields that were `unchanged` since.
    """
    for name, rules in fields.items():
        when = _date_of(form.get(name))
        if when is None:
            continue
        for keyword in _BOUNDS:
            early = keyword == "x-not-before"
            for bound in rules.get(keyword, ()):
                limit = _bound(bound, form, today)
                passed = early and bound == "today" and name in unchanged
                if limit and not passed and (when < limit if early else when > limit):
                    yield name, _words(keyword, bound, limit, fields, name)


def resolved_on(fields: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Return fields as they are on a day: examples are dates, and bounds dates or other fields.

    `x-messages` has the words for each bound, for who checks a form before it is sent.
    """
    return {name: _on_day(name, fields, today) for name in fields}


def _on_day(name: str, fields: Mapping[str, Any], today: date) -> dict[str, Any]:
    rules = dict(fields[name])
    if "examples" in rules:
        rules["examples"] = [_resolved(example, today) for example in rules["examples"]]
    messages: dict[str, list[dict[str, str]]] = {}
    for keyword in [one for one in _BOUNDS if one in rules]:
        bounds = rules[keyword]
        rules[keyword] = [_resolved(bound, today) for bound in bounds]
        messages[keyword] = []
        for bound in bounds:
            # Of another field its title is said, not what it holds.
            words = _words(keyword, bound, _bound(bound, {}, today) or today, fields, name)
            messages[keyword].append({"zh-CN": words.zh, "en": words.en})
    return {**rules, "x-messages": messages} if messages else rules


def _resolved(said: object, today: date) -> object:
    when = _relative_date(said, today)
    return when.isoformat() if when else said


def _read(value: str, rules: Mapping[str, Any]) -> str:
    if len(value) > _READ_AT_MOST or "oneOf" in rules:
        return value
    if rules.get("format") == "text":
        return read_text(value) if is_plain(value) else value
    plain = " ".join(unicodedata.normalize("NFKC", value).split())
    readings = [plain, plain.upper(), read_code(value)]
    if rules.get("format") == "phone":
        readings = [read_phone(value), plain, plain.replace(" ", "")]
    if "enum" in rules:
        return next((one for one in readings if one in rules["enum"]), value)
    fits = re.compile(rules.get("pattern", ".*$").removesuffix("$") + r"\Z").search
    return next((one for one in (value, *readings) if fits(one)), value)


def _date_of(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    if _ID_NUMBER.fullmatch(value):
        value = f"{value[6:10]}-{value[10:12]}-{value[12:14]}"
    try:
        return date.fromisoformat(f"{value}-01" if _MONTH.fullmatch(value) else value)
    except ValueError:
        return None


def _bound(bound: str, form: Mapping[str, Any], today: date) -> date | None:
    return _relative_date(bound, today) or _date_of(bound) or _date_of(form.get(bound))


def _relative_date(said: object, today: date) -> date | None:
    """Return the date that `today` and what follows it say; None for what says another thing."""
    match = _TODAY.fullmatch(said) if isinstance(said, str) else None
    if match is None:
        return None
    count = int(match[1] or 0)
    if match[2] == "D":
        return today + timedelta(count)
    try:
        return today.replace(year=today.year + count)
    except ValueError:
        # The 29th of February.
        return today.replace(year=today.year + count, day=28)


def _words(keyword: str, bound: str, limit: date, fields: Mapping[str, Any], name: str) -> Text:
    zh, en = _BOUNDS[keyword]
    other = fields.get(bound, {}).get("title")
    if bound == "today":
        said = Text("今天", "today")
    elif isinstance(other, dict):
        of_birth = _is_number(fields[bound])
        said = Text(
            f"“{other['zh-CN']}”{'中的出生日期' if of_birth else ''}",
            f"{'the birth date in ' if of_birth else ''}“{other['en']}”",
        )
    else:
        said = Text(f" {limit}", str(limit))
    subject = Text("日期", "The date")
    if _is_number(fields[name]):
        subject = Text("号码中的出生日期", "The birth date in this number")
    return Text(subject.zh + zh.format(bound=said.zh), f"{subject.en} {en.format(bound=said.en)}")


def _is_number(rules: Mapping[str, Any]) -> bool:
    return rules.get("format") in ("cn-id-number", "id-document")
