from datetime import UTC, datetime
from itertools import chain
from typing import get_args

import pytest

from chalicelib.core import event_types
from chalicelib.core.event_types import Handlers
from chalicelib.core.events import Event
from chalicelib.payments import following

NOW = datetime(2026, 12, 1, tzinfo=UTC)
TYPES = frozenset(chain.from_iterable(map(get_args, get_args(event_types.EventType))))


def event(type_: str) -> Event:
    return Event("C1payment", 3, type_, "2026-12-01T09:00:00+08:00", "system:test", {})


def test_handlers_hear_of_their_types_in_their_order() -> None:
    heard: list[str] = []
    handlers: Handlers = {
        "payment.created": (
            lambda one, _now: heard.append(f"first {one.event_id}"),
            lambda one, _now: heard.append(f"second {one.event_id}"),
        ),
        "payment.failed": (lambda one, _now: heard.append(one.type),),
    }
    event_types.handle(handlers, event("payment.created"), NOW)
    assert heard == ["first C1payment.3", "second C1payment.3"]


@pytest.mark.parametrize("type_", ["", "payment", "payment.", "payment.create", "case.created"])
def test_an_event_of_another_type_does_nothing(type_: str) -> None:
    event_types.handle(following._HANDLERS, event(type_), NOW)


def test_every_type_that_is_waited_for_is_handled() -> None:
    assert set(following._HANDLERS) == TYPES
    assert all(following._HANDLERS.values())
    assert following._TOLD | following._ENDED <= TYPES
