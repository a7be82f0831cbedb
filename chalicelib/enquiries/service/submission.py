"""Submitting an enquiry: by a citizen, by somebody who is not logged in, or by telephone.

Its number is made from the attempt, so that a retry after a crash finishes the same enquiry. A
complaint about what was rated low has the number of the one that the rating makes, so that there
is one of them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from chalicelib.cases.domain import Attachment, receipts
from chalicelib.cases.uploads import service as uploads
from chalicelib.core import idempotency, parallel, rate_limit
from chalicelib.core.auth import Citizen
from chalicelib.core.crypto import SubjectKey
from chalicelib.core.errors import (
    FieldError,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    TryAgain,
)
from chalicelib.core.i18n import Text
from chalicelib.core.idempotency import Attempt
from chalicelib.core.ids import derived_id
from chalicelib.core.rate_limit import Window
from chalicelib.core.tables import Keys
from chalicelib.enquiries import storage
from chalicelib.enquiries.domain import EnquiryFile, Submission
from chalicelib.enquiries.service import creation, ratings, subjects
from chalicelib.enquiries.service.creation import Draft, Sender

_TRIES: Final = 3
_SEED_LENGTH: Final = 22
_WINDOW_SECONDS: Final = 3600
_NO_FILES: Final = Text("登录后才能上传附件", "Log in to attach files")
_PASSED: Final = Text("回电时间已经过去", "The time to call back has passed")
Key = tuple[SubjectKey, str | None]


def submit(
    sender: Sender, submission: Submission, attempt: Attempt, now: datetime
) -> tuple[EnquiryFile, bool]:
    """Submit an enquiry; tells whether the same attempt had done so before.

    Raises NotFound, InvalidRequest, TooManyRequests or IdempotencyKeyReused.
    """
    if sender.caller is None:
        # Keys of people who are not logged in are told apart by where they come from.
        attempt = replace(attempt, key=derived_id(attempt.key, sender.source))
    numbers = [_number(attempt, n) for n in range(_TRIES)]
    try:
        about = subjects.about(sender.caller, submission.subject)
        office_id = subjects.office_for(submission.office_id, about)
        _check_attachments(sender, submission)
        _check_callback(submission, now)
        key = _claimed(sender, numbers[0], now)
    except (InvalidRequest, NotFound, TooManyRequests):
        # What was submitted before something changed is answered all the same.
        made = _made_before(numbers, attempt)
        if made:
            return made, True
        raise
    draft = Draft(sender, submission, about, office_id, attempt, now)
    file, again = _complained(draft, key) or _created(draft, numbers, key)
    if again:
        _give_back(sender, now)
    return file, again


def _created(draft: Draft, numbers: list[str], key: Key) -> tuple[EnquiryFile, bool]:
    for number in numbers:
        own_key = key if number == numbers[0] else creation.key_for(draft.sender, number)
        file = creation.new_file(draft, number, own_key)
        if storage.create(file.enquiry, file.entries[0]):
            return file, False
        made = _made_before(numbers, draft.attempt)
        if made:
            return made, True
    raise TryAgain(retry_after=1)


def _complained(draft: Draft, key: Key) -> tuple[EnquiryFile, bool] | None:
    """Make the one complaint of what was rated low; None where it is something else."""
    subject, caller = draft.submission.subject, draft.sender.caller
    is_complaint = draft.submission.kind == "complaint" and draft.about.rated_low
    if subject is None or not is_complaint or not isinstance(caller, Citizen):
        return None
    number = ratings.number_of(subject.id)
    file = creation.new_file(draft, number, key)
    if storage.create(file.enquiry, file.entries[0]):
        return file, False
    return ratings.complain(caller, number, draft.submission, draft.attempt, draft.now)


def _number(attempt: Attempt, number: int) -> str:
    return receipts.number_for(attempt.id_for(f"enquiry {number}", _SEED_LENGTH))


def _made_before(numbers: list[str], attempt: Attempt) -> EnquiryFile | None:
    for number in numbers:
        file = storage.load_file(number)
        if file is None:
            continue
        if not idempotency.already_applied(file.enquiry.ledger, attempt):
            raise IdempotencyKeyReused
        return file
    return None


def _check_attachments(sender: Sender, submission: Submission) -> None:
    """Verify the files that are attached; raises InvalidRequest."""
    given = submission.words.attachments
    if not given:
        return
    if not isinstance(sender.caller, Citizen):
        raise InvalidRequest(errors=[FieldError("/attachments", "log_in_first", _NO_FILES)])
    files = [Attachment("attachments", upload_id) for upload_id in given]
    wrong = uploads.check(sender.caller.citizen_id, files)
    if wrong:
        raise InvalidRequest(
            errors=[FieldError("/attachments", one.code, one.detail) for one in wrong]
        )


def _check_callback(submission: Submission, now: datetime) -> None:
    """Refuse to call somebody back before they called; raises InvalidRequest."""
    at = submission.contact and submission.contact.callback_at
    if at and datetime.fromisoformat(at) < now:
        raise InvalidRequest(errors=[FieldError("/callback_at", "out_of_range", _PASSED)])


def _claimed(sender: Sender, number: str, now: datetime) -> Key:
    """Count an enquiry and return the key that seals it; raises TooManyRequests."""
    whose, limit = sender.counted_as
    window = rate_limit.window(now, _WINDOW_SECONDS)
    keys: list[Key] = []

    def claim() -> None:
        if limit and not storage.CLAIMS.claim(_submitted(whose, window), window, limit):
            raise window.exceeded(now)

    acts: list[Callable[[], None]] = [
        claim,
        lambda: keys.append(creation.key_for(sender, number)),
    ]
    parallel.map_concurrently(lambda act: act(), acts)
    return keys[0]


def _give_back(sender: Sender, now: datetime) -> None:
    whose, limit = sender.counted_as
    if limit:
        window = rate_limit.window(now, _WINDOW_SECONDS)
        storage.CLAIMS.give_back(_submitted(whose, window))


def _submitted(whose: str, window: Window) -> Keys:
    return f"G#{whose}", f"submitted#{window.name}"
