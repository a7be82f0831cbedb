"""An account of who gets our messages and signs theirs: where they go, its secrets, its state."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from chalicelib.core.decisions import Versioned
from chalicelib.core.history import Head
from chalicelib.core.idempotency import Ledger

OVERLAP: Final = timedelta(hours=24)


class AccountState(StrEnum):
    """Whether messages go to an account; `disabled` is what its endpoint brought about."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Secret:
    """A sealed secret of Standard Webhooks; one that was replaced ends at `until`."""

    sealed: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Account(Versioned):
    """Who gets messages at an endpoint; rooms add what is theirs.

    `secrets` has the newest first, sealed under the account's own key; `pings` counts the tests of
    the connection.
    """

    account_id: str
    name: str
    endpoint: str
    wrapped_key: str
    secrets: tuple[Secret, ...]
    state: AccountState = AccountState.ACTIVE
    pings: int = 0
    version: int = 1
    head: Head = field(default_factory=Head)
    ledger: Ledger = ()

    @property
    def subject_id(self) -> str:
        """Return the id that its history entries name."""
        return self.account_id

    @property
    def facts(self) -> Mapping[str, str]:
        """Return what each entry of its history says beside its id and state; rooms add theirs."""
        return {}

    def live_secrets(self, now: datetime) -> tuple[Secret, ...]:
        """Return the secrets that hold now, newest first."""
        return tuple(s for s in self.secrets if s.until is None or s.until > now)

    def rotated(self, sealed: str, now: datetime) -> Self:
        """Return the account with a new secret; the one before holds for another 24 hours."""
        ending = [
            replace(secret, until=min(filter(None, (secret.until, now + OVERLAP))))
            for secret in self.live_secrets(now)
        ]
        # More than two at a time would only make the header longer.
        return replace(self, secrets=(Secret(sealed), *ending[:1]))
