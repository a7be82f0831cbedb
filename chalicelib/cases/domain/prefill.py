"""Filling in what is known: the once-only principle (Regulation (EU) 2018/1724, article 14).

Fields of forms and of certificates have names that mean the same everywhere (`x-key`). What a form
asks under such a name is filled in from what is known under it, most trustworthy first, and only
where the form takes it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, TypeVar

T = TypeVar("T")
Source = Literal["profile", "previous", "certificate", "register"]
# Whose word counts for more.
_ORDER: Final[tuple[Source, ...]] = ("register", "certificate", "profile", "previous")


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is known under a key, where from and since when."""

    key: str
    value: Any
    source: Source
    as_of: date

    @property
    def editable(self) -> bool:
        """Tell whether one may say otherwise here; what a register says is corrected there."""
        return self.source != "register"


@dataclass(frozen=True, slots=True)
class Former:
    """An application of a citizen's account: for whom (a keyed hash), and which service.

    Both are None of what was lodged before they were noted beside its id.
    """

    case_id: str
    service_id: str | None
    person: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The keys of a form's fields, and of these which every application has filled in."""

    every: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


def worth_reading(
    former: Iterable[Former],
    person: str | None,
    keys: frozenset[str],
    asked: Callable[[str], Asked],
) -> list[Former]:
    """Return which of a person's former applications, newest first, can tell something of `keys`.

    `asked` is what a service's form asks. One of which newer ones surely tell all is left out, and
    so is one for a service of which there is a newer one. Those that tell for sure come first.
    """
    chosen: list[Former] = []
    maybe: list[Former] = []
    sure: set[str] = set()
    for one in former:
        if one.service_id is None:
            maybe.append(one)
        elif one.person == person and one.service_id not in {c.service_id for c in chosen + maybe}:
            form = asked(one.service_id)
            if (form.required & keys) - sure:
                chosen.append(one)
            elif (form.every & keys) - sure:
                maybe.append(one)
            sure |= form.required
    return chosen + maybe if person is not None else []


def newest_of_each(things: Iterable[T], kind: Callable[[T], object]) -> list[T]:
    """Return things, newest first, with the newest of each kind before all others."""
    first: dict[object, T] = {}
    rest = [one for one in things if first.setdefault(kind(one), one) is not one]
    return [*first.values(), *rest]


def of_person(
    things: Iterable[T], person: str | None, whose: Callable[[T], str | None]
) -> tuple[T, ...]:
    """Return what is of the very person (a keyed hash); nothing where nobody knows who that is."""
    return tuple(one for one in things if person is not None and whose(one) == person)


def remembered(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a form that count for another application: not of one occasion alone."""
    return {name: rules for name, rules in fields.items() if not rules.get("x-occasion")}


def known_of(
    fields: Mapping[str, Any], values: Mapping[str, Any], source: Source, as_of: date
) -> list[Known]:
    """Return what values say under the keys of their fields."""
    return [
        Known(rules["x-key"], values[name], source, as_of)
        for name, rules in fields.items()
        if "x-key" in rules and name in values
    ]


def filled(
    fields: Mapping[str, Any],
    known: Iterable[Known],
    refused: Callable[[Mapping[str, Any]], Iterable[str]],
) -> dict[str, Known]:
    """Return what is known for each field of a form; `refused` names the fields it does not take.

    Of what is known under a key, the most trustworthy counts, and of that the newest.
    """
    ranked = sorted(known, key=lambda one: one.as_of, reverse=True)
    ranked.sort(key=lambda one: _ORDER.index(one.source))
    found: dict[str, Known] = {}
    for name, rules in fields.items():
        of_field = (one for one in ranked if one.key == rules.get("x-key"))
        fitting = (one for one in of_field if name not in refused({name: one.value}))
        best = next(fitting, None)
        if best is not None:
            found[name] = best
    # One may not go with another: what does not is left to be asked.
    while wrong := set(refused({name: one.value for name, one in found.items()})) & found.keys():
        found = {name: one for name, one in found.items() if name not in wrong}
    return found
