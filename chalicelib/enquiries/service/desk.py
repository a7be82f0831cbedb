"""What staff do with enquiries: list, look, take on, pass on, answer, extend, decline.

Who handled what is complained about neither sees the enquiry nor acts on it: it is not found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, product
from typing import Final

from chalicelib.cases.uploads import service as uploads
from chalicelib.cases.uploads.domain import Upload
from chalicelib.catalogue import service as catalogue
from chalicelib.core import parallel
from chalicelib.core.auth import Staff
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import (
    FieldError,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    WrongStatus,
    unknown,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.pagination import Page
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import (
    OPEN,
    Effects,
    Enquiry,
    EnquiryFile,
    EnquiryStatus,
    EnquirySummary,
    Kind,
    deadlines,
    steps,
)
from chalicelib.enquiries.service import changes, encryption, queries
from chalicelib.enquiries.service.changes import Decided
from chalicelib.identity import service as identity

_PURPOSE: Final = "enquiry_handling"
_SAME: Final = Text("已在该大厅办理", "This hall has it already")


@dataclass(frozen=True, slots=True)
class Enquirer:
    """Who asks, in clear, for the staff who answer; None is what is not known."""

    name: str | None = None
    phone: str | None = None
    callback_at: str | None = None


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """Which enquiries are listed: of one hall, in one status (all open ones), of one kind."""

    office_id: str | None = None
    status: EnquiryStatus | None = None
    kind: Kind | None = None


def list_desk(
    staff: Staff, wanted: DeskFilter, position: str | None, limit: int
) -> Page[EnquirySummary]:
    """Return the enquiries of one's halls, what is due first first; one Query a hall and status.

    What ended comes newest first. Raises NotFound for a hall where the caller does not work.
    """
    if wanted.office_id is not None and wanted.office_id not in staff.office_ids:
        raise NotFound
    offices = [wanted.office_id] if wanted.office_id else sorted(staff.office_ids)
    statuses = (wanted.status,) if wanted.status else OPEN
    above = not steps.ABOVE.isdisjoint(staff.roles)
    viewer = storage.Viewer(staff.staff_id, above, wanted.kind)

    def lane(of: tuple[str, EnquiryStatus]) -> list[EnquirySummary]:
        return storage.list_work(*of, viewer, position, limit + 1)

    lanes = parallel.map_concurrently(lane, list(product(offices, statuses)))
    ended = statuses[0] not in OPEN
    found = sorted(chain.from_iterable(lanes), key=lambda one: one.position, reverse=ended)
    page = tuple(found[:limit])
    return Page(page, page[-1].position if len(found) > limit else None)


def show(staff: Staff, enquiry_id: str, now: datetime) -> tuple[EnquiryFile, Enquirer]:
    """Return all of an enquiry; the citizen will see that they looked. Raises NotFound."""
    file = _file(staff, enquiry_id)
    enquiry = file.enquiry
    if enquiry.citizen_id:
        what = f"enquiry:{enquiry_id}"
        identity.record_access(
            enquiry.citizen_id, staff, _PURPOSE, what, now, office_id=enquiry.office_id
        )
    return file, _enquirer(enquiry)


def attachment(staff: Staff, enquiry_id: str, upload_id: str, now: datetime) -> Upload:
    """Return a file that was attached; the citizen will see that they looked. Raises NotFound."""
    file = _file(staff, enquiry_id)
    citizen_id = file.enquiry.citizen_id
    written = queries.first_words(file)
    if citizen_id is None or written is None or upload_id not in written.attachments:
        raise NotFound
    upload = uploads.mine(citizen_id, upload_id)
    what = f"enquiry:{enquiry_id}/attachments/{upload_id}"
    identity.record_access(citizen_id, staff, _PURPOSE, what, now, office_id=file.enquiry.office_id)
    return upload


def claim(staff: Staff, enquiry_id: str, attempt: Attempt, now: datetime) -> Applied[EnquiryFile]:
    """Take an enquiry on; taking it again changes nothing.

    Raises NotFound, Forbidden, WrongStatus, AlreadyClaimed or IdempotencyKeyReused, as all steps.
    """

    def decide(old: Enquiry) -> Decided | None:
        if old.status is EnquiryStatus.ASSIGNED and old.claimed_by == staff.staff_id:
            return None
        new = steps.claimed(old, staff.staff_id)
        return changes.decided(old, new, now, "enquiry.claimed")

    return act(staff, enquiry_id, decide, attempt, now)


def transfer(  # noqa: PLR0913 - where to, and why.
    staff: Staff, enquiry_id: str, office_id: str, note: str, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Pass an enquiry to the hall that it concerns; its deadline stays. Raises InvalidRequest."""
    if office_id not in catalogue.current().offices:
        raise unknown("/office_id")

    def decide(old: Enquiry) -> Decided:
        new = steps.transferred(old, office_id)
        if old.office_id == office_id:
            raise InvalidRequest(errors=[FieldError("/office_id", "same_office", _SAME)])
        facts = {**changes.words(old, note), "former_office": old.office_id}
        # What the hall before was alerted of is the new one's.
        effects = Effects(changes.alerts_of(new, now))
        return changes.decided(old, new, now, "enquiry.transferred", facts, effects)

    return act(staff, enquiry_id, decide, attempt, now)


