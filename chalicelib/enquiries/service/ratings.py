"""A low rating: the citizen is asked "may we look into it?", and with their leave complains.

The complaint's number is made from what was rated, so that events that come again, crashes and a
complaint that the citizen writes themselves find the one that there is. Who handled what was rated
is kept out of it, and only supervisors see it.
"""

from datetime import datetime
from typing import Final, cast

from chalicelib.cases.domain import receipts
from chalicelib.core import idempotency
from chalicelib.core.auth import Citizen
from chalicelib.core.changes import Applied, Author
from chalicelib.core.errors import NotFound, WrongStatus
from chalicelib.core.events import Event
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import (
    Enquiry,
    EnquiryFile,
    Subject,
    SubjectType,
    Submission,
    Words,
)
from chalicelib.enquiries.domain.enquiry import OWNER_LENGTH
from chalicelib.enquiries.service import changes, creation, encryption, queries, subjects
from chalicelib.enquiries.service.changes import Decided
from chalicelib.enquiries.service.creation import Draft, Sender
from chalicelib.enquiries.service.deadlines import due

_ACTOR: Final = "system:follow_up"
_RATED: Final = "rated"


def number_of(subject_id: str) -> str:
    """Return the plain number of the complaint that a low rating of a thing makes."""
    return receipts.number_for(f"{_RATED} {subject_id}")


def is_low(event: Event) -> bool:
    """Tell whether an event is a rating that asks for somebody to look into it."""
    return event.data.get("score") in subjects.LOW_SCORES


def ask_leave(event: Event, now: datetime) -> None:
    """Ask the citizen whether a low rating may be looked into; once, however often it is heard."""
    number = number_of(event.subject)
    if not is_low(event) or storage.load(number):
        return
    subject = Subject(cast("SubjectType", event.type.partition(".")[0]), event.subject)
    kept = subjects.history_of(subject)
    citizen_id = event.subject[:OWNER_LENGTH]
    if kept is None or kept.citizen_id != citizen_id:
        return
    try:
        key = encryption.citizens_key(citizen_id)
    except NotFound:
        return
    comment = subjects.open_words(subject, event.data.get("note"))
    submission = Submission("complaint", Words(comment or ""), subject)
    about = subjects.of_history(kept)
    sender = Sender(Citizen(citizen_id, citizen_id, "basic"), "")
    attempt = Attempt(derived_id(_RATED, event.subject), _RATED)
    draft = Draft(sender, submission, about, subjects.office_for(None, about), attempt, now)
    file = creation.new_file(draft, number, (key, None), "enquiry.leave_asked")
    storage.create(file.enquiry, file.entries[0])


def was_asked(event: Event) -> bool:
    """Tell whether what a rating asks for was done, or need not be."""
    if not is_low(event) or storage.load(number_of(event.subject)):
        return True
    try:
        encryption.citizens_key(event.subject[:OWNER_LENGTH])
    except NotFound:
        return True
    return False


def give_leave(
    caller: Citizen, enquiry_id: str, text: str | None, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    """Let a low rating be looked into: it is a complaint from now on. Idempotent.

    Raises NotFound, WrongStatus or IdempotencyKeyReused.
    """
    words = Words(text) if text else None
    return _given(caller, enquiry_id, words, attempt, now)


def complain(
    caller: Citizen, number: str, submission: Submission, attempt: Attempt, now: datetime
) -> tuple[EnquiryFile, bool] | None:
    """Let a citizen's own words be the complaint of their rating; None when there is one already.

    The same attempt finds what it did. Raises IdempotencyKeyReused.
    """
    enquiry_id = caller.citizen_id + number
    file = queries.show(caller.citizen_id, enquiry_id)
    if idempotency.already_applied(file.enquiry.ledger, attempt):
        return file, True
    if not file.enquiry.awaiting_leave:
        return None
    applied = _given(caller, enquiry_id, submission.words, attempt, now)
    return applied.new, applied.replayed


def _given(
    caller: Citizen, enquiry_id: str, words: Words | None, attempt: Attempt, now: datetime
) -> Applied[EnquiryFile]:
    def decide(old: Enquiry) -> Decided | None:
        if not old.open:
            raise WrongStatus(current=old.status)
        if not old.awaiting_leave:
            return None
        facts = {"leave": "given"}
        if words:
            key = encryption.key_of(old)
            facts["words"] = encryption.seal_words(key, old.number, words)
        at = now.replace(microsecond=0)
        new = old.with_leave(at, due(old.kind, old.office_id, at))
        return changes.decided(old, new, now, "enquiry.received", facts)

    author = Author(caller.actor, now, attempt)
    return changes.change(lambda: queries.show(caller.citizen_id, enquiry_id), decide, author)
