"""Every type that is written is in the list, and every type of the list is written."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, get_args

import pytest

from chalicelib.core import event_handlers
from chalicelib.core.event_facts import FACTS
from chalicelib.core.event_handlers import Checks, Handlers
from chalicelib.core.event_types import EVENT_TYPES, DeliveryEvent
from chalicelib.core.events import Event
from chalicelib.deliveries import handlers as deliveries
from chalicelib.deliveries.couriers.domain import MessageType
from chalicelib.enquiries import handlers as enquiries
from chalicelib.notifications.domain.templates import TEMPLATES
from chalicelib.payments import handlers as payments

NOW: Final = datetime(2026, 12, 1, tzinfo=UTC)
PRODUCT: Final = Path(__file__).parents[2] / "chalicelib"
FAMILIES: Final = {type_.partition(".")[0] for type_ in EVENT_TYPES}
LITERAL: Final = re.compile(rf'"((?:{"|".join(sorted(FAMILIES))})\.[a-z_]*[a-z])"')
# Modules that only ask for types that others write.
READERS: Final = ("core/event_types.py", "handlers.py", "templates.py", "event_facts.py")
# Messages between the product and couriers or issuers, which are no entries of a history.
MESSAGES: Final = {*get_args(MessageType), "delivery.updated", "bill.ping", "subscriber.ping"}


def event(type_: str) -> Event:
    return Event("C1payment", 3, type_, "2026-12-01T09:00:00+08:00", "system:test", {})


def literals() -> Iterator[tuple[str, str]]:
    """Yield each literal that looks like a type of an event, with its module."""
    for path in PRODUCT.rglob("*.py"):
        for literal in LITERAL.findall(path.read_text()):
            yield str(path.relative_to(PRODUCT)), literal


def test_every_literal_that_names_an_event_is_in_the_list() -> None:
    reminders = {type_ for type_ in TEMPLATES if type_.startswith("appointment.reminder_")}
    named = {literal for _, literal in literals()}
    assert named - EVENT_TYPES == (MESSAGES | reminders) - EVENT_TYPES


def test_every_type_of_the_list_is_written_somewhere() -> None:
    written = {literal for module, literal in literals() if not module.endswith(READERS)}
    assert sorted(EVENT_TYPES - written) == []


def test_every_type_has_its_facts() -> None:
    assert set(FACTS) == FAMILIES


def test_handlers_hear_of_their_types_in_their_order() -> None:
    heard: list[str] = []
    handlers: Handlers = {
        "payment.created": (
            lambda one, _now: heard.append(f"first {one.event_id}"),
            lambda one, _now: heard.append(f"second {one.event_id}"),
        ),
        "payment.failed": (lambda one, _now: heard.append(one.type),),
    }
    event_handlers.handle(handlers, event("payment.created"), NOW)
    assert heard == ["first C1payment.3", "second C1payment.3"]


def test_an_event_took_effect_when_all_checks_of_its_type_pass() -> None:
    checks: Checks = {
        "payment.created": (lambda _: True, lambda _: False),
        "payment.failed": (lambda _: True,),
    }
    types = ("payment.created", "payment.failed", "payment.expired", "other")
    passed = {type_: event_handlers.took_effect(checks, event(type_)) for type_ in types}
    assert passed == {
        "payment.created": False,
        "payment.failed": True,
        "payment.expired": True,
        "other": True,
    }


@pytest.mark.parametrize("type_", ["", "payment", "payment.", "payment.create", "case.created"])
def test_an_event_of_another_type_does_nothing(type_: str) -> None:
    event_handlers.handle(payments._HANDLERS, event(type_), NOW)
    deliveries.follow_up(event(type_), NOW)
    assert deliveries.arrived(event(type_))


def test_deliveries_handle_each_type_of_theirs_and_check_what_they_handle() -> None:
    assert set(get_args(DeliveryEvent)) <= set(deliveries._HANDLERS)
    unchecked = {type_ for type_ in deliveries._HANDLERS if type_.startswith("courier.")}
    assert set(deliveries._HANDLERS) - set(deliveries._CHECKS) == unchecked
    assert all(deliveries._HANDLERS.values())


def test_payments_handle_types_of_the_list() -> None:
    assert all(payments._HANDLERS.values())
    assert set(payments._CHECKS) <= set(payments._HANDLERS) <= EVENT_TYPES


def test_enquiries_check_what_they_handle() -> None:
    assert all(enquiries._HANDLERS.values())
    assert set(enquiries._CHECKS) == set(enquiries._HANDLERS) <= EVENT_TYPES
