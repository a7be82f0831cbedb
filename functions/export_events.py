"""Writing what happened for others to read: JSON lines in a bucket, and a bus of their own.

A line is what subscribers without a purpose are told (`chalicelib.subscribers.domain`): ids,
states, times and sums, nothing of a person. Each batch makes one object,
`events/day=2026-12-01/<digest>.jsonl`; the day (UTC) and the digest are those of its events, so
that a batch that comes again writes the same. What comes in another batch stands twice: readers go
by `event_id`. Where the bus did not take an event the whole batch comes again.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from chalicelib.core import aws
from chalicelib.core.errors import TryAgain
from chalicelib.core.events import SOURCE, Event
from chalicelib.core.settings import SETTINGS
from chalicelib.subscribers.domain import OFFERED_TYPES, told

PREFIX: Final = "events/"
# What PutEvents takes at once.
_BATCH: Final = 10


def export(events: Sequence[Event], _now: datetime) -> None:
    """Write events where the province reads them; what cannot be written raises."""
    told_of = {one.event_id: one for one in events if one.type in OFFERED_TYPES}
    if not told_of:
        return
    lines = {event_id: line(one) for event_id, one in sorted(told_of.items())}
    body = "".join(f"{text}\n" for text in lines.values()).encode()
    day = min(one.moment for one in told_of.values()).astimezone(UTC).date()
    key = f"{PREFIX}day={day}/{hashlib.sha256(body).hexdigest()[:32]}.jsonl"
    where = {"Bucket": SETTINGS.export_bucket, "Key": key}
    aws.client("s3").put_object(**where, Body=body, ContentType="application/jsonl")
    if SETTINGS.export_bus:
        every = [*told_of.values()]
        for first in range(0, len(every), _BATCH):
            _publish(every[first : first + _BATCH], lines)


def line(event: Event) -> str:
    """Return an event as it is told, in one line of JSON."""
    said = {
        "event_id": event.event_id,
        "type": event.type,
        "occurred_at": event.at,
        "sequence": event.seq,
        "data": told(event),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True)


def _publish(events: Sequence[Event], lines: dict[str, str]) -> None:
    entries = [
        {
            "Source": SOURCE,
            "DetailType": one.type,
            "Detail": lines[one.event_id],
            "EventBusName": SETTINGS.export_bus,
            "Time": one.moment,
        }
        for one in events
    ]
    if aws.client("events").put_events(Entries=entries)["FailedEntryCount"]:
        raise TryAgain(retry_after=2)
