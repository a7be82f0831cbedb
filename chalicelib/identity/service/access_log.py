"""Who looked at a citizen's data."""

from datetime import datetime

from chalicelib.core.auth import Staff
from chalicelib.core.clock import rfc3339
from chalicelib.core.ids import new_id
from chalicelib.core.pagination import Page
from chalicelib.identity import storage
from chalicelib.identity.domain import DataAccess, role_of


def record_access(  # noqa: PLR0913 - a look has these facts.
    citizen_id: str,
    who: Staff | str,
    reason: str,
    what: str,
    now: datetime,
    *,
    department_id: str | None = None,
    office_id: str | None = None,
    access_id: str | None = None,
) -> None:
    """Record that somebody looks at a citizen's data, and for which department or hall.

    `who` is a member of staff, or the id of a system (`register:…`, `subscriber:…`).
    One that has an `access_id` and is recorded again stays one.
    """
    staff_id = who if isinstance(who, str) else who.staff_id
    role = role_of(staff_id, () if isinstance(who, str) else who.roles)
    access = DataAccess(rfc3339(now), staff_id, reason, what, department_id, office_id, role)
    storage.add_access(citizen_id, access, access_id or new_id(8))


def accesses(citizen_id: str, position: str | None, limit: int) -> Page[DataAccess]:
    """Return who looked at the citizen's data, newest first."""
    return storage.list_accesses(citizen_id, position, limit)
