"""Notes of keys, for things whose ids follow from what they are about and not from their keys.

A thing keeps the attempt that made it: who asks for it again finds it there. Who asks by the same
key for something else would look elsewhere, and so the key itself is noted, in the transaction that
makes the thing. After a crash or a lost answer both are there or neither, and of two bodies that
come at once by one key one makes something. A note holds hashes alone, and is kept for 25 hours.

Where most ids follow from keys, and some from whom somebody acts for too, the note of these stands
where the caller's own thing would be. So their own need no note: the two meet in one place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.core.attributes import seconds
from chalicelib.core.errors import IdempotencyKeyReused, InternalError, Problem
from chalicelib.core.idempotency import KEPT_FOR, Attempt
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Keys, Record, Table


class KeyRecord(Record):
    """A note; each table has its own kind."""

    fingerprint = UnicodeAttribute(null=True)
    tidy_at = NumberAttribute(null=True)


@dataclass(frozen=True, slots=True)
class KeyNote:
    """The note of an attempt's key, which is there or not."""

    kind: type[KeyRecord]
    keys: Keys
    attempt: Attempt
    now: datetime

    def write(self, transaction: TransactWrite) -> None:
        """Note the key in a transaction, which fails where something was made by it before."""
        tidy_at = seconds(self.now + KEPT_FOR)
        fingerprint = self.attempt.fingerprint
        record = self.kind(*self.keys, fingerprint=fingerprint, tidy_at=tidy_at)
        transaction.save(record, condition=_is_free(self.kind, seconds(self.now)))

    def check(self) -> None:
        """Raise IdempotencyKeyReused where something was made by the key for another body."""
        try:
            noted = self.kind.get(*self.keys, consistent_read=True)
        except self.kind.DoesNotExist:
            return
        is_over = noted.tidy_at is not None and noted.tidy_at <= seconds(self.now)
        if noted.fingerprint != self.attempt.fingerprint and not is_over:
            raise IdempotencyKeyReused

    @contextmanager
    def unless_reused(self) -> Iterator[None]:
        """Let what is refused within be refused for its key, if that made something else."""
        try:
            yield
        except IdempotencyKeyReused:
            raise
        except Problem as problem:
            if problem.status < InternalError.status:
                self.check()
            raise


class KeyNotes:
    """The notes in the table of one room."""

    def __init__(self, table: Table) -> None:
        """Keep in which table they are."""

        class Notes(KeyRecord):
            class Meta:
                table_name = table.name
                region = SETTINGS.region

        self._kind: type[KeyRecord] = Notes

    def of(self, attempt: Attempt, now: datetime, at: Keys | None = None) -> KeyNote:
        """Return the note of an attempt's key, `at` where the caller's own thing would be."""
        apart = (f"I#{attempt.key}", "key")
        keys = apart if at is None or SETTINGS.keys_noted_apart else at
        return KeyNote(self._kind, keys, attempt, now)

    def is_free(self, now: Any) -> Condition:
        """Return the condition that neither a thing nor a note stands in a place.

        `now` is in seconds since 1970, or a parameter of a prepared write.
        """
        return _is_free(self._kind, now)


def _is_free(kind: type[KeyRecord], now: Any) -> Condition:
    is_free: Condition = kind.pk.does_not_exist() | (kind.tidy_at <= now)
    return is_free
