"""Letters to be printed, in the table `notifications`: `W#hall`, `case`, the newest of each.

A letter that nobody posts within a year is past use and leaves by itself.
"""

from pynamodb.exceptions import DeleteError, PutError

from chalicelib.core.attributes import moment, seconds
from chalicelib.core.pagination import Page
from chalicelib.core.tables import condition_failed
from chalicelib.notifications.domain import KEPT_FOR
from chalicelib.notifications.letters.domain import Letter
from chalicelib.notifications.storage._records import LetterRecord


def keep(letter: Letter) -> None:
    """Keep what is to be written, unless something later of the case is. Idempotent."""
    record = LetterRecord(
        *_keys(letter.office_id, letter.case_id),
        notice=letter.notification_id,
        event=letter.event,
        created=seconds(letter.created_at),
        tidy_at=seconds(letter.created_at + KEPT_FOR),
    )
    # Ids begin with the time of their event.
    is_newest = LetterRecord.pk.does_not_exist() | (LetterRecord.notice < letter.notification_id)
    try:
        record.save(condition=is_newest)
    except PutError as error:
        condition_failed(error)


def remove(office_id: str, case_id: str, notification_id: str) -> None:
    """Take a letter out that was posted, unless there is a newer one. Idempotent."""
    as_seen = LetterRecord.notice == notification_id
    try:
        LetterRecord(*_keys(office_id, case_id)).delete(condition=as_seen)
    except DeleteError as error:
        condition_failed(error)


def list_of(office_id: str, position: str | None, limit: int) -> Page[Letter]:
    """Return a page of a hall's letters, by their cases; one Query."""
    beyond = LetterRecord.sk > position if position else None
    records = list(LetterRecord.query(f"W#{office_id}", beyond, limit=limit + 1))[: limit + 1]
    more = records[limit - 1].sk if len(records) > limit else None
    return Page(tuple(map(_read, records[:limit])), more)


def _read(record: LetterRecord) -> Letter:
    created = moment(record.created)
    return Letter(record.pk[2:], record.sk, record.notice, record.event, created)


def _keys(office_id: str, case_id: str) -> tuple[str, str]:
    return f"W#{office_id}", case_id
