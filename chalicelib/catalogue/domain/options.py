"""Lists that forms choose from, too long to be written in each form: `x-options` names one.

Countries and regions have the names of CLDR, and those of GB/T 2659.1 where these differ; issuers
of travel documents that are no countries stand at the end (ICAO 9303-3). Ethnic groups are in the
order and the spelling of GB/T 3304. What is asked for most stands first, as the files have it.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from chalicelib.core.i18n import Lang, Text

_DATA: Final = Path(__file__).parents[1] / "data" / "options"
# Where one goes with a permit rather than a passport.
_WITHOUT_PASSPORT: Final = frozenset({"CHN", "HKG", "MAC", "TWN"})
LISTS: Final = ("destinations", "ethnic_groups")


@dataclass(frozen=True, slots=True)
class Option:
    """A value that may be chosen, and what it is called."""

    value: str
    name: Text


def issuers(lang: Lang) -> list[Option]:
    """Return who issues passports, in the order of a language."""
    return [one for group in _groups("countries", lang) for one in group]


def options(name: str, lang: Lang = "zh-CN") -> list[Option]:
    """Return a list that forms name, in the order of a language."""
    if name != "destinations":
        return [one for group in _groups(name, lang) for one in group]
    most, others, _ = _groups("countries", lang)
    return [one for one in (*most, *others) if one.value not in _WITHOUT_PASSPORT]


@cache
def values(name: str) -> tuple[str, ...]:
    """Return what may be chosen from a list that forms name."""
    return tuple(one.value for one in options(name))


@cache
def _groups(name: str, lang: Lang) -> tuple[tuple[Option, ...], ...]:
    """Read a file: groups with a blank line between them, the first as it stands."""
    text = (_DATA / f"{name}.txt").read_text()
    written = text.split("\n\n")
    first, *others = ([_option(line) for line in group.splitlines()] for group in written)
    # Chinese names are in the order of their sounds as they are written.
    ordered = [sorted(group, key=_letters) if lang == "en" else group for group in others]
    return tuple(map(tuple, (first, *ordered)))


def _option(line: str) -> Option:
    value, zh, en = line.split("\t")
    return Option(value, Text(zh, en))


def _letters(one: Option) -> str:
    """Return a name's letters without their accents."""
    apart = unicodedata.normalize("NFKD", one.name.en.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
