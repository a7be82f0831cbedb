"""Originals: papers of which the office sees or keeps the paper itself, and where each of them is.

A courier's word brings one as far as `arrived`; `received` and what follows is the office's own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from chalicelib.catalogue.domain import Service

Handover = Literal["courier", "visit", "none"]
Noted = Literal["received", "checked", "mismatch", "returned"]
OriginalStatus = Literal["expected", "on_the_way", "arrived"] | Noted
NOTED: Final[tuple[Noted, ...]] = get_args(Noted)
_COMING: Final = frozenset[OriginalStatus]({"expected", "on_the_way"})
_HERE: Final = _COMING | frozenset[OriginalStatus]({"arrived"})
_IN: Final = _HERE | frozenset[OriginalStatus]({"received"})
# From which states the office may note each of its own.
_FROM: Final[Mapping[Noted, frozenset[OriginalStatus]]] = {
    "received": _HERE,
    "checked": _IN | frozenset[OriginalStatus]({"mismatch"}),
    "mismatch": _IN,
    "returned": frozenset({"arrived", "received", "checked", "mismatch"}),
}
_CARRIED: Final = frozenset(
    {"picked_up", "in_transit", "out_for_delivery", "available_for_pickup", "attempt_failed"}
)


@dataclass(frozen=True, slots=True)
class Original:
    """A paper of which the office asks for the original; `checked` once it agreed with the file."""

    material_id: str
    status: OriginalStatus = "expected"
    checked: bool = False


def expected_of(service: Service, given: Collection[str]) -> tuple[Original, ...]:
    """Return the originals that a case awaits: of the papers that were given with it."""
    return tuple(
        Original(one.material_id)
        for one in service.materials
        if one.original != "none" and one.material_id in given
    )


def carried(originals: Iterable[Original], status: str) -> tuple[Original, ...]:
    """Return the originals after a courier's word of their parcel, which comes in any order."""

    def moved(one: Original) -> Original:
        if status in _CARRIED and one.status == "expected":
            return replace(one, status="on_the_way")
        if status == "delivered" and one.status in _COMING:
            return replace(one, status="arrived")
        return one

    return tuple(moved(one) for one in originals)


def expected_again(originals: Iterable[Original]) -> tuple[Original, ...]:
    """Return the originals after a parcel of them was lost: others are awaited in their place."""
    return tuple(
        replace(one, status="expected") if one.status == "on_the_way" else one for one in originals
    )


def to_come(originals: Iterable[Original]) -> bool:
    """Tell whether any of the originals is still to come."""
    return any(one.status in _COMING for one in originals)


def in_office(originals: Iterable[Original]) -> bool:
    """Tell whether the office has any of the originals."""
    return any(one.status in _FROM["returned"] for one in originals)


def noted(originals: Iterable[Original], notes: Mapping[str, Noted]) -> tuple[Original, ...] | None:
    """Return the originals as the office notes them by material; None for what cannot follow."""
    new = []
    for one in originals:
        status = notes.get(one.material_id, one.status)
        if status in NOTED and status != one.status:
            if one.status not in _FROM[status]:
                return None
            is_checked = status == "checked" or (status == "returned" and one.checked)
            new.append(Original(one.material_id, status, is_checked))
        else:
            new.append(one)
    return tuple(new)


def unchecked(originals: Iterable[Original], among: Collection[str] | None = None) -> list[str]:
    """Return the papers of which no original was found right, `among` some or all."""
    return [
        one.material_id
        for one in originals
        if not one.checked and (among is None or one.material_id in among)
    ]
