"""Concurrent reads."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

A = TypeVar("A")
R = TypeVar("R")
_AT_ONCE: Final = 8


def map_concurrently(act: Callable[[A], R], arguments: Sequence[A]) -> list[R]:
    """Return what `act` answers to each argument, in their order, asking up to eight at once.

    The first failure is raised, after those that were begun have ended.
    """
    if len(arguments) <= 1:
        return [act(argument) for argument in arguments]
    # What trouble may cost the request binds its threads as well.
    contexts = [copy_context() for _ in arguments]
    with ThreadPoolExecutor(min(_AT_ONCE, len(arguments))) as pool:
        return list(pool.map(lambda context, one: context.run(act, one), contexts, arguments))
