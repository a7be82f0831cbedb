"""A history entry on its way to the workers: what the stream publishes and the queues carry."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from chalicelib.core.history import Entry


@dataclass(frozen=True, slots=True)
class Event:
    """One published entry; `event_id` is the same however often it is delivered."""

    subject: str
    seq: int
    type: str
    at: str
    actor: str
    data: Mapping[str, str]

    @property
    def event_id(self) -> str:
        """Return what a worker's effect is keyed by."""
        return f"{self.subject}.{self.seq}"

    @property
    def moment(self) -> datetime:
        """Return when the change happened."""
        return datetime.fromisoformat(self.at)

    def to_json(self) -> str:
        """Write the event as the bus carries it."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


def of_entry(entry: Entry) -> Event:
    """Return the event that an entry is."""
    return Event(entry.subject, entry.seq, entry.type, entry.at, entry.actor, entry.data)


def read(detail: Mapping[str, object]) -> Event:
    """Read an event from the bus; raises ValueError for what is none."""
    subject, seq, data = detail.get("subject"), detail.get("seq"), detail.get("data")
    texts = [detail.get(name) for name in ("type", "at", "actor")]
    if not isinstance(subject, str) or not isinstance(seq, int) or not isinstance(data, dict):
        message = "not an event"
        raise ValueError(message)  # noqa: TRY004 - a caller has one error to expect.
    type_, at, actor = (str(text) for text in texts)
    return Event(subject, seq, type_, at, actor, {str(k): str(v) for k, v in data.items()})
