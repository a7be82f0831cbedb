"""Which events a subscriber hears of, and what it is told: pure rules."""

from typing import Any, Final

import pytest

from chalicelib.core.event_facts import FACTS
from chalicelib.core.events import Event
from chalicelib.subscribers import domain
from chalicelib.subscribers.domain import Subscriber
from chalicelib.webhooks.domain.account import Secret
from chalicelib.webhooks.domain.message import Message, message_id, subject_of
from functions import manifest

AT: Final = "2026-12-01T09:00:00+08:00"
SUBJECT: Final = "C1234567abcdefgh"
# Encrypted, or written by people (`core.event_facts`).
SEALED_OR_FREE: Final = {"note", "items", "facts", "reason", "words", "answer", "override", "scan"}


def event(type_: str, subject: str = SUBJECT, **data: str) -> Event:
    return Event(subject, 2, type_, AT, "citizen:C1234567", data)


def subscriber(*types: str, **more: Any) -> Subscriber:
    return Subscriber("s1", "x", "https://x", "", (Secret(""),), types=list(types), **more)


@pytest.mark.parametrize(
    ("globs", "type_", "hears"),
    [
        (["appointment.called"], "appointment.called", True),
        (["appointment.called"], "appointment.recalled", False),
        (["appointment.*"], "appointment.recalled", True),
        (["appointment.*"], "case.submitted", False),
        (["*.cancelled"], "payment.cancelled", True),
        (["payment.refund_*"], "payment.refund_failed", True),
        (["payment.refund_*"], "payment.refunded_x", False),
        (["case.*", "office.closed"], "office.closed", True),
        (["*"], "waiting.offered", True),
        # Of persons and of the house itself nobody hears, whatever is asked.
        (["*"], "citizen.erased", False),
        (["*"], "mandate.given", False),
        (["*"], "staff.created", False),
        (["*"], "appointment.invented", False),
        ([], "appointment.called", False),
    ],
)
def test_a_glob_names_what_it_says(globs: list[str], type_: str, *, hears: bool) -> None:
    assert subscriber(*globs).hears(event(type_, office="h")) is hears


@pytest.mark.parametrize(
    ("glob", "names"),
    [
        ("case.*", True),
        ("*", True),
        ("case.submitted", True),
        ("staff.*", False),
        ("cases.*", False),
    ],
)
def test_a_glob_that_names_nothing_is_known(glob: str, *, names: bool) -> None:
    assert domain.names_something(glob) is names


@pytest.mark.parametrize(
    ("one", "office_id"),
    [
        (event("case.submitted", office="h1"), "h1"),
        (event("waiting.offered", slot="h2.identity.202612010900"), "h2"),
        (event("office.closed", "h3", office="other"), "h3"),
        (event("waiting.left"), None),
    ],
)
def test_a_subscriber_of_halls_hears_of_these_alone(one: Event, office_id: str | None) -> None:
    assert domain.office_of(one) == office_id
    assert subscriber("*").hears(one)
    assert not subscriber("*", office_ids=["h9"]).hears(one)
    assert subscriber("*", office_ids=["h9", office_id or "h"]).hears(one) is bool(office_id)


def test_whose_a_thing_is_stands_in_its_id() -> None:
    assert domain.citizen_of(event("appointment.booked")) == "C1234567"
    assert domain.citizen_of(event("office.closed", "hall-330200")) is None
    assert domain.citizen_of(event("bill.paid")) is None


def test_only_listed_facts_are_told() -> None:
    said = event("appointment.called", office="h", ticket="A1", reason="她病了", note="sealed")
    told = domain.told(said)
    assert told == {"subject_id": SUBJECT, "office_id": "h", "ticket_number": "A1"}


def test_nothing_sealed_or_free_is_listed_and_all_that_is_listed_exists() -> None:
    known = frozenset().union(*(FACTS[family] for family in domain.OFFERED))
    assert domain.FIELDS.keys() <= known
    assert not domain.FIELDS.keys() & SEALED_OR_FREE


def test_the_queue_brings_what_is_offered() -> None:
    queue = manifest.named("send_subscriber_messages").queue
    assert queue
    assert set(queue.prefixes) == {f"{family}." for family in (*domain.OFFERED, "subscriber")}


@pytest.mark.parametrize(
    ("subject", "named"), [(SUBJECT, True), ("x" * 20, True), ("x" * 21, False), ("a.b", False)]
)
def test_each_subscriber_has_messages_of_its_own_about_a_thing(
    subject: str, *, named: bool
) -> None:
    longest = "s" * domain.ID_LENGTH
    subjects = {domain.message_subject(subject, one) for one in (longest, "s2")}
    assert len(subjects) == 2
    about = domain.message_subject(subject, longest)
    assert subject_of(message_id(about, 7)) == (about, 7)
    sent = Message(about, 7, longest, "case.submitted", *[None] * 3)  # type: ignore[arg-type]
    assert domain.subject_id_of(sent) == (subject if named else None)
    ping = Message(longest, 1, longest, "subscriber.ping", *[None] * 3)  # type: ignore[arg-type]
    assert domain.subject_id_of(ping) is None


def test_what_a_history_says_of_a_subscriber() -> None:
    assert subscriber("a.*", "b.c").facts == {"types": "a.* b.c"}
    told = subscriber("a.*", office_ids=["h1", "h2"], purpose="看护").facts
    assert told == {"types": "a.*", "offices": "h1 h2", "purpose": "看护"}
    assert domain.without_repeats(["b", "a", "b"]) == ["b", "a"]
