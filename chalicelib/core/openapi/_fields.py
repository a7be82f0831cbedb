"""What fields mean and what stands in them: words and examples for the document's schemas.

A model's own words and examples come first. What they leave out is taken from `fields.json`, which
holds a description and mostly an example for `Model.field`, or for `field` in any model.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).with_name("fields.json")
_PREFIX: Final = "#/components/schemas/"
_BY_FORMAT: Final = {"date": "2026-03-02", "date-time": "2026-03-02T09:30:00+08:00"}

Schema = Mapping[str, Any]


def described(model: str, schema: Schema) -> dict[str, Any]:
    """Return a model's schema under its name, with a description for every field that has none."""
    # Makers of clients name their types by the title, and two of one name lose both.
    titled = {**schema, "title": model}
    if "properties" not in schema:
        return titled
    fields = {name: described_field(model, name, one) for name, one in schema["properties"].items()}
    return {**titled, "properties": fields}


def described_field(model: str, name: str, schema: Schema) -> dict[str, Any]:
    """Return a field's schema with a description, its own or the table's."""
    known = [] if "description" in schema else _known(model, name)
    return {**schema, "description": known[0]} if known else dict(schema)


class Examples:
    """Makes examples that follow the schemas of a document."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        """`definitions` are the schemas that references name."""
        self._definitions = definitions

    def of(self, schema: Schema, *, whole: bool) -> Any:
        """Return a value of a schema: `whole` with all its fields, or with those that are asked."""
        return self._value("", "", schema, whole)

    def field(self, model: str, name: str, schema: Schema) -> Any:
        """Return a value of one field."""
        return self._field(model, name, schema, whole=True)

    def _field(self, model: str, name: str, schema: Schema, *, whole: bool) -> Any:
        if schema.keys() & {"examples", "const", "enum"}:
            return self._value(model, name, schema, whole)
        known = _known(model, name)
        return known[1] if len(known) > 1 else self._value(model, name, schema, whole)

    def _value(self, model: str, name: str, schema: Schema, whole: bool) -> Any:
        if "examples" in schema:
            return schema["examples"][0]
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        if "$ref" in schema:
            referred = schema["$ref"].removeprefix(_PREFIX)
            return self._value(referred, name, self._definitions[referred], whole)
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return self._value(model, name, choices[0], whole)
        return self._of_type(model, name, schema, whole)

    def _of_type(self, model: str, name: str, schema: Schema, whole: bool) -> Any:
        kind = schema.get("type")
        if kind == "object":
            return self._object(model, schema, whole)
        if kind == "array":
            return [self._value(model, name, one, whole) for one in _entries(schema)]
        if kind == "string":
            return _BY_FORMAT.get(schema.get("format", ""), "text")
        plain = {"boolean": False, "integer": 1, "number": 1}
        return schema.get("default", plain.get(kind or ""))

    def _object(self, model: str, schema: Schema, whole: bool) -> dict[str, Any]:
        fields = schema.get("properties", {})
        wanted: Iterable[str] = fields if whole else schema.get("required", ())
        return {name: self._field(model, name, fields[name], whole=whole) for name in wanted}


def _entries(schema: Schema) -> list[Schema]:
    return list(schema.get("prefixItems") or [schema["items"]])


def _known(model: str, name: str) -> list[Any]:
    fields = _table()
    return fields.get(f"{model}.{name}") or fields.get(name, [])


@cache
def _table() -> dict[str, list[Any]]:
    table: dict[str, list[Any]] = json.loads(_FILE.read_text())
    return table
