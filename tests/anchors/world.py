"""What tests of anchors share: entries of chains, nights, and processes that stop half way."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any

from chalicelib.core import aws, history
from chalicelib.core.clock import OFFICE_ZONE
from chalicelib.core.history import Entry, Head
from chalicelib.core.ids import new_id
from tests.support import functions
from tests.support.clock import MONDAY
from tests.support.faults import Crash

_weeks = itertools.count(1)


def night() -> datetime:
    """Return a night that no test had yet, nor one soon before it: what is signed stays."""
    day = MONDAY.date() + timedelta(days=7 * next(_weeks))
    return datetime.combine(day, time(0, 20), OFFICE_ZONE)


def chain(length: int, at: datetime, subject: str = "", actor: str = "me") -> list[Entry]:
    entries: list[Entry] = []
    head, subject = Head(), subject or new_id(8)
    for _ in range(length):
        one = history.append(subject, head, type_="case.claimed", at=at, actor=actor, data={})
        entries.append(one)
        head = one.head
    return entries


def publish(*entries: Entry) -> Any:
    """Bring entries as a table's stream does."""
    return functions.call("publish_events", {"Records": [record(one) for one in entries]})


def record(entry: Entry) -> dict[str, Any]:
    names = ("subject", "type", "at", "actor", "prev_hash", "hash")
    image = {name: {"S": getattr(entry, name)} for name in names}
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {"pk": {"S": entry.subject}, "sk": {"S": f"E#{entry.seq}"}},
            "NewImage": {**image, "seq": {"N": str(entry.seq)}, "data": {"S": "{}"}},
            "SequenceNumber": f"{entry.seq:05}",
        },
    }


@contextmanager
def crash_after_files(number: int) -> Iterator[None]:
    """Let so many files be written to the bucket, and stop the process before the next."""
    count = itertools.count(1)

    def before_send(request: Any, **_: object) -> None:
        if request.method == "PUT" and next(count) > number:
            raise Crash

    events: Any = aws.client("s3").meta.events
    events.register_first("before-send.s3", before_send)
    try:
        yield
    finally:
        events.unregister("before-send.s3", before_send)
