"""The table, its index and its records."""

from typing import Any, Final

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.buckets import Buckets
from chalicelib.core.claims import Claims
from chalicelib.core.settings import SETTINGS
from chalicelib.core.tables import SCHEMA_OF_BUCKETS, Index, Record, Table

TABLE: Final = Table(
    "notifications", (Index("due", "bucket", "due_at"),), numbers=frozenset({"due_at"})
)
CLAIMS: Final = Claims(TABLE)
DUE: Final = Buckets("due#")
FOLLOW: Final = Buckets("follow#")
SUGGEST: Final = Buckets("suggest#")


class RoomRecord(Record):
    class Meta:
        table_name = TABLE.name
        region = SETTINGS.region


class _DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    bucket = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class NoticeRecord(RoomRecord):
    event = UnicodeAttribute()
    event_id = UnicodeAttribute()
    template_version = NumberAttribute()
    subject = UnicodeAttribute()
    facts = JSONAttribute()
    created = NumberAttribute()
    read = NumberAttribute(null=True)
    push_state = UnicodeAttribute(attr_name="outer")
    lease = NumberAttribute(null=True)
    channel = UnicodeAttribute(null=True)
    route = JSONAttribute(null=True)
    asked = NumberAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    asked_of = UnicodeAttribute(null=True)
    tidy_at = NumberAttribute()


class ConsentsRecord(RoomRecord):
    remaining = NumberAttribute()
    version = NumberAttribute()
    ledger = JSONAttribute()
    # The notices for which a consent was taken and whose message is on its way.
    reserved = UnicodeSetAttribute(attr_name="held", null=True)


class ReminderRecord(RoomRecord):
    bucket = UnicodeAttribute()
    schema = NumberAttribute(null=True, default_for_new=SCHEMA_OF_BUCKETS)
    due_at = NumberAttribute()
    version = NumberAttribute()
    tidy_at = NumberAttribute()
    to_send = _DueIndex()


class FollowUpRecord(RoomRecord):
    bucket = UnicodeAttribute()
    due_at = NumberAttribute()
    origin = UnicodeAttribute()
    checks = NumberAttribute(default=0)
    tidy_at = NumberAttribute()
    to_do = _DueIndex()


class SuggestionsRecord(RoomRecord):
    # Only while something may be suggested.
    bucket = UnicodeAttribute(null=True)
    due_at = NumberAttribute(null=True)
    told = JSONAttribute(null=True)
    telling = JSONAttribute(null=True)
    last_on = UnicodeAttribute(null=True)
    to_look = _DueIndex()


class LetterRecord(RoomRecord):
    notice = UnicodeAttribute()
    seq = NumberAttribute()
    event = UnicodeAttribute()
    created = NumberAttribute()
    tidy_at = NumberAttribute()


class CostRecord(RoomRecord):
    messages = NumberAttribute(default=0)
    parts = NumberAttribute(default=0)


class TokenRecord(RoomRecord):
    sealed = UnicodeAttribute(null=True)
    key = UnicodeAttribute(null=True)
    serial = NumberAttribute(default=0)
    expires = NumberAttribute(default=0)
    renewing = NumberAttribute(default=0)


class CodeRequestRecord(RoomRecord):
    key = UnicodeAttribute()
    sealed = UnicodeAttribute()
    expires = NumberAttribute()
    lease = NumberAttribute()
    tries = NumberAttribute(default=0)
    sent = BooleanAttribute(default=False)
    revision = NumberAttribute(default=0)
    ledger = JSONAttribute()


class PreferencesRecord(RoomRecord):
    quiet = JSONAttribute(null=True)
    channels = JSONAttribute(null=True)
    suggestions = BooleanAttribute(default=False)
    suggestion_kinds = JSONAttribute(null=True)
    # Keyed hashes of a number and an address that a service said to be nobody's, by channel.
    dead = JSONAttribute(null=True)
    revision = NumberAttribute(default=0)
    ledger = JSONAttribute(null=True)
