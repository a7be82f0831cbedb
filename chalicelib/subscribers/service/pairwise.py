"""Ids of people's things that tell nothing of whose they are, for each who is told others.

Our own ids of all that is one person's begin alike, and are the same for everybody. What another
system is told are keyed hashes of them: the same thing has always the same id there, two things of
one person have nothing in common, and two systems cannot tell that they hear of the same.
"""

from collections.abc import Callable
from typing import Final

from chalicelib.core import dependencies
from chalicelib.core.ids import derived_id

_KIND: Final = "pairwise"


def ids_for(hearer: str) -> Callable[[str], str]:
    """Return what makes the ids by which somebody who is told of events knows things."""
    vault = dependencies.vault()
    return lambda thing: derived_id(vault.keyed_hash(_KIND, f"{hearer}/{thing}"))
