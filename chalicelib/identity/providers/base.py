"""The port to the platforms' log-in."""

from dataclasses import dataclass
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


class IdentityProvider(Protocol):
    """Tells whether a name and a resident identity number belong together."""

    def confirm(self, name: str, id_number: str) -> bool:
        """Ask the authority; raises ProviderUnavailable."""


__all__ = ["IdentityProvider", "LoginProvider", "PlatformAccount"]
