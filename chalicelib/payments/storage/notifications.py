"""What providers notified us of, and whether it took effect."""

from pynamodb.exceptions import PutError

from chalicelib.core.history import Entry
from chalicelib.core.tables import EntryRecord, condition_failed
from chalicelib.payments.storage._records import DoneRecord, HistoryRecord


def note_notification(provider: str, event_id: str, entry: Entry) -> bool:
    """Keep a notification with what is published of it; False when it was kept before."""
    record = HistoryRecord(f"N#{provider}#{event_id}", "E#000001", **EntryRecord.keys_of(entry))
    try:
        record.save(condition=HistoryRecord.pk.does_not_exist())
    except PutError as error:
        condition_failed(error)
        return False
    return True


def took_effect(provider: str, event_id: str) -> bool:
    """Tell whether a notification took effect."""
    try:
        DoneRecord.get(*_done_keys(provider, event_id), consistent_read=True)
    except DoneRecord.DoesNotExist:
        return False
    return True


def mark(provider: str, event_id: str, at: str) -> None:
    """Note that a notification changed nothing more."""
    done_record(provider, event_id, at=at).save()


def done_record(provider: str, event_id: str, at: str) -> DoneRecord:
    """Return the mark that a notification took effect, as it is kept."""
    return DoneRecord(*_done_keys(provider, event_id), at=at)


def _done_keys(provider: str, event_id: str) -> tuple[str, str]:
    return f"N#{provider}#{event_id}", "done"
