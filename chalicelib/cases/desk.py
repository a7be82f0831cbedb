"""What staff do with cases: the work list, one case whole, and the steps."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from chalicelib.cases import alerts, changes, limits, sealing, storage
from chalicelib.cases.domain import (
    ASKED_AGAIN,
    RUNNING,
    STEPS,
    AlreadyClaimed,
    Case,
    FeeUnpaid,
    Remark,
    Status,
    Step,
    StepName,
    Whole,
)
from chalicelib.cases.storage import Effects, Listed
from chalicelib.cases.uploads import service as uploads
from chalicelib.cases.uploads.domain import Upload
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.clock import OFFICE_ZONE, office_time
from chalicelib.core.errors import (
    FieldError,
    Forbidden,
    InvalidRequest,
    NotFound,
    StaleVersion,
    WrongStatus,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.identity import service as identity
from chalicelib.supervision.domain import Alert

_ABOVE: Final = frozenset({"supervisor", "admin"})
_NEEDED: Final = Text("请填写理由", "A reason is needed")
_NO_ITEMS: Final = Text("请列明需要补正的内容", "Say what is to be corrected")
Due = Literal["overdue", "today", "week"] | date


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a step: the version that was seen, the reason, what is to be corrected."""

    version: int | None = None
    note: str | None = None
    items: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies, in clear, for the staff who handle the case."""

    name: str | None
    id_number: str | None


def work_list(  # noqa: PLR0913 - a list is cut by these.
    staff: Staff,
    office_id: str | None,
    status: Status | None,
    due: Due | None,
    position: str | None,
    limit: int,
    now: datetime,
) -> Page[Listed]:
    """Return cases by what is promised, overdue first; one Query for each hall and status.

    Without a status: those whose limits run. Those that are decided come newest first. Raises
    NotFound for a hall where the caller does not work.
    """
    if office_id is not None and office_id not in staff.office_ids:
        raise NotFound
    offices = [office_id] if office_id else sorted(staff.office_ids)
    decided = status is not None and status not in RUNNING
    until = _until(due, now)

    def look(where: tuple[str, Status]) -> list[Listed]:
        if decided:
            return storage.list_decided(*where, position, limit + 1)
        return storage.list_work(*where, None, until, position, limit + 1)

    wanted = [(office, one) for office in offices for one in ((status,) if status else RUNNING)]
    found = list(itertools.chain.from_iterable(parallel.map_concurrently(look, wanted)))
    found.sort(key=lambda listed: listed.position, reverse=decided)
    items = tuple(found[:limit])
    return Page(items, items[-1].position if len(found) > limit else None)


def show(staff: Staff, case_id: str, now: datetime) -> tuple[Whole, Applicant]:
    """Return all of a case of the staff's halls; the citizen will see that they looked.

    Raises NotFound.
    """
    whole = storage.load_whole(case_id)
    if whole is None or whole.case.office_id not in staff.office_ids:
        raise NotFound
    case = whole.case
    identity.record_access(case.citizen_id, staff.staff_id, "case_handling", f"case:{case_id}", now)
    return whole, _applicant(case)


def material(staff: Staff, case_id: str, material_id: str, page: int, now: datetime) -> Upload:
    """Return a page (from 1) of a material of a case of the staff's halls.

    The citizen will see that they looked. Raises NotFound.
    """
    whole = storage.load_whole(case_id)
    if whole is None or whole.case.office_id not in staff.office_ids:
        raise NotFound
    pages = [one.upload_id for one in whole.body.materials if one.material_id == material_id]
    if page > len(pages):
        raise NotFound
    citizen_id = whole.case.citizen_id
    found = uploads.mine(citizen_id, pages[page - 1])
    what = f"case:{case_id}/materials/{material_id}"
    identity.record_access(citizen_id, staff.staff_id, "case_handling", what, now)
    return found


def step(  # noqa: PLR0913 - a step has these facts.
    staff: Staff, case_id: str, name: StepName, said: Said, attempt: Attempt, now: datetime
) -> Applied[Case]:
    """Take a step.

    A step by the wrong role or out of order leaves an alert. Raises NotFound, Forbidden,
    InvalidRequest, WrongStatus, StaleVersion, AlreadyClaimed, FeeUnpaid or IdempotencyKeyReused.
    """
    wanted = STEPS[name]
    first: Case | None = None

    def decide(old: Case) -> changes.Decided | None:
        nonlocal first
        first = first or old
        if _was_faster(old, first, said):
            raise StaleVersion(current=old.status, version=old.version)
        _check(staff, old, name, wanted, said, now)
        new = _decide(staff, old, name, wanted, now.replace(microsecond=0))
        if new == old:
            return None
        effects = Effects(alert=_alert(old, new, staff, now))
        return changes.decided(new, now, (wanted.event, _facts(case_id, said)), effects=effects)

    author = Author(staff.actor, now, attempt)
    return changes.apply(lambda: _of_own_hall(staff, case_id), decide, author)


def _of_own_hall(staff: Staff, case_id: str) -> Case:
    found = storage.load(case_id)
    if found is None or found.office_id not in staff.office_ids:
        raise NotFound
    return found


def _was_faster(current: Case, first: Case, said: Said) -> bool:
    """Tell whether somebody changed what this step builds on; money and parcels are not that."""
    if said.version is not None:
        return said.version != current.version
    seen = (first.status, first.claimed_by)
    return (current.status, current.claimed_by) != seen


def _check(  # noqa: PLR0913 - a step is checked against these.
    staff: Staff, case: Case, name: StepName, wanted: Step, said: Said, now: datetime
) -> None:
    facts = {"step": name, "status": case.status.value, "by": staff.staff_id}
    if not staff.roles & wanted.roles:
        alerts.trace(case, "step_by_wrong_role", facts, now)
        raise Forbidden
    if case.status not in wanted.froms:
        alerts.trace(case, "step_out_of_order", facts, now)
        raise WrongStatus(current=case.status)
    if case.claimed_by not in (None, staff.staff_id) and not staff.roles & _ABOVE:
        raise AlreadyClaimed(current=case.status, claimed_by=case.claimed_by)
    if name == limits.fee_step(case):
        raise FeeUnpaid(current=case.status, payment_status=case.payment_status)
    if wanted.needs == "note" and not (said.note or "").strip():
        raise InvalidRequest(errors=[FieldError("/note", "missing", _NEEDED)])
    if wanted.needs == "items" and not said.items:
        raise InvalidRequest(errors=[FieldError("/items", "missing", _NO_ITEMS)])


def _decide(staff: Staff, old: Case, name: StepName, wanted: Step, now: datetime) -> Case:
    if name == "claim":
        return replace(old, claimed_by=staff.staff_id)
    if name == "release":
        return replace(old, claimed_by=None)
    new = replace(old, status=wanted.to or old.status)
    if new.status is Status.CORRECTION_REQUESTED:
        again = {ASKED_AGAIN} if old.corrections else set()
        asked = changes.answered(replace(new, corrections=old.corrections + 1))
        return replace(asked, alerts=asked.alerts | again)
    if not new.running and old.running:
        new = replace(new, decided_at=now, claimed_by=None)
    return changes.answered(new)


def _alert(old: Case, new: Case, staff: Staff, now: datetime) -> Alert | None:
    if ASKED_AGAIN not in new.alerts or new.corrections == old.corrections:
        return None
    facts = {"corrections": str(new.corrections), "by": staff.staff_id}
    return Alert(new.case_id, ASKED_AGAIN, "content", new.office_id, now, "yellow", facts)


def _facts(case_id: str, said: Said) -> Mapping[str, str]:
    facts = {}
    if said.note:
        facts["note"] = sealing.seal_note(case_id, said.note)
    if said.items:
        facts["items"] = sealing.seal_remarks(case_id, said.items)
    return facts


def _applicant(case: Case) -> Applicant:
    if identity.is_erased(case.citizen_id):
        return Applicant(None, None)
    if case.for_member is None:
        clear = identity.me(case.citizen_id).clear
        return Applicant(clear.get("name"), clear.get("id_number"))
    for member, clear in identity.family(case.citizen_id):
        if member.member_id == case.for_member:
            return Applicant(clear["name"], clear["id_number"])
    return Applicant(None, None)


def _until(due: Due | None, now: datetime) -> datetime | None:
    if due is None or due == date.max:
        return None
    if due == "overdue":
        return now
    today = office_time(now).date()
    day = {"today": today, "week": today + timedelta(days=7)}.get(str(due), due)
    last = day if isinstance(day, date) else today
    return datetime.combine(last + timedelta(days=1), time(), OFFICE_ZONE)
