"""Accounts as staff keep them: made, changed, rotated, paused, resumed, pinged, messages replayed.

Each change and the message that is sent because of it are one transaction; the same attempt again
finds what it did.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from chalicelib.core import audit, dependencies, history, idempotency
from chalicelib.core.changes import Author, Change, apply
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.decisions import Decision, DomainEvent
from chalicelib.core.errors import FieldError, InvalidRequest, Problem, StaleVersion, WrongStatus
from chalicelib.core.event_types import EventType
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.key_notes import KeyNotes
from chalicelib.core.tables import Addition
from chalicelib.webhooks.domain.account import Account, AccountState, Secret
from chalicelib.webhooks.domain.egress_denied import EgressDenied
from chalicelib.webhooks.domain.message import Message
from chalicelib.webhooks.providers import egress
from chalicelib.webhooks.service import circuit_breaker, replay, signing
from chalicelib.webhooks.service.directory import Directory
from chalicelib.webhooks.service.sender import compose

A = TypeVar("A", bound=Account)


@dataclass(frozen=True, slots=True)
class AccountEvents:
    """The types of the entries of accounts' histories, and of the message that is a ping."""

    created: EventType
    changed: EventType
    secret_rotated: EventType
    paused: EventType
    resumed: EventType
    pinged: EventType
    message_replayed: EventType
    disabled: EventType
    troubled: EventType
    recovered: EventType
    ping: str


@dataclass(frozen=True, slots=True)
class AccountChanged(Generic[A]):
    """An account after a change; `secret` is a fresh one, told this once."""

    account: A
    replayed: bool = False
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class _AccountChange(Generic[A]):
    """What becomes of an account, the entry that says so, and the message that is sent with it.

    `was` is that message as it was seen, when it is an old one; `always` writes an entry also where
    nothing changes.
    """

    type: EventType
    decide: Callable[[A], A]
    facts: Mapping[str, str] = field(default_factory=dict)
    message: Callable[[A], Message] | None = None
    was: Message | None = None
    always: bool = False


