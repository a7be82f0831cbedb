"""JSON in the embedded engine, read, written and copied by quicker means than the engine's own.

What they refuse, or what the engine asks for beyond a plain text, goes the engine's way. A number
that is none, which no request can name, they write as null.
"""

import copy
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import orjson
from ministack.core import responses
from ministack.services import dynamodb, dynamodb_streams, eventbridge, sqs

_WRITERS: Final = (responses, dynamodb, dynamodb_streams, eventbridge, sqs)
_OF_NUMBERS: Final = ("_number_error", "_ddb_canonicalize_number", "_number_size_bytes")
_PLAIN: Final[tuple[dict[str, bool], ...]] = ({}, {"ensure_ascii": False})
_KEPT: Final = 4096


class Json:
    """Stands for the module `json` in the engine's modules."""

    JSONDecodeError = json.JSONDecodeError

    @staticmethod
    def loads(text: Any, **how: Any) -> Any:
        """Return what a text says."""
        if not how:
            try:
                return orjson.loads(text)
            except orjson.JSONDecodeError:
                # Half a surrogate pair, perhaps, or no number that JSON knows.
                pass
        return json.loads(text, **how)

    @staticmethod
    def dumps(value: Any, **how: Any) -> str:
        """Return the text of a value."""
        if how in _PLAIN:
            try:
                return orjson.dumps(value).decode()
            except orjson.JSONEncodeError:
                # Half a surrogate pair, an integer of more than 64 bits, a key that is no text.
                pass
        return json.dumps(value, **how)


class Copy:
    """Stands for the module `copy` in the engine's database."""

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """Return a copy; one of JSON shares nothing, whatever is in it twice."""
        kind = value.__class__
        if kind is dict:
            return {key: Copy.deepcopy(one) for key, one in value.items()}
        if kind is list:
            return [Copy.deepcopy(one) for one in value]
        # The engine's own kinds, and what has become of `copy.deepcopy` in a forked process.
        return value if kind is str or value is None else copy.deepcopy(value)


def make_quick() -> None:
    """Let the engine's services use what is here, and remember what it said of a number."""
    for module in _WRITERS:
        setattr(module, "json", Json)  # noqa: B010 - its type is a module.
    setattr(dynamodb, "copy", Copy)  # noqa: B010 - its type is a module.
    for name in _OF_NUMBERS:
        setattr(dynamodb, name, remembering(getattr(dynamodb, name)))


def remembering(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that is asked of each text but once."""
    remembered = lru_cache(_KEPT)(function)
    # Only texts are sure to be known again.
    return lambda given: remembered(given) if given.__class__ is str else function(given)
