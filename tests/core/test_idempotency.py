from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.core.errors import IdempotencyKeyReused, InvalidIdempotencyKey
from chalicelib.core.idempotency import (
    MOST_NOTES,
    Attempt,
    Ledger,
    already_applied,
    attempt,
    note,
)

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
KEY = "a-key_of-mine"


def asked(
    caller: str = "citizen:1", key: str | None = KEY, what: str = "POST /v1/x", **body: object
) -> Attempt:
    return attempt(caller, key, what, body)


def test_the_same_asking_is_the_same_attempt_in_any_order_of_members() -> None:
    assert asked(a=1, b="二") == asked(b="二", a=1)
    assert asked(a=1).id_for("case", 12) == asked(a=1).id_for("case", 12)
    assert len(asked().id_for("case", 12)) == 12
    assert asked().id_for("case", 12) != asked().id_for("parcel", 12)


def test_another_body_or_route_has_another_fingerprint_and_another_caller_another_key() -> None:
    first = asked(a=1)
    for other in (asked(a=2), asked(a="1"), asked(a=1, what="POST /v1/y")):
        assert other.key == first.key
        assert other.fingerprint != first.fingerprint
    assert asked("citizen:2", a=1).key != first.key


def test_who_sends_no_key_never_repeats_an_attempt() -> None:
    assert asked(key=None).key != asked(key=None).key


@pytest.mark.parametrize("key", ["", "a" * 7, "a" * 65, "with space", "中" * 8, "a" * 8 + "\n"])
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        asked(key=key)


@pytest.mark.parametrize("key", ["a" * 8, "Z-9_" * 16])
def test_the_shortest_and_the_longest_key_are_taken(key: str) -> None:
    assert asked(key=key).key


def test_what_is_noted_took_effect_and_its_key_serves_nothing_else() -> None:
    first, other = asked(a=1), asked(a=2)
    assert not already_applied((), first)
    ledger = note(note((), asked(key="another-key"), NOW), first, NOW)
    assert already_applied(ledger, first)
    with pytest.raises(IdempotencyKeyReused):
        already_applied(ledger, other)


def test_a_note_stays_for_a_day_at_least() -> None:
    ledger: Ledger = note((), asked(), NOW)
    for later, stays in ((timedelta(hours=25), True), (timedelta(hours=25, seconds=1), False)):
        grown = note(ledger, asked(key="another-key"), NOW + later)
        assert already_applied(grown, asked()) is stays
        assert grown[-1].at == int((NOW + later).timestamp())


def test_a_ledger_has_an_end() -> None:
    ledger: Ledger = ()
    for number in range(MOST_NOTES + 50):
        ledger = note(ledger, asked(key=f"key-{number:08}"), NOW)
    assert len(ledger) == MOST_NOTES
    assert already_applied(ledger, asked(key=f"key-{MOST_NOTES + 49:08}"))
    assert already_applied(ledger, asked(key="key-00000050"))
    assert not already_applied(ledger, asked(key="key-00000049"))
