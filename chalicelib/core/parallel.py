"""Things done some at once: reads of a request, and the items of a run."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from time import monotonic
from typing import Final, TypeVar

A = TypeVar("A")
R = TypeVar("R")
_AT_ONCE: Final = 8
# To begin a thread takes as long as to ask a table, so they stay.
_HELPERS: Final = ThreadPoolExecutor(64, "helper")
_BETWEEN_LOOKS: Final = 8 * _AT_ONCE


def map_concurrently(act: Callable[[A], R], arguments: Sequence[A]) -> list[R]:
    """Return what `act` answers to each argument, in their order, asking up to eight at once.

    The first failure is raised, after those that were begun have ended.
    """
    if len(arguments) <= 1:
        return [act(argument) for argument in arguments]
    # What trouble may cost the request binds its threads as well.
    contexts = [copy_context() for _ in arguments]
    answers, failures = dict[int, R](), dict[int, BaseException]()
    left = iter(range(len(arguments)))

    def work() -> None:
        for number in left:
            try:
                answers[number] = contexts[number].run(act, arguments[number])
            except BaseException as failure:  # noqa: BLE001 - it is raised where it was asked for.
                failures[number] = failure
                # What was not begun is left.
                deque(left, maxlen=0)

    helpers = [_HELPERS.submit(work) for _ in range(min(_AT_ONCE, len(arguments)) - 1)]
    # Who asks works as well: nothing waits for helpers that wait for others themselves.
    work()
    for helper in helpers:
        if not helper.cancel():
            helper.result()
    if failures:
        raise failures[min(failures)]
    return [answers[number] for number in range(len(arguments))]


class InTime:
    """Does things some at once as long as there is time to begin; the last ones may be left."""

    def __init__(self, seconds: float) -> None:
        """Begin with so many seconds."""
        self._until = monotonic() + seconds

    def __bool__(self) -> bool:
        """Tell whether there is time to begin."""
        return monotonic() < self._until

    def map(self, act: Callable[[A], R], arguments: Sequence[A]) -> list[R]:
        """Return what `act` answers to the first of the arguments, to all when time allows."""
        answers: list[R] = []
        for first in range(0, len(arguments), _BETWEEN_LOOKS):
            if not self:
                break
            answers += map_concurrently(act, arguments[first : first + _BETWEEN_LOOKS])
        return answers
