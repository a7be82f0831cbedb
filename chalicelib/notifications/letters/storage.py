"""Letters to be printed, in the table `notifications`: `W#hall`, `case`, the newest of each.

A letter that nobody posts within a year is past use and leaves by itself.
"""

from pynamodb.exceptions import DeleteError, PutError
from pynamodb.expressions.condition import Condition

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
        seq=letter.seq,
        event=letter.event,
        created=seconds(letter.created_at),
        tidy_at=seconds(letter.created_at + KEPT_FOR),
    )
    is_newest = LetterRecord.pk.does_not_exist() | (LetterRecord.seq < letter.seq)
    try:
        record.save(condition=is_newest)
    except PutError as error:
        condition_failed(error)


def load(office_id: str, case_id: str) -> Letter | None:
    """Return what a hall is to write of a case."""
    try:
        return _read(LetterRecord.get(*_keys(office_id, case_id), consistent_read=True))
    except LetterRecord.DoesNotExist:
        return None


def remove_until(office_id: str, case_id: str, seq: int) -> None:
    """Take a letter out that is about an event of the case or what was before it. Idempotent."""
    _delete(office_id, case_id, LetterRecord.seq <= seq)


def remove(office_id: str, case_id: str, notification_id: str) -> None:
    """Take a letter out that was posted, unless there is a newer one. Idempotent."""
    _delete(office_id, case_id, LetterRecord.notice == notification_id)


def list_of(office_id: str, position: str | None, limit: int) -> Page[Letter]:
    """Return a page of a hall's letters, by their cases; one Query."""
    beyond = LetterRecord.sk > position if position else None
    records = list(LetterRecord.query(f"W#{office_id}", beyond, limit=limit + 1))[: limit + 1]
    more = records[limit - 1].sk if len(records) > limit else None
    return Page(tuple(map(_read, records[:limit])), more)


def _delete(office_id: str, case_id: str, condition: Condition) -> None:
    try:
        LetterRecord(*_keys(office_id, case_id)).delete(condition=condition)
    except DeleteError as error:
        condition_failed(error)


def _read(record: LetterRecord) -> Letter:
    created = moment(record.created)
    seq = int(record.seq)
    return Letter(record.pk[2:], record.sk, record.notice, seq, record.event, created)


def _keys(office_id: str, case_id: str) -> tuple[str, str]:
    return f"W#{office_id}", case_id
