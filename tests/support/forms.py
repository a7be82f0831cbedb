"""Forms for tests: filled in from a schema's own examples, or at random."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from chalicelib.catalogue.domain.form_rules import is_plain
from chalicelib.core.text import read_text

_FORMS: Final = Path(__file__).parents[2] / "chalicelib" / "catalogue" / "data" / "forms"
SERVICE_IDS: Final = sorted(path.stem for path in _FORMS.glob("*.json"))
# Well formed by GB 11643 and by GB 32100.
ID_NUMBERS: Final = ("11010519491231002X", "330203198503070012")
_LINE: Final = r"^[^\u0000-\u001f\u007f]*[^\u0000-\u0020\u007f][^\u0000-\u001f\u007f]*$"
_NUMERIC: Final = ("type", "const", "minimum", "maximum")
_KNOWN: Final = {
    "cn-id-number": ID_NUMBERS,
    "uscc": ("91110000600037341L", "91330106673959654P"),
}


def example(schema: Mapping[str, Any], *, whole: bool = False) -> dict[str, Any]:
    """Fill in the first example of each required field, or of every one."""
    fields = schema["properties"]
    return {name: fields[name]["examples"][0] for name in (fields if whole else schema["required"])}


def strategy(schema: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return forms that a schema allows, with all its conditions met."""
    made = {name: _values(json.dumps(field)) for name, field in schema["properties"].items()}
    required = {name: made[name] for name in schema["required"]}
    optional = {name: one for name, one in made.items() if name not in required}
    drawn = st.fixed_dictionaries(required, optional=optional)
    return drawn.map(lambda form: _completed(schema, form))


@cache
def _values(text: str) -> st.SearchStrategy[Any]:
    """Return values of a field, given as its text: to make such a strategy takes long."""
    field = json.loads(text)
    if "x-not-before" in field:
        return st.sampled_from(field["examples"])
    known = _KNOWN.get(field.get("format", ""), [one["const"] for one in field.get("oneOf", ())])
    if known:
        return st.sampled_from(known)
    if field.get("pattern") == _LINE:
        letters = st.characters(exclude_categories=("C", "M", "Z")) | st.just(" ")
        drawn = st.text(letters, min_size=field["minLength"], max_size=field["maxLength"])
        # As it is read: composed, and without blanks around it.
        return drawn.filter(is_plain).map(read_text)
    if field.get("pattern", "").endswith("*$"):
        # Only its maxLength bounds it.
        return st.sampled_from(field["examples"])
    if "pattern" in field:
        # Python's `$` also stands before a last line break; that of a schema does not.
        return st.from_regex(field["pattern"].removesuffix("$") + r"\Z")
    return from_schema({key: value for key, value in field.items() if key in _NUMERIC})


def _completed(schema: Mapping[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """Add what the conditions want, from the examples, until all are met."""
    before: dict[str, Any] = {}
    while before != form:
        before = dict(form)
        for rule in schema.get("allOf", []):
            if _meets(rule["if"]["properties"], form):
                _add(schema, form, rule["then"]["required"])
    return form


def _meets(conditions: Mapping[str, Any], form: Mapping[str, Any]) -> bool:
    return all(
        name in form and form[name] in wanted.get("enum", [wanted.get("const")])
        for name, wanted in conditions.items()
    )


def _add(schema: Mapping[str, Any], form: dict[str, Any], names: list[str]) -> None:
    for name in names:
        form.setdefault(name, schema["properties"][name]["examples"][0])
