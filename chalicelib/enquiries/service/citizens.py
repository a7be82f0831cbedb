"""What citizens do with their enquiries: add to them, take them back, object, take the answer."""

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author
from chalicelib.core.event_types import EnquiryEvent
from chalicelib.core.idempotency import Attempt
from chalicelib.enquiries.domain import Effects, Enquiry, EnquiryFile, EnquiryStatus, steps
from chalicelib.enquiries.service import changes, published, queries
from chalicelib.enquiries.service.changes import Decided
from chalicelib.enquiries.service.deadlines import due

Decide = Callable[[Enquiry], Decided | None]


def reply(
    caller: Citizen, enquiry_id: str, text: str, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Add something; raises NotFound, WrongStatus or IdempotencyKeyReused, as the others do."""

    def decide(old: Enquiry) -> Decided:
        return _said(old, steps.replied(old), now, "enquiry.replied", text)

    return _change(caller, enquiry_id, decide, attempt, now)


def withdraw(
    caller: Citizen, enquiry_id: str, text: str | None, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Take an enquiry back, or refuse to have a rating looked into. Idempotent.

    What was published of it is taken back with it.
    """

    def decide(old: Enquiry) -> Decided | None:
        if old.status is EnquiryStatus.WITHDRAWN:
            return None
        return _said(old, steps.withdrawn(old), now, "enquiry.withdrawn", text)

    applied = _change(caller, enquiry_id, decide, attempt, now)
    published.forget()
    return applied


def reopen(
    caller: Citizen, enquiry_id: str, text: str, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Say that the answer does not help: a new deadline begins, and at last a supervisor answers.

    Raises also ReopenedTooOften.
    """

    def decide(old: Enquiry) -> Decided:
        new = steps.reopened(old, due(old.kind, old.office_id, now))
        alerts = (changes.escalated_alert(new, now),) if new.escalated else ()
        times = {"times": str(new.reopened)}
        return _said(old, new, now, "enquiry.reopened", text, times, Effects(alerts))

    return _change(caller, enquiry_id, decide, attempt, now)


def confirm(
    caller: Citizen, enquiry_id: str, satisfaction: int, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Take the answer and say from 1 to 5 how well it helped."""

    def decide(old: Enquiry) -> Decided:
        facts = {"satisfaction": str(satisfaction)}
        new = steps.confirmed(old, satisfaction)
        return changes.decided(old, new, now, "enquiry.closed", facts)

    return _change(caller, enquiry_id, decide, attempt, now)


def _said(  # noqa: PLR0913 - what is said goes with what it changes.
    old: Enquiry,
    new: Enquiry,
    now: datetime,
    event: EnquiryEvent,
    text: str | None,
    facts: Mapping[str, str] | None = None,
    effects: Effects | None = None,
) -> Decided:
    said = {**changes.words(old, text), **(facts or {})}
    return changes.decided(old, new, now, event, said, effects)


def _change(
    caller: Citizen, enquiry_id: str, decide: Decide, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    author = Author(caller.actor, now, attempt)
    return changes.change(lambda: queries.show(caller.citizen_id, enquiry_id), decide, author)
