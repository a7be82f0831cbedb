"""The port to the registers of other offices."""

from dataclasses import dataclass
from typing import Literal, Protocol

from chalicelib.identity.providers.base import IdentityClaim
from chalicelib.registers.domain import Answer

# For an application that is being filled in, or for its decision.
Purpose = Literal["application", "decision"]


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What a register is asked to confirm of a person, and the values that are needed with it.

    As a request of X-Road says (its message protocol's headers): on behalf of which service, who
    asked, why.
    """

    register_id: str
    claim: str
    fields: tuple[str, ...]
    person: IdentityClaim
    service_id: str
    asked_by: str
    purpose: Purpose


class OfficeRegister(Protocol):
    """Answers for the registers of other offices."""

    def ask(self, question: Question) -> Answer:
        """Ask one register; raises ProviderUnavailable."""
