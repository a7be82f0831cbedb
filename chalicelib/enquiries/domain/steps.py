"""What citizens and staff do with an enquiry: rules that give its next state, or refuse.

| step | from | to |
|---|---|---|
| claim | received, reopened, assigned (by supervisors) | assigned |
| transfer | received, assigned, reopened | received, in another hall, with the same deadline |
| answer | received, assigned, reopened, answered | answered |
| extend | received, assigned, reopened | as before |
| not-ours | received, assigned, reopened | not_ours |
| reply | received, assigned, reopened, answered | as before |
| reopen | answered, closed, not_ours | reopened |
| confirm | answered | closed |
| withdraw | received, assigned, reopened, answered | withdrawn |
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import AlreadyClaimed
from chalicelib.core.errors import Forbidden, WrongStatus
from chalicelib.enquiries.domain.enquiry import OPEN, Enquiry, EnquiryStatus
from chalicelib.enquiries.domain.errors import ReopenedTooOften

# Kinds that speak of somebody, who is kept out.
KEEP_OUT: Final = frozenset({"complaint", "report"})
ABOVE: Final = frozenset({"supervisor", "admin"})
# So often whoever of the hall answers; the next time a supervisor does, and that is the last.
REOPENED_FREELY: Final = 2
_ANSWERABLE: Final = (*OPEN, EnquiryStatus.ANSWERED)
_REOPENABLE: Final = (EnquiryStatus.ANSWERED, EnquiryStatus.CLOSED, EnquiryStatus.NOT_OURS)


def sees(staff_id: str, roles: Collection[str], enquiry: Enquiry) -> bool:
    """Tell whether a member of staff of its hall sees an enquiry at all."""
    if enquiry.awaiting_leave or staff_id in enquiry.handlers:
        return False
    return not enquiry.confined or not ABOVE.isdisjoint(roles)


def check_acts(staff_id: str, roles: Collection[str], enquiry: Enquiry) -> None:
    """Let staff act who may; raises Forbidden or AlreadyClaimed."""
    if not ABOVE.isdisjoint(roles):
        return
    if enquiry.escalated:
        raise Forbidden
    if enquiry.open and enquiry.claimed_by not in (None, staff_id):
        raise AlreadyClaimed(current=enquiry.status, claimed_by=enquiry.claimed_by)


def claimed(enquiry: Enquiry, staff_id: str) -> Enquiry:
    """Return an enquiry that somebody takes on; raises WrongStatus."""
    _check(enquiry, OPEN)
    return replace(enquiry, status=EnquiryStatus.ASSIGNED, claimed_by=staff_id)


def transferred(enquiry: Enquiry, office_id: str) -> Enquiry:
    """Return an enquiry that another hall has; its deadline stays. Raises WrongStatus."""
    _check(enquiry, OPEN)
    received = EnquiryStatus.RECEIVED
    return replace(enquiry, status=received, office_id=office_id, claimed_by=None)


def answered(enquiry: Enquiry, staff_id: str) -> Enquiry:
    """Return an enquiry that was answered, or answered further; raises WrongStatus."""
    _check(enquiry, _ANSWERABLE)
    new = replace(enquiry, status=EnquiryStatus.ANSWERED, overdue=False)
    return replace(new, claimed_by=enquiry.claimed_by or staff_id)


def not_ours(enquiry: Enquiry) -> Enquiry:
    """Return an enquiry that is somebody else's to answer; raises WrongStatus."""
    _check(enquiry, OPEN)
    return replace(enquiry, status=EnquiryStatus.NOT_OURS, overdue=False)


def extended(enquiry: Enquiry, due_at: datetime) -> Enquiry:
    """Return an enquiry with its extended deadline; raises WrongStatus."""
    _check(enquiry, OPEN)
    return replace(enquiry, due_at=due_at, extended=True)


def replied(enquiry: Enquiry) -> Enquiry:
    """Return an enquiry to which the citizen adds something; raises WrongStatus."""
    _check(enquiry, _ANSWERABLE)
    return enquiry


def reopened(enquiry: Enquiry, due_at: datetime) -> Enquiry:
    """Return an enquiry whose answer did not help, with a new deadline.

    Raises WrongStatus, or ReopenedTooOften after a supervisor's answer.
    """
    _check(enquiry, _REOPENABLE)
    if enquiry.escalated:
        raise ReopenedTooOften
    times = enquiry.reopened + 1
    return replace(
        enquiry,
        status=EnquiryStatus.REOPENED,
        due_at=due_at,
        claimed_by=None,
        reopened=times,
        escalated=times > REOPENED_FREELY,
        satisfaction=None,
    )


def confirmed(enquiry: Enquiry, satisfaction: int) -> Enquiry:
    """Return an enquiry whose answer the citizen took; raises WrongStatus."""
    _check(enquiry, (EnquiryStatus.ANSWERED,))
    return replace(enquiry, status=EnquiryStatus.CLOSED, satisfaction=satisfaction)


def withdrawn(enquiry: Enquiry) -> Enquiry:
    """Return an enquiry that the citizen took back, published no more; raises WrongStatus."""
    _check(enquiry, _ANSWERABLE)
    idle = replace(enquiry, awaiting_leave=False, claimed_by=None, overdue=False)
    return replace(idle, status=EnquiryStatus.WITHDRAWN, published=False)


def _check(enquiry: Enquiry, froms: Collection[EnquiryStatus]) -> None:
    if enquiry.status not in froms:
        raise WrongStatus(current=enquiry.status)
