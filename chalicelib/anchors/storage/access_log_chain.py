"""The chain of looks at one citizen's data, an entry for each."""

from pynamodb.exceptions import TransactWriteError

from chalicelib.anchors.storage._records import LookEndRecord, LookEntryRecord, LookMarkRecord
from chalicelib.core.history import Entry, Head
from chalicelib.core.tables import EntryRecord, failed_conditions, transaction


def load_look_end(subject: str) -> Head:
    """Return the end of a chain of looks; one read unit."""
    try:
        record = LookEndRecord.get(_pk(subject), "c", consistent_read=True)
    except LookEndRecord.DoesNotExist:
        return Head()
    return Head(int(record.seq), record.hash)


def is_chained(subject: str, look: str) -> bool:
    """Tell whether a look is in its chain; one read unit."""
    found = LookMarkRecord.query(_pk(subject), LookMarkRecord.sk == f"M#{look}", limit=1)
    return any(True for _ in found)


def add_look(entry: Entry, before: Head, look: str) -> bool:
    """Append a look to its chain, once; False when it is there, or the chain grew meanwhile."""
    pk = _pk(entry.subject)
    end = LookEndRecord(pk, "c", seq=entry.seq, hash=entry.hash)
    same = LookEndRecord.hash == before.hash if before.seq else LookEndRecord.pk.does_not_exist()
    mark = LookMarkRecord(pk, f"M#{look}")
    try:
        with transaction() as write:
            write.save(end, condition=same)
            write.save(mark, condition=LookMarkRecord.pk.does_not_exist())
            write.save(LookEntryRecord(pk, f"E#{entry.seq:09}", **EntryRecord.keys_of(entry)))
    except TransactWriteError as error:
        failed_conditions(error)
        return False
    return True


def load_looks(subject: str) -> list[Entry]:
    """Return a chain of looks, from the first."""
    return LookEntryRecord.entries_of(_pk(subject), "E#")


def _pk(subject: str) -> str:
    return f"L#{subject}"