def answer(
    staff: Staff, enquiry_id: str, text: str, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Answer an enquiry, or add to the answer."""

    def decide(old: Enquiry) -> Decided:
        new = steps.answered(old, staff.staff_id)
        first = {"in_time": str(int(now <= old.due_at))} if old.open else {"further": "1"}
        facts = {**changes.words(old, text), **first}
        return changes.decided(old, new, now, "enquiry.answered", facts)

    return act(staff, enquiry_id, decide, attempt, now)


def extend(  # noqa: PLR0913 - until when, and why.
    staff: Staff, enquiry_id: str, until: date, reason: str, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Extend the deadline once, with a reason that the citizen reads.

    Raises also AlreadyExtended, DeadlinePassed or InvalidRequest.
    """

    def decide(old: Enquiry) -> Decided:
        if not old.open:
            raise WrongStatus(current=old.status)
        office = catalogue.current().offices.get(old.office_id)
        new = steps.extended(old, deadlines.extended(old, until, office, now))
        facts = {**changes.words(old, reason), "until": new.due_at.isoformat()}
        return changes.decided(old, new, now, "enquiry.extended", facts)

    return act(staff, enquiry_id, decide, attempt, now)


def decline(
    staff: Staff, enquiry_id: str, note: str, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Say that an enquiry is not for the city's halls, and who else answers it."""

    def decide(old: Enquiry) -> Decided:
        facts = changes.words(old, note)
        return changes.decided(old, steps.not_ours(old), now, "enquiry.not_ours", facts)

    return act(staff, enquiry_id, decide, attempt, now)


def act(
    staff: Staff,
    enquiry_id: str,
    decide: Callable[[Enquiry], Decided | None],
    attempt: Attempt,
    now: datetime,
) -> Applied[EnquiryFile]:
    """Change an enquiry that a member of staff sees and may act on."""

    def allowed(old: Enquiry) -> Decided | None:
        steps.check_acts(staff.staff_id, staff.roles, old)
        return decide(old)

    author = Author(staff.actor, now, attempt)
    # Who passes it to another hall gets the answer again on a retry.
    return changes.change(lambda: _file(staff, enquiry_id, attempt), allowed, author)


def _file(staff: Staff, enquiry_id: str, attempt: Attempt | None = None) -> EnquiryFile:
    file = queries.find(enquiry_id)
    if file is None or not steps.sees(staff.staff_id, staff.roles, file.enquiry):
        raise NotFound
    if file.enquiry.office_id in staff.office_ids:
        return file
    if attempt and any(attempt.key.startswith(one.key) for one in file.enquiry.ledger):
        return file
    raise NotFound


def _enquirer(enquiry: Enquiry) -> Enquirer:
    contact = encryption.open_contact(enquiry)
    if contact:
        return Enquirer(contact.name, contact.phone, contact.callback_at)
    if enquiry.citizen_id is None:
        return Enquirer()
    try:
        clear = identity.me(enquiry.citizen_id).clear
    except (NotFound, Unauthenticated):
        return Enquirer()
    return Enquirer(clear.get("name") or clear.get("display_name"), clear.get("phone"))
