"""The business register of a demonstration in one process: what was put into it."""

from dataclasses import dataclass
from typing import ClassVar

from chalicelib.mandates.providers.base import RegisterAnswer, RegisterAsked


@dataclass(frozen=True, slots=True)
class Registered:
    """An organisation and who represents it."""

    name: str
    representative: str
    id_number: str


class EmbeddedBusinessRegister:
    """Knows the organisations that were put into it, by their credit codes."""

    known: ClassVar[dict[str, Registered]] = {}

    def ask(self, asked: RegisterAsked) -> RegisterAnswer:
        """Compare the representative with who was put there."""
        there, claim = self.known.get(asked.credit_code), asked.representative
        if there is None:
            return RegisterAnswer("not_found")
        pair = (claim.name, claim.document.number)
        is_right = pair == (there.representative, there.id_number)
        return RegisterAnswer("confirmed" if is_right else "denied", there.name)
