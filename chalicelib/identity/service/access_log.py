"""Who looked at a citizen's data."""

from datetime import datetime

from chalicelib.anchors.service import looks as looks_of
from chalicelib.core.audit import SubjectHistory
from chalicelib.core.clock import rfc3339
from chalicelib.core.history import Finding
from chalicelib.core.ids import new_id
from chalicelib.core.pagination import Page
from chalicelib.identity import storage
from chalicelib.identity.domain import DataAccess


def record_access(  # noqa: PLR0913 - a look has these facts.
    citizen_id: str,
    staff_id: str,
    reason: str,
    what: str,
    now: datetime,
    *,
    department_id: str | None = None,
    access_id: str | None = None,
) -> None:
    """Record that somebody looks at a citizen's data, and for which department.

    One that has an `access_id` and is recorded again stays one.
    """
    access = DataAccess(rfc3339(now), staff_id, reason, what, department_id)
    storage.add_access(citizen_id, access, access_id or new_id(8))


def find_changed(subject: str, kept: SubjectHistory) -> Finding | None:
    """Return the first look of a chain `looks:<citizen_id>` that is no more as it was recorded."""
    citizen_id = subject.removeprefix("looks:")
    if citizen_id == subject:
        return None
    looks = {key: looks_of.digest(facts) for key, facts in storage.load_looks(citizen_id)}
    for entry in kept.entries:
        found = looks.get(entry.data["look"])
        if found != entry.data["digest"]:
            return Finding(entry.seq, "altered" if found else "left_out")
    return None


def accesses(citizen_id: str, position: str | None, limit: int) -> Page[DataAccess]:
    """Return who looked at the citizen's data, newest first."""
    return storage.list_accesses(citizen_id, position, limit)
