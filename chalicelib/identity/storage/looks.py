"""Looks of staff at a citizen's data."""

from chalicelib.core.pagination import Page
from chalicelib.identity.domain import Look
from chalicelib.identity.storage._records import LookRecord


def add_look(citizen_id: str, look: Look, look_id: str) -> None:
    """Record a look at a citizen's data."""
    LookRecord(
        f"C#{citizen_id}",
        f"X#{look.at}#{look_id}",
        at=look.at,
        staff_id=look.staff_id,
        reason=look.reason,
        what=look.what,
    ).save()


def list_looks(citizen_id: str, position: str | None, limit: int) -> Page[Look]:
    """Return looks, newest first."""
    condition = LookRecord.sk.between("X#", position or "X$")
    found = list(
        LookRecord.query(f"C#{citizen_id}", condition, scan_index_forward=False, limit=limit + 2)
    )
    found = [r for r in found if r.sk != position][: limit + 1]
    looks = tuple(Look(r.at, r.staff_id, r.reason, r.what) for r in found[:limit])
    return Page(looks, found[limit - 1].sk if len(found) > limit else None)
