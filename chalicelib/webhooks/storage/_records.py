"""The records, of which each table that has messages has its own kind."""

from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.tables import Record


class Queue(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "queue"
        projection = KeysOnlyProjection()

    lane = UnicodeAttribute(hash_key=True)
    turn = UnicodeAttribute(range_key=True)


class MessageRecord(Record):
    endpoint = UnicodeAttribute(attr_name="courier")
    type = UnicodeAttribute()
    occurred = NumberAttribute()
    sealed = UnicodeAttribute()
    due = NumberAttribute()
    state = UnicodeAttribute()
    tries = NumberAttribute()
    attempts = JSONAttribute()
    settled = NumberAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    leased_until = NumberAttribute(null=True)
    lane = UnicodeAttribute()
    turn = UnicodeAttribute()
    queue = Queue()


class HealthRecord(Record):
    failures = NumberAttribute(default=0)
    open_until = NumberAttribute(null=True)
    failing_since = NumberAttribute(null=True)
    slow_until = NumberAttribute(null=True)
    load = NumberAttribute(default=0)
