"""Looks at a citizen's data: who looked, in which role, at which thing."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

# Who has several roles looks in the first of these.
_ROLES: Final = ("admin", "supervisor", "clerk", "auditor")
# What is said of the person themself, and not of a thing of theirs.
_PERSON: Final = frozenset({"identity", "profile"})


@dataclass(frozen=True, slots=True)
class DataAccess:
    """One look of a member of staff, or of a system, at a citizen's data.

    `what` is the kind of thing and its id, `case:7Kx2`, and after a slash which part of it.
    """

    at: str
    staff_id: str
    reason: str
    what: str
    department_id: str | None = None
    office_id: str | None = None
    role: str | None = None

    def subject(self, citizen_id: str) -> tuple[str, str]:
        """Return the kind of what was looked at, and its id; `citizen_id` is who was looked at."""
        kind, known, rest = self.what.partition(":")
        if known:
            return kind, rest.partition("/")[0]
        # Parcels were once named by their id alone.
        return ("person", citizen_id) if kind in _PERSON else ("delivery", kind)


def role_of(staff_id: str, roles: Collection[str]) -> str | None:
    """Return the role in which somebody looks; a system's is what it is, as its id begins."""
    kind, is_system, _ = staff_id.partition(":")
    return kind if is_system else next((role for role in _ROLES if role in roles), None)
