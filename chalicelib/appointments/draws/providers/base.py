"""The port to a public source of random values (a randomness beacon, NIST IR 8213)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NamedValue:
    """Which value will be used, and from when on it may be known."""

    name: str
    known_from: datetime


class Beacon(Protocol):
    """Publishes values that nobody knows or chooses before their time."""

    def named(self, closes_at: datetime) -> NamedValue:
        """Return a value that nobody knows some while after a draw has closed.

        Raises ProviderUnavailable.
        """

    def value(self, name: str) -> str:
        """Return a value in hexadecimal digits; raises ProviderUnavailable before its time."""
