"""Things that are kept under a person whose number was corrected: each gets the right one.

A thing says whose it is in itself and where it is listed. Both are written at once, on the
condition that the thing is as it was read; what was changed meanwhile is read and corrected again.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from chalicelib.core.changes import until_stored
from chalicelib.core.tables import Record, store_together

T = TypeVar("T")


def correct_each(
    ids: Iterable[str],
    load: Callable[[str], T | None],
    is_wrong: Callable[[T], bool],
    store: Callable[[T], bool],
) -> None:
    """Store a correction of each thing that is wrong as it is now. Idempotent; raises TryAgain.

    `store` answers False where the thing was changed since it was loaded.
    """

    def correct(id_: str) -> bool | None:
        there = load(id_)
        return there is None or not is_wrong(there) or store(there) or None

    for id_ in ids:
        until_stored(partial(correct, id_))


def store_person(kept: Record, is_still: Any, listed: Record, person: str) -> bool:
    """Keep whose a thing is, in itself and where it is listed; False when it was changed since."""
    kind, list_kind = type(kept), type(listed)
    return store_together(
        [
            lambda write: write.update(kept, [_person_of(kind, person)], condition=is_still),
            lambda write: write.update(
                listed, [_person_of(list_kind, person)], condition=list_kind.pk.exists()
            ),
        ]
    )


def _person_of(kind: Any, person: str) -> Any:
    return kind.person.set(person)
