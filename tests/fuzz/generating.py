"""Values that follow the document's schemas, and values that nobody expects.

`hypothesis-jsonschema` draws from schemas as well, and slower than the product answers: a hundred
schemas of which every other has references take minutes before the first call.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any, Final

Json = dict[str, Any]
_PREFIX: Final = "#/components/schemas/"
_WORDS: Final = [
    "林晓", "a", "A-1", "passport", "é", "\U0001f469\u200d\U0001f467", "' OR 1=1 --", "{0}", "%s",
]  # fmt: skip
_ODD: Final[list[Any]] = [
    None, True, 0, -1, 1, 2**31, 2**63, 10**40, -1.5e300, 0.1, "", " ", "0", "null", "\x00", "\n",
    "长" * 5000, "\u202eabc", "a\u0301", "\ufeff", "9999-12-31", "0001-01-01T00:00:00Z",
    "2026-02-30", "2026-12-31T23:59:60Z", [], {}, [[[[[[[[]]]]]]]], {"a": {"b": None}}, [None],
    {"": ""}, {"__proto__": 1}, ["x"] * 300, float("inf"), float("nan"), "\ud800", "١٢٣", "𝟣𝟤",
]  # fmt: skip
_BODIES: Final = [
    b"", b"null", b"[]", b"0", b'"x"', b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"a":1,"a":2}',
    b"[" * 5000, b'{"a":1e999}', b'{"a":NaN}', b"{}" + b" " * 300_000, b'{"\\ud800":1}', b"a=b&c=d",
]  # fmt: skip


class Values:
    """Draws values; what is named as one of the `known` things is mostly one of them."""

    def __init__(
        self, random: Random, schemas: Mapping[str, Json], known: Mapping[str, Any]
    ) -> None:
        self._random = random
        self._schemas = schemas
        self._known = known

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def odd(self) -> Any:
        return self._random.choice(_ODD)

    def body(self, content: Json) -> bytes:
        """Return a body by the schema, by the example, with something wrong, or no such thing."""
        if self.chance(0.05):
            return self._random.choice(_BODIES)
        like = content["example"] if self.chance(0.3) else self.value("", content["schema"])
        given = self._with_known(like)
        if self.chance(0.3):
            given = self._spoilt(given)
        return json.dumps(given, ensure_ascii=self.chance(0.5)).encode(errors="surrogatepass")

    def text(self, name: str, schema: Json) -> str:
        """Return the value of a parameter."""
        if self.chance(0.2):
            return _written(self.odd())
        if name in self._known and self.chance(0.8):
            return _written(self._known[name])
        return _written(self.value(name, schema))

    def value(self, name: str, schema: Json) -> Any:
        """Return a value that mostly follows a schema."""
        if "$ref" in schema:
            return self.value(name, self._schemas[schema["$ref"].removeprefix(_PREFIX)])
        if "const" in schema or "enum" in schema:
            return self._random.choice(schema.get("enum") or [schema.get("const")])
        if choices := schema.get("anyOf") or schema.get("oneOf"):
            return self.value(name, self._random.choice(choices))
        make = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._integer,
            "boolean": lambda *_: self.chance(0.5),
            "null": lambda *_: None,
        }
        kind = schema.get("type")
        return make[kind](name, schema) if kind else self.odd()

    def _object(self, _: str, schema: Json) -> Json:
        fields, required = schema.get("properties", {}), schema.get("required", ())
        wanted = [name for name in fields if name in required or self.chance(0.5)]
        found = {name: self.value(name, fields[name]) for name in wanted}
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and self.chance(0.5):
            found[self._random.choice(_WORDS)] = self.value("", more)
        return found

    def _array(self, name: str, schema: Json) -> list[Any]:
        if "prefixItems" in schema:
            return [self.value(name, one) for one in schema["prefixItems"]]
        low = schema.get("minItems", 0)
        number = self._random.randint(low, min(schema.get("maxItems", low + 3), low + 3))
        return [self.value(name, schema["items"]) for _ in range(number)]

    def _string(self, name: str, schema: Json) -> Any:
        if schema.get("format") == "date":
            return f"20{self._random.randint(0, 99):02}-{self._random.randint(1, 12):02}-17"
        if schema.get("format") == "date-time":
            return f"2026-{self._random.randint(1, 12):02}-17T09:30:00+08:00"
        if "pattern" in schema:
            return self._random.choice(["0" * 64, "09:00", "13:30", "70", "clerk", "fuzz-1"])
        low, high = schema.get("minLength", 0), schema.get("maxLength", 40)
        word = self._random.choice(_WORDS) * self._random.choice((1, 1, 1, 1 + high // 2))
        return word[:high].ljust(low, "x")

    def _integer(self, _: str, schema: Json) -> int:
        low, high = schema.get("minimum", -3), schema.get("maximum", 10**6)
        return self._random.choice((low, high, self._random.randint(low, high)))

    def _with_known(self, given: Any) -> Any:
        if isinstance(given, list):
            return [self._with_known(one) for one in given]
        if not isinstance(given, dict):
            return given
        return {
            name: self._known[name]
            if name in self._known and self.chance(0.8)
            else self._with_known(one)
            for name, one in given.items()
        }

    def _spoilt(self, given: Any) -> Any:
        if not isinstance(given, dict) or not given or self.chance(0.2):
            return {**given, "x": self.odd()} if isinstance(given, dict) else self.odd()
        name = self._random.choice(list(given))
        if self.chance(0.3):
            return {one: value for one, value in given.items() if one != name}
        inner = given[name]
        if isinstance(inner, dict) and self.chance(0.5):
            return {**given, name: self._spoilt(inner)}
        return {**given, name: self.odd()}


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
