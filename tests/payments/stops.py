"""Stopping a use case after each write and after each call of a provider, one after the other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from chalicelib.core import tables
from chalicelib.payments import providers
from chalicelib.payments.providers.base import Order, Unanswered
from tests.support.faults import Crash

Made = TypeVar("Made")
# A stop after a read leaves what a stop before it does.
_READS = frozenset({"Query", "GetItem", "BatchGetItem"})
_VERBS = frozenset({"start", "fetch", "cancel", "refund"})


@dataclass
class Stop:
    """What happened on the way, and whether the process was stopped in it."""

    after: int
    happened: list[str] = field(default_factory=list)
    stopped: bool = False

    def before(self, what: str) -> None:
        """Stop here if so much has happened."""
        if len(self.happened) >= self.after:
            self.stopped = True
            raise Crash
        self.happened.append(what)


# What stops whoever asks, here and in threads that work in this context.
_STOP = ContextVar[Stop | None]("stop", default=None)


class _Watched:
    """A provider whose every call counts."""

    def __init__(self, provider: Any, stop: Stop) -> None:
        self._provider, self._stop = provider, stop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._provider, name)
        if name not in _VERBS or _STOP.get() is not self._stop:
            return found

        def call(*given: Any) -> Any:
            self._stop.before(name)
            return found(*given)

        return call


@contextmanager
def stopping(after: int) -> Iterator[Stop]:
    """Stop this thread, and those that work for it, once so many writes and calls are done.

    The call itself is always done: what is lost is what would have been made of its answer.
    """
    stop, real = Stop(after), providers.provider
    made = {name: _Watched(real(name), stop) for name in providers.NAMES}

    def before_send(request: Any, **_: object) -> None:
        operation = request.headers.get("X-Amz-Target", b"").decode().rpartition(".")[2]
        if _STOP.get() is stop and operation not in _READS:
            stop.before(operation)

    client_events: Any = tables.client().meta.events
    client_events.register_first("before-send.dynamodb", before_send)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "provider", lambda name: made[name])
        token = _STOP.set(stop)
        try:
            yield stop
        finally:
            _STOP.reset(token)
            client_events.unregister("before-send.dynamodb", before_send)


def after_each(
    make: Callable[[], Made], act: Callable[[Made], object], check: Callable[[Made], object]
) -> list[str]:
    """Make a thing, stop what acts on it after each call, act again, and check; return the calls.

    `act` is done again as its caller would do it: by the same request, event or timer.
    """
    after = 0
    while True:
        thing = make()
        with stopping(after) as stop, suppress(Crash):
            act(thing)
        act(thing)
        check(thing)
        if not stop.stopped:
            return stop.happened
        after += 1


@contextmanager
def every_first_call_fails(*, acted: bool) -> Iterator[None]:
    """Let the first call of each kind about each payment be without an answer.

    The provider has `acted` then, or never heard of it.
    """
    seen: set[tuple[str, str]] = set()
    real = providers.provider

    class Unsure:
        def __init__(self, provider: Any) -> None:
            self._provider = provider

        def __getattr__(self, name: str) -> Any:
            found = getattr(self._provider, name)
            if name not in _VERBS:
                return found

            def call(order: Order, *given: Any) -> Any:
                first = (name, order.payment_id) not in seen
                seen.add((name, order.payment_id))
                if first and not acted:
                    raise Unanswered
                answer = found(order, *given)
                if first:
                    raise Unanswered
                return answer

            return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "provider", lambda name: Unsure(real(name)))
        yield
