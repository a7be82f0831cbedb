"""Money: an integer of the smallest unit and an ISO 4217 currency."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    """An amount; `cents` is never negative, `currency` is lower case."""

    cents: int
    currency: str = "cny"

    def __post_init__(self) -> None:
        """Refuse what is not an amount."""
        if self.cents < 0 or len(self.currency) != 3:  # noqa: PLR2004 - ISO 4217 codes have three letters.
            message = f"not an amount: {self.cents} {self.currency}"
            raise ValueError(message)
