from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.core import key_notes
from chalicelib.core.errors import IdempotencyKeyReused, NotFound, TryAgain
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import new_id
from chalicelib.core.key_notes import KeyNote, KeyNotes
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Table, transaction
from infra.local.engine import Engine

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
DAY = timedelta(hours=24)
LATE = timedelta(hours=26)


@pytest.fixture
def notes(engine: Engine) -> KeyNotes:
    return KeyNotes(Table.registry["deliveries"])


def store(note: KeyNote) -> None:
    with transaction() as write:
        note.write(write)


def two(notes: KeyNotes, after: timedelta = DAY) -> tuple[KeyNote, KeyNote, KeyNote]:
    """Return a note, the same later, and that of another body by its key."""
    key = new_id(16)
    same, other = Attempt(key, "asked"), Attempt(key, "else")
    return notes.of(same, NOW), notes.of(same, NOW + after), notes.of(other, NOW + after)


def test_a_noted_key_is_good_for_the_same_alone_for_a_day(notes: KeyNotes) -> None:
    first, again, other = two(notes)
    other.check()
    store(first)
    for note in (again, other):
        with pytest.raises(TransactWriteError):
            store(note)
    again.check()
    with pytest.raises(IdempotencyKeyReused):
        other.check()


def test_a_key_is_free_later_also_where_its_note_is_there_still(notes: KeyNotes) -> None:
    first, _, other = two(notes, LATE)
    store(first)
    other.check()
    store(other)


def test_what_stands_in_the_place_of_a_note_was_made_by_the_key(notes: KeyNotes) -> None:
    at, attempt = ("C#abcdefgh", f"D#{new_id()}"), Attempt(new_id(16), "asked")
    note = notes.of(attempt, NOW, at)
    note.kind(*at).save()
    with pytest.raises(TransactWriteError):
        store(note)
    with pytest.raises(IdempotencyKeyReused):
        note.check()


def test_while_a_release_runs_that_would_read_it_a_note_stands_apart(
    notes: KeyNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, attempt = ("C#abcdefgh", f"D#{new_id()}"), Attempt(new_id(16), "asked")
    assert notes.of(attempt, NOW, at).keys == at
    monkeypatch.setattr(key_notes, "SETTINGS", replace(SETTINGS, keys_noted_apart=True))
    assert notes.of(attempt, NOW, at) == notes.of(attempt, NOW)


@pytest.mark.parametrize(
    ("refusal", "told"),
    [(NotFound(), IdempotencyKeyReused), (TryAgain(retry_after=1), TryAgain)],
    ids=["refused", "to be asked again"],
)
def test_a_refusal_is_of_the_key_if_that_was_used(
    notes: KeyNotes, refusal: Exception, told: type[Exception]
) -> None:
    first, again, other = two(notes)
    store(first)
    with pytest.raises(told), other.unless_reused():
        raise refusal
    with pytest.raises(type(refusal)), again.unless_reused():
        raise refusal
