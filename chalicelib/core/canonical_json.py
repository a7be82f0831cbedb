"""One way to write a JSON value, so that equal values have one digest (RFC 8785, JCS).

Names are sorted by their UTF-16 code units, numbers that are whole are written as whole ones,
nothing is written between. Numbers that ECMAScript writes with an exponent are out of its scope:
forms have none.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def canonical(value: object) -> str:
    """Return the one text of a JSON value; raises ValueError for what is no number."""
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest(value: object) -> str:
    """Return the SHA-256 of the one text in UTF-8, as `sha-256:` and 64 hexadecimal digits."""
    # A phone may send half of a surrogate pair, which UTF-8 cannot write.
    text = canonical(value).encode("utf-8", "surrogatepass")
    return f"sha-256:{hashlib.sha256(text).hexdigest()}"


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _ordered(value[name]) for name in sorted(value, key=_code_units)}
    if isinstance(value, list | tuple):
        return [_ordered(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _code_units(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")
