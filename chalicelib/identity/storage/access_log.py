"""Looks of staff at a citizen's data."""

from chalicelib.core import events
from chalicelib.core.pagination import Page
from chalicelib.identity.domain import DataAccess
from chalicelib.identity.storage._records import AccessRecord


def add_access(citizen_id: str, access: DataAccess, access_id: str) -> None:
    """Record a look at a citizen's data."""
    AccessRecord(
        f"C#{citizen_id}",
        f"X#{access.at}#{access_id}",
        at=access.at,
        staff_id=access.staff_id,
        reason=access.reason,
        what=access.what,
        department_id=access.department_id,
        office_id=access.office_id,
        role=access.role,
        prev_hash=events.LOOK,
    ).save()


def list_accesses(citizen_id: str, position: str | None, limit: int) -> Page[DataAccess]:
    """Return who looked at a citizen's data, newest first."""
    condition = AccessRecord.sk.between("X#", position or "X$")
    records = list(
        AccessRecord.query(f"C#{citizen_id}", condition, scan_index_forward=False, limit=limit + 2)
    )
    records = [r for r in records if r.sk != position][: limit + 1]
    accesses = tuple(
        DataAccess(r.at, r.staff_id, r.reason, r.what, r.department_id, r.office_id, r.role)
        for r in records[:limit]
    )
    return Page(accesses, records[limit - 1].sk if len(records) > limit else None)


def load_looks(citizen_id: str) -> list[tuple[str, dict[str, str]]]:
    """Return all looks at a citizen's data by their keys, each with all that it says."""
    names = ("at", "staff_id", "reason", "what", "department_id", "office_id", "role")
    found = AccessRecord.query(f"C#{citizen_id}", AccessRecord.sk.startswith("X#"))
    return [
        (
            record.sk.removeprefix("X#"),
            {name: value for name in names if (value := getattr(record, name)) is not None},
        )
        for record in found
    ]
