"""The table `keys`: under which key a citizen's or an organisation's personal data are sealed.

| what | pk | sk |
|---|---|---|
| a subject's key, wrapped by the master key | C#subject | key |

It is written once, with the profile, and deleted in the transaction that erases. The table can be
restored to a few days ago at most and is in no backup: what was sealed under a key that is gone for
longer is unreadable in every copy. Reads: by key.
"""

from typing import Final

from pynamodb.attributes import BinaryAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.core.items import RawItem
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import Addition, Keys, Record, Table

# Long enough to find a mistake of ours after the longest holidays: a key that is gone or another's
# opens nothing, so it shows with the first who comes.
RECOVERY_DAYS: Final = 7
TABLE: Final = Table("keys", streams=False, recovery_days=RECOVERY_DAYS)
_KEY: Final = "key"


class _KeyRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region

    key = BinaryAttribute(legacy_encoding=False)


def find_key(subject: str) -> bytes | None:
    """Return a subject's wrapped key as it is now; None where there is none."""
    try:
        record = _KeyRecord.get(*place_of(subject), consistent_read=True)
    except _KeyRecord.DoesNotExist:
        return None
    return bytes(record.key)


def place_of(subject: str) -> Keys:
    """Return under what a subject's key is kept."""
    return f"C#{subject}", _KEY


def wrapped_in(item: RawItem) -> bytes:
    """Return the wrapped key that an item holds."""
    return bytes(item[_KEY]["B"])


def item_of(subject: str, wrapped: bytes) -> RawItem:
    """Return a subject's wrapped key as an item."""
    pk, sk = place_of(subject)
    return {"pk": {"S": pk}, "sk": {"S": sk}, _KEY: {"B": wrapped}}


def write_key(subject: str, wrapped: bytes) -> Addition:
    """Keep a new subject's wrapped key, in the transaction that makes the subject."""
    record, unused = _KeyRecord(*place_of(subject), key=wrapped), _KeyRecord.pk.does_not_exist()

    def write(transaction: TransactWrite) -> None:
        transaction.save(record, condition=unused)

    return write


def write_no_key(subject: str) -> Addition:
    """Delete a subject's key, if it is here, in the transaction that erases the subject."""

    def write(transaction: TransactWrite) -> None:
        transaction.delete(_KeyRecord(*place_of(subject)))

    return write


def delete_key(subject: str) -> None:
    """Delete a subject's key that a restore brought back. Idempotent."""
    _KeyRecord(*place_of(subject)).delete()
