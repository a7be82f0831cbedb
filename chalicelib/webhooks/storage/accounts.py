"""The accounts of one room, in its own table.

| what | pk | sk |
|---|---|---|
| an account | K | K#account |
| its history | K | E#account#seq |
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final, Generic, TypeVar

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError

from chalicelib.core import worker
from chalicelib.core.attributes import (
    ledger_of,
    optional_moment,
    optional_seconds,
    read_ledger,
)
from chalicelib.core.history import Entry, Head
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import (
    Addition,
    EntryRecord,
    Record,
    Table,
    failed_conditions,
    transaction,
)
from chalicelib.webhooks.domain.account import Account, AccountState, Secret

A = TypeVar("A", bound=Account)
_ACCOUNTS: Final = "K"
_SHARED: Final = frozenset(field.name for field in fields(Account))


class _AccountRecord(Record):
    name = UnicodeAttribute()
    endpoint = UnicodeAttribute()
    key = UnicodeAttribute()
    secrets = JSONAttribute()
    state = UnicodeAttribute()
    pings = NumberAttribute()
    # What accounts of this room have beside.
    own = JSONAttribute()
    version = NumberAttribute()
    hash = UnicodeAttribute()
    ledger = JSONAttribute()


class AccountStore(Generic[A]):
    """The accounts of one room; what its kind has beside an account's fields are plain values."""

    def __init__(self, table: Table, kind: type[A]) -> None:
        """`kind` is what the accounts of this room are."""

        class Accounts(_AccountRecord):
            class Meta:
                table_name = table.name
                region = SETTINGS.region

        class Entries(EntryRecord):
            class Meta:
                table_name = table.name
                region = SETTINGS.region

        self._kind = kind
        self._own = [field.name for field in fields(kind) if field.name not in _SHARED]
        self._accounts: type[_AccountRecord] = Accounts
        self._entries: type[EntryRecord] = Entries

    def load_all(self) -> list[A]:
        """Return all accounts, by their ids."""
        span = self._accounts.sk.startswith("K#")
        found = self._accounts.query(_ACCOUNTS, span, consistent_read=True)
        sends = f"send_{self._kind.__name__.lower()}_messages"
        return worker.readable(sends, found, self._account, name=lambda one: one.sk)

    def load(self, account_id: str) -> A | None:
        """Return an account as it is at this moment."""
        try:
            found = self._accounts.get(_ACCOUNTS, f"K#{account_id}", consistent_read=True)
        except self._accounts.DoesNotExist:
            return None
        return self._account(found)

    def store(self, account: A, entry: Entry, also: Sequence[Addition] = ()) -> bool:
        """Keep an account's next version with its entry, and what is kept `also` or not at all.

        False when another was faster.
        """
        is_next = self._accounts.version == account.version - 1
        is_new = self._accounts.pk.does_not_exist()
        sk = f"E#{entry.subject}#{entry.seq:06}"
        try:
            with transaction() as write:
                record = self._record(account)
                write.save(record, condition=is_new if account.version == 1 else is_next)
                write.save(self._entries(_ACCOUNTS, sk, **EntryRecord.keys_of(entry)))
                for add in also:
                    add(write)
        except TransactWriteError as error:
            failed_conditions(error)
            return False
        return True

    def load_entries(self, account_id: str) -> list[Entry]:
        """Return the history of an account."""
        return self._entries.entries_of(_ACCOUNTS, f"E#{account_id}#")

    def _record(self, account: A) -> _AccountRecord:
        return self._accounts(
            _ACCOUNTS,
            f"K#{account.account_id}",
            name=account.name,
            endpoint=account.endpoint,
            key=account.wrapped_key,
            secrets=[[s.sealed, optional_seconds(s.until)] for s in account.secrets],
            state=account.state.value,
            pings=account.pings,
            own={name: getattr(account, name) for name in self._own},
            version=account.version,
            hash=account.head.hash,
            ledger=ledger_of(account.ledger),
        )

    def _account(self, record: _AccountRecord) -> A:
        version = int(record.version)
        own: dict[str, Any] = record.own
        return self._kind(
            account_id=record.sk[2:],
            name=record.name,
            endpoint=record.endpoint,
            wrapped_key=record.key,
            secrets=tuple(Secret(s[0], optional_moment(s[1])) for s in record.secrets),
            state=AccountState(record.state),
            pings=int(record.pings),
            version=version,
            head=Head(version, record.hash),
            ledger=read_ledger(record.ledger),
            **own,
        )