class Accounts(Generic[A]):
    """The accounts of a room; `exists` is the problem of an id that another has already."""

    def __init__(
        self,
        directory: Directory[A],
        events: AccountEvents,
        exists: type[Problem],
        keys: KeyNotes,
    ) -> None:
        """Keep what tells this room's accounts from others'; `keys` are noted in its table."""
        self._directory, self._events, self._exists = directory, events, exists
        self._keys = keys
        self._outbox, self._storage = directory.outbox, directory.storage
        self._system = f"system:send_{directory.noun}_messages"

    def create(
        self,
        account_id: str,
        make: Callable[[str, Secret], A],
        author: Author,
        secret: str | None = None,
    ) -> AccountChanged[A]:
        """Make an account and its first secret.

        `make` is given the wrapped key and the sealed secret. Raises InvalidRequest, what `exists`
        says, or IdempotencyKeyReused.
        """
        secret = secret or signing.new_secret()
        if author.attempt is None:
            return self._create(account_id, make, author, secret)
        key = self._keys.of(author.attempt, author.now)
        with key.unless_reused():
            return self._create(account_id, make, author, secret, [key.write])

    def _create(
        self,
        account_id: str,
        make: Callable[[str, Secret], A],
        author: Author,
        secret: str,
        also: Sequence[Addition] = (),
    ) -> AccountChanged[A]:
        key, wrapped = dependencies.vault().new_key(self._directory.subject_of(account_id))
        fresh = make(wrapped.hex(), Secret(key.seal("secret", secret)))
        check_endpoint(fresh.endpoint)
        # An id names one thing: of two of a name, auditors would see one, and find it rewritten.
        if self._storage.load(account_id) is None and audit.find(account_id):
            raise self._exists
        entry = history.append(
            account_id,
            history.Head(),
            type_=self._events.created,
            at=author.now,
            actor=author.actor,
            data={self._directory.noun: account_id, **fresh.facts},
        )
        noted = idempotency.note((), author.attempt, author.now) if author.attempt else ()
        account = replace(fresh, head=entry.head, ledger=noted)
        stored = self._storage.store(account, entry, also)
        self._directory.forget()
        if stored:
            return AccountChanged(account, secret=secret)
        existing = self._directory.find(account_id)
        if author.attempt and idempotency.already_applied(existing.ledger, author.attempt):
            return AccountChanged(existing, replayed=True)
        raise self._exists

    def change(
        self, account_id: str, decide: Callable[[A], A], author: Author
    ) -> AccountChanged[A]:
        """Change what `decide` changes; raises NotFound or InvalidRequest."""

        def checked(old: A) -> A:
            new = decide(old)
            if new.endpoint != old.endpoint:
                check_endpoint(new.endpoint)
            return new

        return self._append(account_id, _AccountChange(self._events.changed, checked), author)

    def rotate_secret(self, account_id: str, author: Author) -> AccountChanged[A]:
        """Make a fresh secret; the one before holds for another 24 hours. Raises NotFound."""
        secret = signing.new_secret()

        def decide(old: A) -> A:
            return old.rotated(self._directory.key_of(old).seal("secret", secret), author.now)

        change = _AccountChange(self._events.secret_rotated, decide)
        changed = self._append(account_id, change, author)
        return changed if changed.replayed else replace(changed, secret=secret)

    def pause(self, account_id: str, author: Author) -> AccountChanged[A]:
        """Hold an account's messages back; raises NotFound or WrongStatus."""

        def decide(old: A) -> A:
            if old.state is AccountState.DISABLED:
                raise WrongStatus(current=old.state)
            return replace(old, state=AccountState.PAUSED)

        return self._append(account_id, _AccountChange(self._events.paused, decide), author)

    def resume(self, account_id: str, author: Author) -> AccountChanged[A]:
        """Let messages go to a paused or disabled account, its endpoint's past forgotten.

        Raises NotFound.
        """
        self._directory.load(account_id)
        circuit_breaker.reset(self._outbox, account_id)

        def decide(old: A) -> A:
            return replace(old, state=AccountState.ACTIVE)

        return self._append(account_id, _AccountChange(self._events.resumed, decide), author)

    def ping(self, account_id: str, author: Author) -> AccountChanged[A]:
        """Send a test message; what comes of it is seen among the messages. Raises NotFound."""

        def decide(old: A) -> A:
            return replace(old, pings=old.pings + 1)

        def message(new: A) -> Message:
            key: SubjectKey = self._directory.key_of(new)
            data = {f"{self._directory.noun}_id": account_id}
            type_ = self._events.ping
            return compose(account_id, new.pings, account_id, type_, data, key, author.now)

        change = _AccountChange(self._events.pinged, decide, message=message)
        return self._append(account_id, change, author)

    def disable(self, account_id: str, reason: str, now: datetime) -> None:
        """Send nothing more until staff resume it: the endpoint is gone or fails for days."""

        def decide(old: A) -> A:
            return replace(old, state=AccountState.DISABLED)

        change = _AccountChange(self._events.disabled, decide, {"reason": reason})
        self._append(account_id, change, self._own("disable", now))

    def note_health(self, account_id: str, *, troubled: bool, now: datetime) -> None:
        """Write into a history that the endpoint does not answer, or answers again."""
        type_ = self._events.troubled if troubled else self._events.recovered
        change: _AccountChange[A] = _AccountChange(type_, lambda old: old, always=True)
        self._append(account_id, change, self._own(type_, now))

    def replay(self, account_id: str, message_id: str, author: Author) -> tuple[Message, bool]:
        """Send one message again, from the beginning; tells whether the same attempt had done so.

        Raises NotFound, or StaleVersion when it is being sent at this moment.
        """
        self._directory.find(account_id)
        old = replay.find(self._outbox, account_id, message_id)
        fresh = old.again(author.now)
        change: _AccountChange[A] = _AccountChange(
            self._events.message_replayed,
            lambda account: account,
            {"message": old.message_id},
            message=lambda _: fresh,
            was=old,
            always=True,
        )
        changed = self._append(account_id, change, author)
        replay.release(self._outbox, self._outbox.load_all(old.subject), author.now)
        return (old if changed.replayed else fresh), changed.replayed

    def history_of(self, account_id: str) -> audit.SubjectHistory | None:
        """Return the history of an account, for auditors."""
        if all(account.account_id != account_id for account in self._directory.everyone()):
            return None
        entries = tuple(self._storage.load_entries(account_id))
        return audit.SubjectHistory(entries, self._directory.load(account_id).head)

    def _own(self, what: str, now: datetime) -> Author:
        attempt = Attempt(derived_id(what, now.isoformat(), length=16), what)
        return Author(self._system, now, attempt)

    def _append(
        self, account_id: str, change: _AccountChange[A], author: Author
    ) -> AccountChanged[A]:
        """Change an account and write it into its history, with the message that goes with it.

        Raises NotFound, TryAgain, or StaleVersion when a message that is sent again is being sent.
        """

        def store(write: Change[A, Message | None]) -> bool:
            queued = self._queued(write.effects, change.was)
            is_stored = self._storage.store(write.new, write.entries[0], queued)
            self._directory.forget()
            if not is_stored and self._is_being_sent(change.was, write.effects):
                raise StaleVersion(current=change.was.state if change.was else None)
            return is_stored

        def decide(old: A) -> Decision[A, Message | None] | None:
            return self._decision(change, old)

        applied = apply(lambda: self._directory.load(account_id), decide, store, author)
        return AccountChanged(applied.new, replayed=applied.replayed)

    def _decision(self, change: _AccountChange[A], old: A) -> Decision[A, Message | None] | None:
        new = change.decide(old)
        if new == old and not change.always:
            return None
        sent = change.message(new) if change.message else None
        data = {self._directory.noun: old.account_id, "state": new.state.value}
        data |= {**new.facts, **change.facts}
        if sent:
            data["message"] = sent.message_id
        return Decision(new, (DomainEvent(change.type, data),), sent)

    def _queued(self, sent: Message | None, was: Message | None) -> list[Addition]:
        if sent is None:
            return []
        return [self._outbox.requeue(was, sent) if was else self._outbox.enqueue([sent])]

    def _is_being_sent(self, was: Message | None, fresh: Message | None) -> bool:
        return was is not None and self._outbox.load(was.subject, was.number) not in (was, fresh)


def check_endpoint(url: str) -> None:
    """Raise InvalidRequest for an endpoint to which no message may go."""
    try:
        egress.check(url)
    except EgressDenied as error:
        wrong = FieldError("/endpoint", "unsafe_endpoint", error.detail)
        raise InvalidRequest(errors=[wrong]) from error
