"""Conditions as data: expressions in CEL (Common Expression Language, cel-spec) over facts.

An expression ends whatever it says, and changes nothing. What it asks for and is not among the
facts, or is of another type, is an error in CEL; here it does not hold then, nor does one that is
nested too deep to follow.
"""

import logging
import sys
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

_COMPILED: Final = 256


class ExpressionError(ValueError):
    """A text is no expression in CEL."""


def holds(expression: str, facts: Mapping[str, Any]) -> bool:
    """Tell whether an expression is true of facts (plain JSON values); raises ExpressionError."""
    from celpy.adapter import json_to_cel  # noqa: PLC0415 - cold start.
    from celpy.celtypes import BoolType  # noqa: PLC0415 - cold start.
    from celpy.evaluation import CELEvalError  # noqa: PLC0415 - cold start.

    program = _program(expression)
    try:
        answer = program.evaluate({name: json_to_cel(value) for name, value in facts.items()})
    except (CELEvalError, RecursionError):
        return False
    return isinstance(answer, BoolType) and bool(answer)


def check(expression: str) -> None:
    """Raise ExpressionError where a text is no expression."""
    _program(expression)


@cache
def _environment() -> Any:
    import celpy  # noqa: PLC0415 - cold start.

    # It logs what it was evaluating, and that is personal.
    logging.getLogger("celpy").setLevel(logging.CRITICAL)
    # It raises how deep the process may call; that is for this process to say.
    depth = sys.getrecursionlimit()
    try:
        return celpy.Environment()
    finally:
        sys.setrecursionlimit(depth)


@lru_cache(maxsize=_COMPILED)
def _program(expression: str) -> Any:
    from celpy.celparser import CELParseError  # noqa: PLC0415 - cold start.

    environment = _environment()
    try:
        return environment.program(environment.compile(expression))
    except (CELParseError, RecursionError) as error:
        message = f"no expression: {expression!r}"
        raise ExpressionError(message) from error
