"""What staff type to find who stands at the desk."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.core.text import read_code

# Fewer digits would name half of the hall.
_LAST_DIGITS: Final = re.compile("[0-9]{3,17}[0-9X]")
_SHORT_CODE: Final = re.compile("[0-9]{6}")
_NUMBERS: Final = ("id_number", "phone")


@dataclass(frozen=True, slots=True)
class Search:
    """The words by which staff look for somebody."""

    query: str

    @property
    def short_code(self) -> str | None:
        """Return the words if they may be a short code."""
        code = read_code(self.query)
        return code if _SHORT_CODE.fullmatch(code) else None

    def means(self, person: Mapping[str, str]) -> bool:
        """Tell whether a person's number or phone ends so, or their name has these characters."""
        digits = read_code(self.query)
        if _LAST_DIGITS.fullmatch(digits):
            return any(person.get(n, "").endswith(digits) for n in _NUMBERS)
        return _plain(self.query) in _plain(person.get("name", ""))


def _plain(name: str) -> str:
    return "".join(name.casefold().split())
