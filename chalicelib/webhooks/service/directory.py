"""The accounts of a room as this process saw them last, with their opened secrets and health."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from chalicelib.core import dependencies
from chalicelib.core.cache import Reading
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.errors import NotFound
from chalicelib.core.history import Entry
from chalicelib.core.tables import Addition
from chalicelib.webhooks.domain.account import Account
from chalicelib.webhooks.domain.circuit_breaker import Health
from chalicelib.webhooks.service.sender import Outbox
from chalicelib.webhooks.storage.accounts import AccountStore

__all__ = ["A", "AccountStore", "Directory"]
A = TypeVar("A", bound=Account)
_CACHED_SECONDS: Final = 5
# So much at most does a guess at a name or a secret make us read.
_ANEW_SECONDS: Final = 1.0


class AccountStorage(Protocol[A]):
    """Where a room keeps its accounts: an `AccountStore`, or a module of its own."""

    def load_all(self) -> list[A]:
        """Return all accounts, by their ids."""

    def load(self, account_id: str, /) -> A | None:
        """Return an account as it is at this moment."""

    def store(self, account: A, entry: Entry, also: Sequence[Addition] = (), /) -> bool:
        """Keep an account's next version with its entry; False when another was faster."""

    def load_entries(self, account_id: str, /) -> list[Entry]:
        """Return the history of an account."""


class Directory(Generic[A]):
    """What was read within the last five seconds, and the opened secrets of these versions.

    `noun` is what the accounts are called in the names of their keys.
    """

    def __init__(self, noun: str, outbox: Outbox, storage: AccountStorage[A]) -> None:
        """Read nothing yet."""
        self.noun, self.outbox, self.storage = noun, outbox, storage
        self._accounts: dict[str, A] = {}
        self._secrets: dict[tuple[str, int], dict[str, str]] = {}
        self._health: dict[str, Health] = {}
        self._health_read_at = -float(_CACHED_SECONDS)
        self._reading = Reading(self._read)

    def everyone(self) -> list[A]:
        """Return all accounts, as they were within the last five seconds."""
        return list(self._all().values())

    def find(self, account_id: str) -> A:
        """Return an account; raises NotFound."""
        account = self._all().get(account_id)
        if account is None and self.forget_stale():
            account = self._all().get(account_id)
        if account is None:
            raise NotFound
        return account

    def load(self, account_id: str) -> A:
        """Return an account as it is at this moment; raises NotFound."""
        account = self.storage.load(account_id)
        if account is None:
            raise NotFound
        return account

    def name_of(self, account_id: str) -> str | None:
        """Return what an account is called."""
        account = self._all().get(account_id)
        return account.name if account else None

    def health(self) -> dict[str, Health]:
        """Return what is known of all endpoints, as it was within the last five seconds."""
        if time.monotonic() - self._health_read_at >= _CACHED_SECONDS:
            self._health = self.outbox.load_all_health()
            self._health_read_at = time.monotonic()
        return self._health

    def forget(self) -> None:
        """Read the accounts anew the next time."""
        self._reading.forget()

    def forget_stale(self) -> bool:
        """Read the accounts anew after a guess; False when that was done a moment ago."""
        old = self._reading.age() >= _ANEW_SECONDS
        if old:
            self.forget()
        return old

    def live_secrets(self, account: A, now: datetime) -> list[str]:
        """Return the secrets that hold now in clear, newest first."""
        opened = self._opened(account)
        return [opened[secret.sealed] for secret in account.live_secrets(now)]

    def key_of(self, account: A) -> SubjectKey:
        """Return the key under which an account's secrets and messages are sealed."""
        subject = self.subject_of(account.account_id)
        return dependencies.vault().key_of(subject, bytes.fromhex(account.wrapped_key))

    def subject_of(self, account_id: str) -> str:
        """Return the name of an account's key."""
        return f"{self.noun}:{account_id}"

    def _all(self) -> dict[str, A]:
        self._reading.refresh(_CACHED_SECONDS)
        return self._accounts

    def _read(self) -> None:
        self._accounts = {one.account_id: one for one in self.storage.load_all()}

    def _opened(self, account: A) -> dict[str, str]:
        opened = self._secrets.get((account.account_id, account.version))
        if opened is None:
            key = self.key_of(account)
            opened = {s.sealed: key.open("secret", s.sealed) for s in account.secrets}
            others = {k: v for k, v in self._secrets.items() if k[0] != account.account_id}
            self._secrets = {**others, (account.account_id, account.version): opened}
        return opened
