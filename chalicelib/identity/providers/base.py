"""The port to the platforms' log-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PlatformAccount:
    """Whom a platform says it is: `subject` is its own stable id of the person."""

    platform: str
    subject: str


class LoginProvider(Protocol):
    """Exchanges the code that a phone got from its platform."""

    platform: str
    single_use: bool

    def exchange(self, code: str) -> PlatformAccount:
        """Return the account; raises InvalidLoginCode, ProviderUnavailable or TooManyRequests."""


class StaffDirectory(Protocol):
    """Tells which member of staff a token of the city's directory names."""

    def username(self, id_token: str, now: datetime) -> str:
        """Return the name of the account; raises InvalidIdToken or ProviderUnavailable."""


class IdentityProvider(Protocol):
    """Tells whether a name and a resident identity number belong together."""

    def confirm(self, name: str, id_number: str) -> bool:
        """Ask the authority; raises ProviderUnavailable."""


__all__ = ["IdentityProvider", "LoginProvider", "PlatformAccount", "StaffDirectory"]
