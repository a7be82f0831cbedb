"""A room's accounts as owners of endpoints; the room itself says how its messages are opened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic

from chalicelib.webhooks.domain.account import AccountState
from chalicelib.webhooks.domain.endpoint import Endpoint
from chalicelib.webhooks.service.accounts import A, Accounts
from chalicelib.webhooks.service.directory import Directory


class AccountOwner(Generic[A]):
    """All of `Owner` but `open`, which a room adds."""

    def __init__(self, directory: Directory[A], accounts: Accounts[A]) -> None:
        """Keep whose endpoints these are."""
        self._directory, self._accounts = directory, accounts

    def list_active(self) -> Sequence[str]:
        """Return the ids of the accounts to which messages go now."""
        self._directory.forget()
        everyone = self._directory.everyone()
        return [one.account_id for one in everyone if one.state is AccountState.ACTIVE]

    def is_active(self, endpoint_id: str) -> bool:
        """Tell whether messages go to an account."""
        return self._directory.find(endpoint_id).state is AccountState.ACTIVE

    def load(self, endpoint_id: str, now: datetime) -> Endpoint:
        """Return an endpoint as it is at this moment, with the secrets that hold."""
        account = self._directory.load(endpoint_id)
        secrets = tuple(self._directory.live_secrets(account, now))
        active = account.state is AccountState.ACTIVE
        return Endpoint(endpoint_id, account.endpoint, secrets, active)

    def disable(self, endpoint_id: str, reason: str, now: datetime) -> None:
        """Send nothing more until staff resume it."""
        self._accounts.disable(endpoint_id, reason, now)

    def note_health(self, endpoint_id: str, *, troubled: bool, now: datetime) -> None:
        """Write into the history that an endpoint does not answer, or answers again."""
        self._accounts.note_health(endpoint_id, troubled=troubled, now=now)
