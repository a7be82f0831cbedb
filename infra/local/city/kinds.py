"""The services whose cases are played, as their cases go."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Kind:
    """A service as its cases go: with a `fee`, `originals` that a clerk sees, brought by courier.

    A `machine` says yes to it; `parts` are decided by departments, in this order. A `quick` one is
    promised for the next working day, or for the same.
    """

    service: str
    fee: bool = False
    originals: tuple[str, ...] = ()
    courier: bool = False
    machine: bool = False
    parts: tuple[tuple[str, str], ...] = ()
    elderly: bool = False
    quick: Literal["", "next_day", "same_day"] = ""


RECORD: Final = Kind("no-criminal-record", quick="next_day")
LICENCE: Final = Kind("driving-licence-replacement", fee=True, courier=True, quick="next_day")
# Its fee is above what one person gives back alone.
PASSPORT: Final = Kind("passport-issue", fee=True)
PERMIT: Final = Kind("residence-permit", originals=("id-card", "residence-proof"))
ID_CARD: Final = Kind("id-card-renewal", fee=True, originals=("old-id-card",), courier=True)
TRADER: Final = Kind("sole-trader-registration", quick="next_day")
ELDER: Final = Kind("elder-card", courier=True, machine=True, elderly=True, quick="same_day")
FILING: Final = Kind("medical-remote-filing", machine=True, quick="same_day")
RESTAURANT: Final = Kind(
    "open-a-restaurant",
    originals=("id-card", "premises-proof"),
    parts=(
        ("business-licence", "market-regulation"),
        ("fire-safety", "fire-rescue"),
        ("drainage", "housing-construction"),
        ("food-licence", "market-regulation"),
    ),
)
BABY: Final = Kind(
    "birth-registration",
    originals=("birth-certificate", "household-register"),
    parts=(
        ("household", "public-security"),
        ("medical-insurance", "medical-security"),
        ("social-card", "human-resources"),
    ),
    quick="same_day",
)
