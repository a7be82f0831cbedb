"""The port to the business register."""

from dataclasses import dataclass
from typing import Literal, Protocol

from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.mandates.domain import RegisterOutcome

Purpose = Literal["create", "new_manager", "daily", "review"]


@dataclass(frozen=True, slots=True)
class RegisterAsked:
    """Whether somebody is the legal representative of a credit code, asked by whom and why."""

    credit_code: str
    representative: IdentityClaim
    asked_by: str
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """What the register says, with the name under which it knows the organisation."""

    outcome: RegisterOutcome
    name: str | None = None


class BusinessRegister(Protocol):
    """Tells who represents an organisation by law."""

    def ask(self, asked: RegisterAsked) -> RegisterAnswer:
        """Ask about a representative; raises ProviderUnavailable."""
