from datetime import UTC, datetime

from chalicelib.core.event_handlers import Checks, Handlers, handle, took_effect
from chalicelib.core.events import Event

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)


def event(type_: str) -> Event:
    return Event("C1", 1, type_, NOW.isoformat(), "system:x", {})


def test_the_handlers_of_a_type_are_called_in_their_order_and_no_others() -> None:
    called: list[tuple[str, str]] = []
    handlers: Handlers = {
        "case.accepted": (
            lambda event, _: called.append(("first", event.type)),
            lambda event, _: called.append(("second", event.type)),
        ),
        "case.issued": (lambda event, _: called.append(("other", event.type)),),
    }
    handle(handlers, event("case.accepted"), NOW)
    handle(handlers, event("nobody.knows"), NOW)
    assert called == [("first", "case.accepted"), ("second", "case.accepted")]


def test_an_event_took_effect_when_all_checks_of_its_type_pass() -> None:
    asked: list[int] = []

    def check(number: int, *, passes: bool) -> bool:
        asked.append(number)
        return passes

    checks: Checks = {
        "case.accepted": (lambda _: check(1, passes=False), lambda _: check(2, passes=True)),
        "case.issued": (lambda _: check(3, passes=True), lambda _: check(4, passes=True)),
    }
    assert not took_effect(checks, event("case.accepted"))
    assert took_effect(checks, event("case.issued"))
    assert took_effect(checks, event("nobody.knows"))
    assert asked == [1, 3, 4]
